"""Where the business's facts come from, one source a module, and what each of them can do."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from voicebot.dialogue.requests import Request, Result
from voicebot.shop.policies import Policies


@runtime_checkable
class Business(Protocol):
    """A source of orders, parcels and refunds; safe to ask from several threads at once."""

    def answer(self, request: Request, policies: Policies, now: datetime) -> Result:
        """Answer the request as of ``now``, a moment with a zone.

        What the source fails at comes back as ``LookupFailed``; only our own bugs raise. Writing the same key
        again gives the same answer and writes nothing.
        """
        ...
