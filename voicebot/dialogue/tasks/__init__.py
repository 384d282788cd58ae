"""What callers come for, one task a module."""
