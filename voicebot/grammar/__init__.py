"""What callers may say: sources, checks, compiled matchers and bundles."""
