"""`voicebot serve`: answer calls."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from voicebot.ops.errors import UserFacingError
from voicebot.ops.logs import configure_logging
from voicebot.runtime.draining import GRACE_SECONDS, LINGER_SECONDS
from voicebot.settings import Settings, load_settings

SPARE_THREADS = 16
"""Beside one thread a call: webhooks, health, the softphone's page."""


@click.command(name="serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help="Port.")
def command(host: str, port: int) -> None:
    """Serve the webhooks, the media sockets and, where VOICEBOT_SOFTPHONE=1, the softphone.

    Prints one line with the addresses when a call could be taken. TERM finishes the calls in progress.

    \b
    Example:
      voicebot serve --host 127.0.0.1 --port 8080
    """  # noqa: D301 - click reads this backspace
    settings = load_settings()
    configure_logging(settings.log_level)
    master = os.getpid()
    try:
        _server(settings, host, port).run()
    except SystemExit as stopped:
        if os.getpid() != master:
            raise  # a worker's: by its status the master tells a start that is hopeless from a crash
        sys.exit(1 if stopped.code else 0)


def _server(settings: Settings, host: str, port: int) -> Any:
    """The gunicorn application: one worker process, a thread a call (docs/architecture.md, "Processes")."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            for key, value in {
                "bind": f"{host}:{port}",
                "workers": 1,
                "worker_class": "voicebot.runtime.draining.DrainingWorker",
                "threads": settings.max_calls + SPARE_THREADS,
                "graceful_timeout": GRACE_SECONDS + LINGER_SECONDS,
                "keepalive": 5,
                "loglevel": "warning",
                "control_socket_disable": True,
                "post_worker_init": _say_ready,
                "worker_exit": _close,
            }.items():
                if key in self.cfg.settings:
                    self.cfg.set(key, value)

        def load(self) -> Any:
            from voicebot.bootstrap import media_app

            try:
                return media_app(settings)
            except UserFacingError as error:
                click.secho(f"Error: {error.message}", err=True, fg="red")
                click.echo(f"  {error.hint}", err=True)
                sys.exit(Arbiter.APP_LOAD_ERROR)

    def _say_ready(worker: Any) -> None:
        base = settings.public_url or f"http://{host}:{port}"
        softphone = f", softphone http://{host}:{port}/softphone" if settings.softphone else ""
        listens = worker.wsgi.extensions["voicebot"].hotline.ready()["ready"]
        state = "ready" if listens else "ready for the keypad alone, /readyz says why"
        click.echo(f"{state}: webhook {base}/voice/incoming, health http://{host}:{port}/readyz{softphone}")

    def _close(_server: Any, worker: Any) -> None:
        app = getattr(worker, "wsgi", None)
        if app is not None:
            app.extensions["voicebot"].close()

    return Server()
