"""Settings for the property tests of the Mandarin readers."""

from hypothesis import settings

# The first example loads OpenCC's and pypinyin's tables, which may take longer than hypothesis allows.
settings.register_profile("language", deadline=None)
settings.load_profile("language")
