"""What counts as an interruption while a prompt plays: more speech, louder, and no echo of the prompt."""

import math
from dataclasses import dataclass, field

from voicebot.audio import Samples, mulaw
from voicebot.audio.canceller import EchoCanceller
from voicebot.audio.echo import EchoWatch
from voicebot.audio.framing import FRAME_BYTES
from voicebot.audio.level import dbfs
from voicebot.audio.vad import Voicing

_LONGEST_QUEUE_BYTES = 30 * 50 * FRAME_BYTES


@dataclass
class BargeIn:
    """Takes the prompt's echo out of what is heard, and decides what still counts as the caller's speech.

    Figures: docs/hearing.md, "Interruptions and echo".
    """

    confirm_seconds: float = 0.20
    """Speech over a prompt needed for an interruption."""
    confirm_voiced_seconds: float = 0.08
    """How much of it must be voiced: coughs and knocks interrupt nobody."""
    above_noise_db: float = 9.0
    """How far speech over a prompt must stand out of the background."""
    above_left_db: float = 8.0
    """How far it must stand out of what the canceller leaves of the echo, where it works."""
    above_echo_db: float = 6.0
    """How far it must stand out of the echo expected at this moment."""
    echo_likeness: float = 0.65
    """Sound as like to the prompt as this is its echo ..."""
    clear_of_echo_db: float = 10.0
    """... unless it stands out this far of an echo that is known: likeness looks back over 0.6 s, so a caller
    who speaks into an echo resembles it at first."""
    _echo: EchoWatch = field(default_factory=EchoWatch, repr=False)
    _canceller: EchoCanceller = field(default_factory=EchoCanceller, repr=False)
    _playing_now: Samples | None = field(default=None, repr=False)
    _queue: bytearray = field(default_factory=bytearray, repr=False)

    @property
    def echo_gain_db(self) -> float:
        """How much louder than the prompt is what is left of its echo; -inf while none was noticed."""
        return self._echo.gain_db

    def sent(self, coded: bytes) -> None:
        """Note mu-law audio sent to the caller; it is taken to play in real time from when it was sent."""
        self._queue += coded
        del self._queue[: max(0, len(self._queue) - _LONGEST_QUEUE_BYTES)]

    def stopped(self) -> None:
        """Forget what was sent and cannot be heard any more."""
        self._queue.clear()

    def clean(self, samples: Samples) -> Samples:
        """Take the echo of what was sent out of a frame heard; must be asked for every frame, in order."""
        playing_now = mulaw.decode(bytes(self._queue[:FRAME_BYTES])) if self._queue else None
        del self._queue[:FRAME_BYTES]
        if playing_now is not None and playing_now.size < FRAME_BYTES:
            playing_now = None
        if playing_now is not None and self._playing_now is None:
            self._canceller.begin()
        self._playing_now = playing_now
        return self._canceller.clean(playing_now, samples)

    def admits(self, samples: Samples, voicing: Voicing, *, playing: bool) -> bool:
        """Say whether a frame, cleaned just before, counts as the caller's speech; asked for every frame."""
        playing_now = self._playing_now
        self._echo.watch(playing_now, -math.inf if playing_now is None else dbfs(playing_now), samples)
        if not voicing.speech:
            return False
        if playing and voicing.above_noise_db < self.above_noise_db:
            return False
        left_dbfs = self._canceller.left_dbfs
        if left_dbfs is not None:
            return voicing.level_dbfs >= left_dbfs + self.above_left_db
        echo = self._echo.judge(voicing.level_dbfs, none_found=self._canceller.hears_none)
        if not echo.possible:
            return True
        above_echo_db = voicing.level_dbfs - echo.expected_dbfs
        if self._canceller.hears_none and above_echo_db >= self.above_echo_db:
            return True
        if echo.certain and above_echo_db >= self.clear_of_echo_db:
            return True
        return echo.likeness < self.echo_likeness and above_echo_db >= self.above_echo_db
