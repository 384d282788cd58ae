"""Where the business's facts come from, one source a module."""
