"""Voices, behind one protocol, and the prompts that are rendered ahead."""
