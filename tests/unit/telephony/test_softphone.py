"""The softphone's page and ticket office: for this machine, or with a password; its scripts do their sums."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

import voicebot.telephony
from voicebot.telephony.configuration import SoftphoneNumber

STATIC = Path(voicebot.telephony.__file__).parent / "static"
NUMBER = SoftphoneNumber(number="+8613800000001", to_try="有三笔订单", openings=("查快递",))
ORIGIN = {"Origin": "http://localhost"}
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def browser(hotline: Any) -> Any:
    return hotline(public_url=None, softphone_numbers=(NUMBER,)).client


def test_the_page_loads_nothing_from_elsewhere(browser: Any) -> None:
    page = browser.get("/softphone")
    html = page.get_data(as_text=True)
    policy = page.headers["Content-Security-Policy"]
    nonce = re.search(r'nonce="([^"]+)"', html)
    assert nonce is not None
    assert f"script-src 'nonce-{nonce[1]}' 'self'" in policy
    assert "default-src 'none'" in policy
    assert "ws://localhost" in policy
    assert not re.search(r"(src|href)=\"https?://", html)
    assert "有三笔订单" in html


def test_each_page_has_a_nonce_of_its_own(browser: Any) -> None:
    policies = {browser.get("/softphone").headers["Content-Security-Policy"] for _ in range(2)}
    assert len(policies) == 2


@pytest.mark.parametrize("name", sorted(path.name for path in STATIC.iterdir()))
def test_every_file_of_the_page_is_served(browser: Any, name: str) -> None:
    with browser.get(f"/softphone/static/{name}") as served:
        assert served.status_code == 200
        assert served.mimetype in ("text/javascript", "text/css")


def test_every_word_of_the_page_exists_in_both_languages(browser: Any) -> None:
    wording = (STATIC / "wording.js").read_text(encoding="utf-8")
    chinese, english = wording.split("  en: {")
    used = set(re.findall(r'data-t(?:-placeholder|-label)?="(\w+)"', browser.get("/softphone").text))
    assert used
    for key in used:
        assert re.search(rf"\b{key}:", chinese), key
        assert re.search(rf"\b{key}:", english), key


def test_a_call_gets_a_ticket(browser: Any) -> None:
    answer = browser.post("/softphone/call", json={"from_number": "+8613800000001"}, headers=ORIGIN)
    assert answer.status_code == 201
    assert answer.json["socket"] == "/softphone/media"
    assert answer.json["call_sid"].startswith("SP")
    assert answer.json["ticket"]


@pytest.mark.parametrize("origin", [None, "https://evil.example.com", "null", "http://localhost.evil.com"])
def test_another_sites_page_gets_no_ticket(browser: Any, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    assert browser.post("/softphone/call", json={"from_number": None}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "body", [{}, {"from_number": "abc"}, {"from_number": 5}, [], {"from_number": "1" * 50}]
)
def test_a_number_that_is_none_is_refused(browser: Any, body: Any) -> None:
    assert browser.post("/softphone/call", json=body, headers=ORIGIN).status_code == 400


def test_a_busy_line_says_so(browser: Any, line: Any) -> None:
    line.admitting = False
    assert browser.post("/softphone/call", json={"from_number": None}, headers=ORIGIN).status_code == 503


def test_from_elsewhere_the_page_needs_a_password(hotline: Any) -> None:
    client = hotline(softphone_password="秘密").client

    def status(password: str | None) -> int:
        token = base64.b64encode(f"ops:{password}".encode()).decode()
        headers = {} if password is None else {"Authorization": f"Basic {token}"}
        code: int = client.get("/softphone", environ_overrides=ELSEWHERE, headers=headers).status_code
        return code

    assert [status(None), status("wrong"), status("秘密")] == [401, 401, 200]
    assert [status("wrong") for _ in range(9)][-1] == 429
    assert status("秘密") == 200


def test_without_a_password_the_page_is_this_machines_alone(hotline: Any) -> None:
    client = hotline().client
    assert client.get("/softphone", environ_overrides=ELSEWHERE).status_code == 403
    assert client.get("/softphone", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 403
    assert client.get("/softphone", headers={"Host": "rebound.example.com"}).status_code == 403


def test_a_softphone_that_is_switched_off_is_not_there(hotline: Any) -> None:
    client = hotline(softphone=False).client
    assert client.get("/softphone").status_code == 404
    assert client.post("/softphone/call").status_code == 404


CHECK = """
import { encodeSample, decode } from "./mulaw.js";
import { Resampler } from "./resample.js";
import { PlaybackQueue } from "./playback.js";
const levels = {};
for (const rate of [48000, 44100]) for (const hz of [1000, 3000, 5000, 6500]) {
  const resampler = new Resampler(rate, 8000);
  const tone = Float32Array.from({ length: rate }, (_, i) => Math.sin(2 * Math.PI * hz * i / rate));
  const out = [];
  for (let i = 0; i < rate; i += 128) out.push(...resampler.push(tone.subarray(i, i + 128)));
  const middle = out.slice(400, 7600);
  const rms = Math.sqrt(middle.reduce((sum, x) => sum + x * x, 0) / middle.length);
  levels[`${rate}/${hz}`] = 20 * Math.log10(rms / Math.SQRT1_2);
}
const marks = [];
const queue = new PlaybackQueue((name) => marks.push(name));
const log = [];
queue.media(new Float32Array(160).fill(0.5)); queue.mark("short");
for (let i = 0; i < 4; i += 1) { queue.pull(160); log.push(marks.length); }
queue.media(new Float32Array(1600)); queue.mark("a"); queue.media(new Float32Array(10)); queue.mark("b");
queue.pull(160); queue.clear(); log.push(marks.join());
queue.mark("empty"); log.push(marks.at(-1));
const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
console.log(JSON.stringify({ decoded: [...decode(bytes)].map((x) => x * 32768),
  encoded: [...decode(bytes)].map(encodeSample), levels, log }));
"""


@pytest.fixture(scope="session")
def page_sums(tmp_path_factory: pytest.TempPathFactory, absent: Callable[[str], NoReturn]) -> Any:
    """What the page's own scripts compute, run by Node."""
    node = shutil.which("node") or absent("node")
    folder = tmp_path_factory.mktemp("page")
    for path in STATIC.glob("*.js"):
        shutil.copy(path, folder)
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (folder / "check.js").write_text(CHECK, encoding="utf-8")
    done = subprocess.run(
        [node, "check.js"], cwd=folder, capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


def test_the_pages_mu_law_is_the_carriers(page_sums: Any) -> None:
    from voicebot.simulator import g711

    assert page_sums["decoded"] == g711.decode(bytes(range(256))).tolist()
    assert page_sums["encoded"] == [255 if byte == 127 else byte for byte in range(256)]


def test_the_microphone_is_filtered_before_it_is_slowed_down(page_sums: Any) -> None:
    for rate in (48000, 44100):
        assert page_sums["levels"][f"{rate}/1000"] == pytest.approx(0.0, abs=0.1)
        assert page_sums["levels"][f"{rate}/3000"] == pytest.approx(0.0, abs=0.5)
        assert page_sums["levels"][f"{rate}/5000"] < -60
        assert page_sums["levels"][f"{rate}/6500"] < -60


def test_the_page_returns_marks_when_played_and_all_of_them_on_clear(page_sums: Any) -> None:
    assert page_sums["log"] == [0, 0, 1, 1, "short,a,b", "empty"]
