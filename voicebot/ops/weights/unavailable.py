"""The one reason why a mirror is passed over."""


class Unavailable(Exception):  # noqa: N818  it is no error yet: the next mirror may have the file
    """A mirror does not have a part, cannot be reached, or gave the wrong bytes; the text says which."""
