"""From a transcript to a reading: intents, slots, feelings."""
