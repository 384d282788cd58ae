"""What is counted of calls, for /metrics (docs/operations.md lists every one)."""

from prometheus_client import Counter, Gauge, Histogram

active_calls = Gauge("voicebot_active_calls", "Calls in progress.", multiprocess_mode="livesum")
calls_ended = Counter("voicebot_calls_ended_total", "Calls that ended, by how.", ["outcome"])
underruns = Counter("voicebot_underruns_total", "Times that the sound ran dry inside a prompt.")
recognition_seconds = Histogram(
    "voicebot_recognition_seconds",
    "Compute time of one recognition.",
    buckets=(0.1, 0.2, 0.3, 0.5, 0.8, 1.3, 2, 4),
)
recognition_wait_seconds = Histogram(
    "voicebot_recognition_wait_seconds",
    "Time that a recognition waited for a worker.",
    ["priority"],
    buckets=(0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
