"""Lets `python -m voicebot.cli` stand in for the `voicebot` script."""

from voicebot.cli import main

main()
