"""What keeps the house running: logging, metrics, redaction, health, model weights."""
