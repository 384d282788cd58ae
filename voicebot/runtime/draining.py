"""The worker process of the server, which finishes its calls before it goes."""

from __future__ import annotations

import threading
import time
from types import FrameType

from gunicorn.workers.gthread import ThreadWorker

GRACE_SECONDS = 120
"""Calls in progress are finished for that long after TERM."""
LINGER_SECONDS = 5
"""The carrier asks how a call goes on just after its stream closed: somebody has to be there."""


class DrainingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """On TERM it takes no more calls, but answers the webhooks of those in progress to their end.

    The master has closed its listener by then; the one that this process inherited still accepts.
    """

    _drains = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain; a second TERM ends the process as gunicorn does."""
        if self._drains:
            super().handle_exit(sig, frame)
            return
        self._drains = True
        threading.Thread(target=self._drain, args=(sig,), name="drain", daemon=True).start()

    def _drain(self, sig: int) -> None:
        app = getattr(self, "wsgi", None)
        if app is not None:
            hotline = app.extensions["voicebot"].hotline
            had_calls = hotline.ready()["calls"] > 0
            hotline.drain(GRACE_SECONDS)
            if had_calls:
                time.sleep(LINGER_SECONDS)
        super().handle_exit(sig, None)
