"""The carrier's REST API, as thin as the hotline needs it: calls are created, updated and remembered."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl

_CALLS = re.compile(r"/2010-04-01/Accounts/(?P<account>[A-Za-z0-9]+)/Calls(/(?P<call>[A-Za-z0-9]+))?\.json")
MAX_BODY_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class RestRequest:
    """``POST Calls.json`` (``call_sid`` None) or ``POST Calls/SID.json``, with its form fields."""

    call_sid: str | None
    fields: dict[str, str]


class FakeRest:
    """Serves on a free port of this machine while it is entered; ``requests`` holds what was accepted."""

    def __init__(
        self, account_sid: str, auth_token: str, *, on_request: Callable[[RestRequest], None] | None = None
    ) -> None:
        self._account_sid = account_sid
        self._basic = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._on_request = on_request
        self._created = 0
        self.requests: list[RestRequest] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, name="fake-rest", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FakeRest:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, authorization: str, body: str) -> tuple[int, dict[str, object]]:
        """Decide on one POST; returns status and JSON."""
        if authorization != f"Basic {self._basic}":
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        found = _CALLS.fullmatch(path)
        if found is None or found["account"] != self._account_sid:
            return 404, {"code": 20404, "message": f"{path} was not found", "status": 404}
        request = RestRequest(call_sid=found["call"], fields=dict(parse_qsl(body)))
        if request.call_sid is None and not {"To", "From"} <= request.fields.keys():
            return 400, {"code": 21201, "message": "No 'To' number is specified", "status": 400}
        self.requests.append(request)
        if self._on_request is not None:
            self._on_request(request)
        if request.call_sid is None:
            self._created += 1
            return 201, {"sid": f"CA{self._created:032d}", "status": "queued"}
        return 200, {"sid": request.call_sid, "status": request.fields.get("Status", "in-progress")}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        rest = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                if length > MAX_BODY_BYTES:
                    self.send_error(413)
                    return
                body = self.rfile.read(length).decode()
                status, answer = rest.answer(self.path, self.headers.get("Authorization", ""), body)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
                """Say nothing: ``requests`` is the log."""

        return Handler
