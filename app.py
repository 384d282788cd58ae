"""The media process as a WSGI application: for ``flask run``, gunicorn and ``python app.py``."""

from __future__ import annotations

from flask import Flask

from voicebot.bootstrap import media_app
from voicebot.ops.logs import configure_logging
from voicebot.settings import load_settings


def create_app() -> Flask:
    """The application with everything behind it; one process serves all calls of this machine."""
    settings = load_settings()
    configure_logging(settings.log_level)
    return media_app(settings)


if __name__ == "__main__":
    from voicebot.cli import main

    main(["serve"])
