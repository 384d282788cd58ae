"""Measurements of whole calls: what the simulator, the telephony and the runtime make together."""
