"""A self-hosted Mandarin telephone hotline for e-commerce."""

__version__ = "0.1.0"
