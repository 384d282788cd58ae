"""The softphone in a real Chromium against a real server: typing, keys, the microphone, how calls end."""

from __future__ import annotations

import re
import shutil
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import requests
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.support.servers import Site, Sites, wait_until
from voicebot.shop.demo.callers import CALLERS
from voicebot.shop.demo.guide import suggestions
from voicebot.storage.calls import CallRepository

pytestmark = pytest.mark.browser

PATIENCE_MS = 15_000
PRIVATE = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LISTEN = """
  window.loudest = 0; window.blocked = [];
  document.addEventListener("securitypolicyviolation", (event) => window.blocked.push(event.blockedURI));
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to === this.context.destination) {
      const ear = new AnalyserNode(this.context, { fftSize: 4096 });
      connect.call(this, ear);
      setInterval(() => {
        const samples = new Float32Array(4096);
        ear.getFloatTimeDomainData(samples);
        window.loudest = Math.max(window.loudest, ...samples.map(Math.abs));
      }, 50);
    }
    return connect.call(this, to, ...rest);
  };
"""
"""Run ahead of the page's own scripts: what reaches the loudspeaker, and what the page was forbidden."""


WISH = "我要转人工客服"
"""What the microphone carries; the recogniser knows it by its sound."""


@pytest.fixture(scope="module")
def served(sites: Sites) -> Iterator[Site]:
    """A server process with the softphone switched on."""
    with sites.running({"VOICEBOT_SOFTPHONE": "1"}, texts=(WISH,)) as running:
        yield running


@pytest.fixture(scope="module")
def spoken(served: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WAV file for the microphone: half a second of silence, speech, and silence again."""
    samples = np.concatenate([np.zeros(4_000), served.speech(WISH), np.zeros(160_000)])
    path = tmp_path_factory.mktemp("microphone") / "speech.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def browser(
    served: Site,
    spoken: Path,
    absent: Callable[[str, str], NoReturn],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BrowserContext]:
    program = shutil.which("chromium") or absent("Chromium", "VOICEBOT_REQUIRE_BROWSER")
    microphone = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={spoken}%noloop",
    ]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=program,
            args=[*PRIVATE, *microphone],
            headless=True,
            viewport={"width": 1024, "height": 768},
            locale="zh-CN",
        )
        context.set_default_timeout(PATIENCE_MS)
        yield context
        context.close()


@pytest.fixture
def page(browser: BrowserContext, served: Site) -> Iterator[Page]:
    """The page, freshly opened; whatever the browser complains about fails the test."""
    complaints: list[str] = []
    opened = browser.new_page()
    opened.on("console", lambda said: complaints.append(said.text) if said.type != "log" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    origin = served.url.replace("127.0.0.1", "localhost")
    opened.on("request", lambda sent: complaints.extend(_foreign(sent.url, origin)))
    opened.add_init_script(LISTEN)
    opened.goto(f"{origin}/softphone")
    yield opened
    forbidden = opened.evaluate("window.blocked")
    opened.close()
    assert complaints == []
    assert forbidden == []


def _foreign(url: str, own: str) -> list[str]:
    return [] if url.startswith((own, "data:")) else [f"asked for {url}"]


def state_is(page: Page, state: str) -> None:
    expect(page.locator("main")).to_have_attribute("data-state", state, timeout=PATIENCE_MS)


def call(page: Page, number: str = CALLERS[0].number, *, by_microphone: bool = False) -> None:
    page.get_by_label("主叫号码").select_option(number)
    page.get_by_label("用麦克风说话").set_checked(by_microphone)
    page.get_by_role("button", name="拨打").click()
    state_is(page, "talking")


def say(page: Page, text: str) -> None:
    page.get_by_label("打字代替说话").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator("#transcript .caller").last).to_contain_text(text)


def line_says(page: Page, pattern: str) -> None:
    expect(page.locator("#transcript .bot").last).to_contain_text(re.compile(pattern), timeout=PATIENCE_MS)


def loudest(page: Page) -> float:
    """The highest sample, of 1.0, that the loudspeaker was given so far."""
    level: float = page.evaluate("window.loudest")
    return level


def nobody_calls(served: Site) -> bool:
    calls: int = requests.get(f"{served.url}/readyz", timeout=5).json()["calls"]
    return calls == 0


def heard_by_the_server(served: Site, call_sid: str) -> list[tuple[str, float]]:
    """Text and seconds of every utterance that the recogniser was given."""
    row = served.ended(call_sid)
    with served.database() as database:
        entries = CallRepository(database).events(row.id)
    return [
        (entry.body["alternatives"][0]["text"], float(entry.body["audio_seconds"]))
        for entry in entries
        if entry.type == "TranscriptReady" and entry.body["alternatives"]
    ]


def test_a_typed_conversation_with_keys_ends_with_a_human(page: Page) -> None:
    call(page, "13800000005")
    line_says(page, "智能语音助手")
    wait_until(lambda: loudest(page) > 0.05, "sound")
    say(page, "洗衣机我不想要了")
    expect(page.locator("#transcript .bot").first).to_have_class(re.compile("cut"))
    line_says(page, "核对")
    for key in "9234":
        page.locator(f"[data-key='{key}']").click()
    expect(page.locator("#transcript .caller").last).to_contain_text("按键 9234")
    state_is(page, "transferred")
    assert page.get_by_role("status").inner_text() == "已转人工"
    outcome = page.locator(".outcome")
    expect(outcome).to_contain_text(re.compile(r"工单号 \d+"))
    assert "洗衣机" in outcome.get_by_role("list").inner_text()
    assert not page.locator("#transcript .bot").last.get_attribute("data-cut")
    assert loudest(page) < 1.0
    expect(page.get_by_role("button", name="拨打")).to_be_focused()


def test_the_line_is_heard_without_another_click(page: Page) -> None:
    call(page)
    wait_until(lambda: loudest(page) > 0.01, "sound")


def test_the_microphone_reaches_the_recogniser_and_interrupts(page: Page, served: Site) -> None:
    with page.expect_response("**/softphone/call") as admitted:
        call(page, by_microphone=True)
    expect(page.locator("#transcript .caller")).to_contain_text(WISH)
    expect(page.locator("#transcript .bot").first).to_have_class(re.compile("cut"))
    line_says(page, "转人工")
    page.get_by_role("button", name="挂断").click()
    heard = heard_by_the_server(served, admitted.value.json()["call_sid"])
    assert [text for text, _ in heard][-1] == WISH
    spoken_seconds = len(served.speech(WISH)) / 8000
    assert max(seconds for _, seconds in heard) == pytest.approx(spoken_seconds, abs=1.0)


def test_hanging_up_or_leaving_frees_the_line(page: Page, served: Site) -> None:
    call(page)
    page.get_by_role("button", name="挂断").click()
    state_is(page, "ended")
    assert "您挂断了电话" in page.locator(".outcome").inner_text()
    wait_until(lambda: nobody_calls(served), "the end of the call")
    call(page)
    page.reload()
    state_is(page, "idle")
    wait_until(lambda: nobody_calls(served), "the end of the call")


def test_without_a_microphone_the_call_goes_on_in_writing(page: Page) -> None:
    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia ="
        " () => Promise.reject(new DOMException('', 'NotAllowedError')); }"
    )
    call(page, by_microphone=True)
    expect(page.locator("#transcript .note")).to_contain_text("用不了麦克风")
    expect(page.get_by_label("用麦克风说话")).not_to_be_checked()
    say(page, "没有别的了，再见")


def test_a_question_for_the_microphone_that_stays_open_can_be_left(page: Page) -> None:
    page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => new Promise(() => {}); }")
    page.get_by_role("button", name="拨打").click()
    state_is(page, "asking")
    page.get_by_role("button", name="挂断").click()
    state_is(page, "idle")


def test_a_call_that_cannot_be_made_says_why(page: Page) -> None:
    page.get_by_label("主叫号码").select_option("other")
    page.get_by_label("其他号码", exact=True).fill("12ab")
    page.get_by_role("button", name="拨打").click()
    state_is(page, "failed")
    expect(page.locator("#transcript .note")).to_contain_text("主叫号码不对")


def test_it_works_by_keyboard_alone(page: Page) -> None:
    page.get_by_label("用麦克风说话").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    state_is(page, "talking")
    expect(page.get_by_label("打字代替说话")).to_be_focused()
    page.get_by_role("log").focus()
    page.keyboard.press("0")
    expect(page.locator("#transcript .caller").last).to_contain_text("按键 0")
    page.get_by_role("button", name="挂断").focus()
    page.keyboard.press("Enter")
    state_is(page, "ended")


def test_every_control_has_a_name_in_both_languages(page: Page) -> None:
    call(page)
    devtools = page.context.new_cdp_session(page)
    for language in ("en", "zh-CN"):
        page.locator("#language").click()
        assert page.evaluate("document.documentElement.lang") == language
        tree: Any = devtools.send("Accessibility.getFullAXTree")
        controls = [
            (node["role"]["value"], node.get("name", {}).get("value", "").strip())
            for node in tree["nodes"]
            if node.get("role", {}).get("value") in {"button", "checkbox", "combobox", "log", "textbox"}
        ]
        assert len(controls) >= 20
        assert [control for control in controls if not control[1]] == []
    assert page.evaluate(
        "import('/softphone/static/wording.js').then(({ WORDING }) =>"
        " JSON.stringify(Object.keys(WORDING.en)) === JSON.stringify(Object.keys(WORDING['zh-CN'])))"
    )


def test_numbers_to_try_are_offered_with_what_to_say(page: Page) -> None:
    offered = page.locator("#guide button")
    assert offered.count() == len(suggestions()) == len(CALLERS) + 1
    offered.nth(2).click()
    assert page.get_by_label("主叫号码").input_value() == "13800000003"
    expect(page.locator("#facts")).to_contain_text("南京")


@pytest.mark.parametrize("width", [360, 1024])
def test_nothing_is_wider_than_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    call(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
