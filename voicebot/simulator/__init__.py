"""A carrier for tests, demonstrations and load; it shares no code with the telephony side."""
