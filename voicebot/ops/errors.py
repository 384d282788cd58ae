"""Errors that a person has to read, each with what to do about it."""


class UserFacingError(Exception):
    """What went wrong and the remedy, in words for the operator; the command line shows no traceback.

    `message` names the thing that failed, `hint` says what to do next (may be empty).
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
