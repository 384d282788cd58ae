"""One file over HTTP: short patience with dead hosts, and resuming where the last attempt broke off."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import requests

from voicebot.ops.weights.unavailable import Unavailable

CONNECT_SECONDS = 3.0
READ_SECONDS = 30.0
CHUNK_BYTES = 1 << 16
"""What is lost at most when a connection breaks off."""
ATTEMPTS = 4
"""Connections for one file; each must bring it further, or it was the last."""


class Download:
    """Fetches files and remembers, as long as it lives, which hosts do not answer."""

    def __init__(self) -> None:
        self._dead: dict[str, str] = {}

    def fetch(self, url: str, target: Path, *, largest_bytes: int, advance: Callable[[int], None]) -> bool:
        """Fetch `url` to `target`, through `target`.growing; True if it went on from an earlier attempt.

        Raises Unavailable; what has come so far is kept for the next time.
        """
        host = urlsplit(url).netloc
        if host in self._dead:
            raise Unavailable(self._dead[host])
        growing = target.with_suffix(".growing")
        resumed = growing.exists()
        for attempt in range(ATTEMPTS):
            before = _size(growing)
            try:
                self._connect_once(url, growing, largest_bytes=largest_bytes, advance=advance)
                growing.replace(target)
                return resumed
            except (
                requests.ConnectionError,
                requests.Timeout,
                requests.exceptions.ChunkedEncodingError,
            ) as error:
                got_further = _size(growing) > before
                if not got_further or attempt + 1 == ATTEMPTS:
                    reason = f"{host} broke off" if _size(growing) else f"{host} does not answer"
                    self._dead[host] = reason
                    raise Unavailable(reason) from error
                resumed = True
            except requests.RequestException as error:
                raise Unavailable(f"{host}: {type(error).__name__}") from error
        raise Unavailable(f"{host} broke off")

    def _connect_once(
        self, url: str, growing: Path, *, largest_bytes: int, advance: Callable[[int], None]
    ) -> None:
        have = _size(growing)
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        with requests.get(
            url, headers=headers, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)
        ) as answer:
            if answer.status_code == requests.codes.requested_range_not_satisfiable and have:
                growing.unlink()  # it was longer than the file: begin anew
                self._connect_once(url, growing, largest_bytes=largest_bytes, advance=advance)
                return
            self._check_status(answer, url)
            start = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
            goes_on = answer.status_code == requests.codes.partial_content and start and int(start[1]) == have
            have = have if goes_on else 0
            with growing.open("ab" if goes_on else "wb") as sink:
                for chunk in answer.iter_content(CHUNK_BYTES):
                    have += len(chunk)
                    if have > largest_bytes:
                        growing.unlink()
                        raise Unavailable(f"{url} is larger than the {largest_bytes} bytes expected")
                    sink.write(chunk)
                    advance(have)

    def _check_status(self, answer: requests.Response, url: str) -> None:
        if answer.ok:
            return
        host = urlsplit(url).netloc
        reason = f"{host} answers {answer.status_code}"
        if answer.status_code not in (requests.codes.not_found, requests.codes.gone):
            self._dead[host] = reason  # a refusal, not a missing file: the host's other files fare no better
        raise Unavailable(reason)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
