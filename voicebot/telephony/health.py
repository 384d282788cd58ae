"""Is the process alive, could it take a call, and what does it count: /healthz, /readyz, /metrics."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from voicebot.telephony.line import Line
from voicebot.telephony.public_address import came_directly


def create_health(line: Line, *, multiprocess_folder: str | None = None) -> Blueprint:
    """Serve the three; metrics only to who asks directly from a private network, not through a proxy.

    ``multiprocess_folder`` is where several processes of one server put their counts.
    """
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        report = dict(line.ready())
        return jsonify(report), 200 if report.get("ready") is True else 503

    @blueprint.get("/metrics")
    def metrics() -> Response:
        if not came_directly(request):
            abort(403)
        registry = REGISTRY
        if multiprocess_folder is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, path=multiprocess_folder)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint
