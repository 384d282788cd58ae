"""Spoken Mandarin: numbers, dates, money, sounds that are easily confused."""
