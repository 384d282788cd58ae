"""Recognisers, behind one protocol, and the pool that shares them between calls."""
