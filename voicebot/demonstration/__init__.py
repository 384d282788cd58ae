"""The demonstration: a simulated caller phones a real server of ours, and the outcome is checked."""
