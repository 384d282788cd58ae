"""Callers and lines that go wrong: too quiet, too loud, never done, half lost, in bursts, out of time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.simulator.channel import frames_of
from voicebot.simulator.link import Message
from voicebot.simulator.loopback import LoopbackLink
from voicebot.simulator.recording import BotEar, Timeline
from voicebot.simulator.stream import CallerMove
from voicebot.simulator.twilio import PhoneCaller

FRAME = 160
RATE_HZ = 8000
Sound = NDArray[np.float64]
"""The samples of 20 ms as they come in or go out, full scale 32768, shape (160,)."""
Change = Callable[[Sound, float], Sound]
"""What becomes of 20 ms of the caller's sound that began at so many seconds."""

_DTMF_HZ = {
    digit: (low, high)
    for low, row in ((697, "123"), (770, "456"), (852, "789"), (941, "*0#"))
    for digit, high in zip(row, (1209, 1336, 1477), strict=True)
}
"""The two tones of each key (ITU-T Q.23)."""


class Sounds:
    """A caller whose sound reaches the telephone changed; what he does stays as it was."""

    def __init__(self, caller: PhoneCaller, change: Change) -> None:
        self._caller = caller
        self._change = change

    def move(self, now_seconds: float, ear: BotEar, timeline: Timeline) -> CallerMove:
        move = self._caller.move(now_seconds, ear, timeline)
        heard = np.zeros(FRAME) if move.audio is None else move.audio.astype(np.float64)
        changed = self._change(heard, now_seconds)
        audio = np.clip(np.rint(changed), -32768, 32767).astype(np.int16)
        return CallerMove(audio=audio, keys=move.keys, ends=move.ends, text=move.text)

    def press_for_menu(self, said: list[str]) -> str:
        return self._caller.press_for_menu(said)

    def finish(self) -> None:
        self._caller.finish()


class PressesAloud:
    """A caller whose telephone sends the tones of his keys in the sound, too."""

    def __init__(self, caller: PhoneCaller) -> None:
        self._caller = caller
        self._tones: deque[NDArray[np.int16]] = deque()

    def move(self, now_seconds: float, ear: BotEar, timeline: Timeline) -> CallerMove:
        move = self._caller.move(now_seconds, ear, timeline)
        for digit in move.keys:
            self._tones.extend(frames_of(tone_of(digit)))
        audio = self._tones.popleft() if self._tones else move.audio
        return CallerMove(audio=audio, keys=move.keys, ends=move.ends, text=move.text)

    def press_for_menu(self, said: list[str]) -> str:
        return self._caller.press_for_menu(said)

    def finish(self) -> None:
        self._caller.finish()


def tone_of(digit: str, seconds: float = 0.12, rms: float = 2600.0) -> NDArray[np.int16]:
    """What a telephone sounds like when this key is pressed, at 8 kHz."""
    turn = 2 * np.pi * np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    low_hz, high_hz = _DTMF_HZ[digit]
    return np.rint(rms * (np.sin(turn * low_hz) + np.sin(turn * high_hz))).astype(np.int16)


def white_noise(rms: float = 2600.0, seed: int = 1) -> Change:
    """Noise as loud as speech, from the first moment to the last."""
    random = np.random.default_rng(seed)
    return lambda heard, _: heard + random.normal(0.0, rms, FRAME)


def louder(gain_db: float) -> Change:
    """By so many dB; what is beyond full scale is clipped on the way."""
    gain = 10 ** (gain_db / 20)
    return lambda heard, _: heard * gain


def offset(share: float) -> Change:
    """A constant beneath everything, as a share of full scale."""
    return lambda heard, _: heard + share * 32768


def all_the_time(clip: NDArray[np.int16]) -> Change:
    """``clip`` over and over without a pause: hold music, a television, somebody who is never done."""
    looped = clip.astype(np.float64)

    def change(heard: Sound, at_seconds: float) -> Sound:
        start = round(at_seconds * RATE_HZ)
        return heard + looped[(start + np.arange(FRAME)) % len(looped)]

    return change


class RewrittenLink(LoopbackLink):
    """A carrier whose media messages arrive as ``rewrite`` leaves them; None is one that is lost."""

    def __init__(self, rewrite: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
        super().__init__()
        self._rewrite = rewrite

    def send(self, message: Message) -> None:
        if message["event"] != "media":
            super().send(message)
        elif (media := self._rewrite(dict(message["media"]))) is not None:
            super().send({**message, "media": media})


def losing(share: float, seed: int = 1) -> RewrittenLink:
    """A line on which this share of the frames never arrives; nothing stands in for them."""
    random = np.random.default_rng(seed)
    return RewrittenLink(lambda media: None if random.random() < share else media)


def jumping(jumps: Mapping[float, float]) -> RewrittenLink:
    """A line whose media clock is set: at a second of the stream (key) to another one (value)."""

    def rewrite(media: dict[str, Any]) -> dict[str, Any]:
        at_seconds = int(media["timestamp"]) / 1000
        since = max((moment for moment in jumps if moment <= at_seconds), default=None)
        shown_seconds = at_seconds if since is None else at_seconds - since + jumps[since]
        return {**media, "timestamp": str(round(shown_seconds * 1000))}

    return RewrittenLink(rewrite)
