"""Runs one call: frames and events in, sound and actions out, on one thread that waits for nothing slow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Protocol

from voicebot.audio.framing import FRAME_BYTES, FRAME_SECONDS, SAMPLE_RATE_HZ
from voicebot.audio.media_clock import MediaClock
from voicebot.audio.pauses import clause_starts_seconds
from voicebot.call.actions import (
    Action,
    CancelTranscription,
    ClearPlayback,
    CloseTurn,
    Consult,
    EndCall,
    Listen,
    MakeFinal,
    Read,
    Say,
    TakeTurn,
    Transcribe,
    TransferToHuman,
)
from voicebot.call.events import (
    BusinessAnswered,
    CallerHungUp,
    CallStarted,
    Event,
    KeyPressed,
    MarkReached,
    PartialHeard,
    PromptFailed,
    PromptStarted,
    ReadingFailed,
    TextTyped,
    TranscriptFailed,
    TranscriptReady,
    UtteranceRead,
)
from voicebot.call.hearing import Hearing
from voicebot.call.session import CallSession
from voicebot.runtime.mailbox import Mailbox
from voicebot.runtime.outgoing import Outgoing, PromptAudio, parse_mark
from voicebot.runtime.performer import Performer, Rendered
from voicebot.runtime.record import CallRecord
from voicebot.runtime.recorder import Recorder
from voicebot.tts.voice import SpokenPrompt

MAX_TEXT_CHARACTERS = 500
KEYS = frozenset("0123456789*#")
"""The keys of a telephone. The carrier may send A to D too, which no caller has."""
ECHO_BYTES = round(5.0 / FRAME_SECONDS) * FRAME_BYTES
"""Sound sent that is kept for the hearing, while nothing comes in: its echo lies within less."""
STOPPED = "stopped"
LISTENING_SECONDS = 0.06
"""Longest wait for the line when it brings nothing: less than the sound that lies at the carrier, so that
more is sent in time. A line that works brings a frame every 20 ms, and workers wake it."""
AWAITING_SECONDS = 0.004
"""On a virtual clock, where nobody wakes the call: between two looks into the mailbox while the caller waits
for a worker."""


class Transport(Protocol):
    """One stream of a carrier or a softphone; ``receive`` raises ConnectionError at its end."""

    def receive(self, timeout_seconds: float) -> Any | None:
        """The next message, None when there was none in time. Raises ConnectionError at the end."""

    def wake(self) -> None:
        """Let ``receive`` come back at once; from any thread."""

    def send_media(self, payload: bytes) -> None:
        """8 kHz mu-law to be played behind what is queued."""

    def send_mark(self, name: str) -> None:
        """Comes back as a ``mark`` message when all before it was played, or cleared."""

    def send_clear(self) -> None:
        """Throw away what is queued at the other side."""

    def send_extra(self, body: Mapping[str, Any]) -> None:
        """What only a softphone's page shows: the transcript."""

    def close(self, code: int = 1000) -> None:
        """With a WebSocket close code; harmless when closed."""


class CallDriver:
    """The only code that touches a session: ``run`` in real time, ``step`` on a virtual clock."""

    def __init__(
        self,
        *,
        session: CallSession,
        hearing: Hearing,
        transport: Transport,
        performer: Callable[[Callable[[Event | Rendered], None]], Performer],
        record: CallRecord,
        recorder: Recorder | None,
        clock: Callable[[], float],
        stamp: Callable[[], float] | None = None,
    ) -> None:
        """``clock`` counts seconds and never goes back; the call's second 0 is the moment of ``start``.

        ``stamp`` gives the moment, on a virtual ``clock``, from which what a worker posts counts as there:
        when the work would be done. Without it the clock is real and that is at once.
        """
        self._session = session
        self._hearing = hearing
        self._transport = transport
        self._is_virtual = stamp is not None
        moment = stamp or (lambda: 0.0)
        self._mailbox: Mailbox[Event | Rendered] = Mailbox(
            lambda: moment() - self._zero, posted=transport.wake
        )
        self._performer = performer(self._mailbox.post)
        self._record = record
        self._recorder = recorder
        self._clock = clock
        self._zero = 0.0
        self._today = date.min
        self._outgoing = Outgoing(transport)
        self._media_clock = MediaClock()
        self._prompts: dict[int, PromptAudio | None] = {}
        self._skips_seconds: dict[int, float] = {}
        self._tried: dict[int, int] = {}
        """Utterances by the job in which they were recognised ahead of their end."""
        self._sent = b""
        self._awaited: set[tuple[str, object]] = set()
        self.outcome: TransferToHuman | EndCall | None = None
        self.hung_up: str | None = None
        """The cause when it was not the call itself that ended: ``stopped``, ``dropped`` or another."""

    @property
    def is_over(self) -> bool:
        """The session has ended: nothing more is taken or sent."""
        return self._session.is_over

    @property
    def underruns(self) -> int:
        """Times that sound ran dry inside a prompt."""
        return self._outgoing.underruns

    def now(self) -> float:
        """Seconds since the call started, in the log's resolution of a millisecond."""
        return round(self._clock() - self._zero, 3)

    def start(self, event: CallStarted, today: date) -> None:
        """Begin at this moment, which is second 0; the greeting is on its way when this returns."""
        self._zero = self._clock()
        self._today = today
        try:
            self._receive(event, 0.0)
            self._write(0.0)
        except ConnectionError as closed:
            self._lost(closed)

    def run(self) -> None:
        """Hold the call in real time until it is over. The caller of this closes the transport."""
        while not self.is_over:
            try:
                inbound = self._transport.receive(self._patience())
            except ConnectionError as closed:
                self._lost(closed)
                return
            self.step(inbound)

    def _patience(self) -> float:
        """How long nothing has to be done but listen."""
        longest_seconds = LISTENING_SECONDS
        if self._is_virtual:
            is_awaiting = self._awaited or None in self._prompts.values()
            longest_seconds = AWAITING_SECONDS if is_awaiting else FRAME_SECONDS
        deadline = self._session.next_deadline
        until_deadline = longest_seconds if deadline is None else deadline - self.now()
        return max(0.0, min(longest_seconds, until_deadline))

    def hang_up(self, cause: str) -> None:
        """The other side is gone; ``cause`` as in ``CallerHungUp``."""
        if not self.is_over:
            self.hung_up = cause
        self._receive(CallerHungUp(cause=cause), self.now())

    def _lost(self, closed: ConnectionError) -> None:
        self.hang_up(getattr(closed, "reason", "dropped"))

    def step(self, inbound: Any | None) -> None:
        """Take one message, or None, and do all that is due. A stream found closed is a hang-up."""
        now = self.now()
        try:
            if inbound is not None:
                self._take(inbound, now)
            for item in self._mailbox.drain(now):
                self._take_item(item, now)
            self._tick(now)
            self._write(now)
        except ConnectionError as closed:
            self._lost(closed)

    def _tick(self, now: float) -> None:
        """To the millisecond: 3.3000000000000003 is due at 3.3, or a virtual clock would stand still."""
        deadline = self._session.next_deadline
        if deadline is not None and round(deadline, 3) <= now:
            at = max(now, deadline)
            self._record.tick(at)
            self._act(self._session.tick(at), at)

    # ---- in ----------------------------------------------------------------------------------------------

    def _take(self, inbound: Any, now: float) -> None:
        match inbound.kind:
            case "media":
                chunk_seconds = len(inbound.payload) / SAMPLE_RATE_HZ
                at_seconds = self._media_clock.place(inbound.timestamp_ms / 1000, now, chunk_seconds)
                if self._recorder is not None:
                    self._recorder.caller(at_seconds, inbound.payload)
                sent, self._sent = self._sent, b""
                playing = self._outgoing.is_audible(now)
                for heard in self._hearing.hear(inbound.payload, at_seconds, playing, sent):
                    self._receive(heard, now)
            case "dtmf":
                if inbound.digit in KEYS:
                    self._receive(KeyPressed(digit=inbound.digit), now)
            case "mark":
                mark = parse_mark(inbound.name)
                if mark is not None:
                    self._receive(MarkReached(prompt_id=mark[1], generation=mark[0]), now)
            case "text":
                self._receive(TextTyped(text=inbound.text[:MAX_TEXT_CHARACTERS]), now)
            case "stopped":
                self.hang_up(STOPPED)
            case _:
                raise TypeError(f"a transport does not give {inbound!r} after the start")

    def _take_item(self, item: Event | Rendered, now: float) -> None:
        if isinstance(item, Rendered):
            self._queue_sound(item.prompt_id, item.generation, item.assembled)
            return
        if isinstance(item, PromptFailed):
            self._prompts.pop(item.prompt_id, None)
            self._release()
        if isinstance(item, TranscriptReady):
            self._show_partial(item, now)
        self._awaited.discard(_answered(item))
        self._receive(item, now)

    def _show_partial(self, transcript: TranscriptReady, now: float) -> None:
        """What was tried ahead of the end is what is known so far."""
        utterance = self._tried.pop(transcript.job, None)
        if utterance is not None and transcript.alternatives:
            self._receive(PartialHeard(utterance=utterance, text=transcript.alternatives[0].text), now)

    def _receive(self, event: Event, now: float) -> None:
        if self.is_over:
            return
        self._record.event(now, event)
        self._act(self._session.receive(event, now), now)

    # ---- out ---------------------------------------------------------------------------------------------

    def _act(self, actions: list[Action], now: float) -> None:
        self._record.actions(now, actions)
        for action in actions:
            self._carry_out(action, now)

    def _carry_out(self, action: Action, now: float) -> None:
        self._await(action)
        match action:
            case Say():
                self._say(action)
            case ClearPlayback():
                self._prompts.clear()
                self._skips_seconds.clear()
                self._outgoing.clear(now)
            case Listen():
                self._hearing.set_patience(action.finish_seconds, judged=action.judged)
            case CloseTurn():
                for ended in self._hearing.close(action.utterance, action.because):
                    self._receive(ended, now)
            case TakeTurn():
                self._record.sync()
                self._show("caller", action.text)
            case Transcribe() | MakeFinal() | CancelTranscription():
                self._recognise(action)
            case Read():
                if action.keys is not None:
                    self._record.sync()
                self._performer.read(action)
            case Consult():
                self._performer.consult(action)
            case TransferToHuman() | EndCall():
                self.outcome = action

    def _recognise(self, action: Transcribe | MakeFinal | CancelTranscription) -> None:
        match action:
            case Transcribe():
                if action.speculative:
                    self._tried[action.job] = action.utterance
                self._performer.transcribe(action, self._hearing.audio_of(action.utterance))
            case MakeFinal():
                self._performer.make_final(action.job)
            case CancelTranscription():
                self._tried.pop(action.job, None)
                self._performer.cancel(action.job)

    def _await(self, action: Action) -> None:
        """Note what the caller now waits for: what is tried ahead of the end decides when that is."""
        match action:
            case Transcribe() | MakeFinal():
                self._awaited.add(("transcript", action.job))
            case CancelTranscription():
                self._awaited.discard(("transcript", action.job))
            case Read():
                self._awaited.add(("reading", action.job))
            case Consult():
                self._awaited.add(("business", action.request))
            case _:
                pass

    def _say(self, action: Say) -> None:
        self._prompts[action.prompt_id] = None
        self._skips_seconds[action.prompt_id] = action.skip_seconds
        self._show("bot", action.text)
        assembled = self._performer.say(action, self._today)
        if assembled is not None:
            self._queue_sound(action.prompt_id, action.generation, assembled)

    def _show(self, speaker: str, text: str) -> None:
        self._transport.send_extra({"event": "transcript", "speaker": speaker, "text": text})

    def _queue_sound(self, prompt_id: int, generation: int, assembled: SpokenPrompt) -> None:
        """A prompt that was cleared while it was rendered is silently forgotten."""
        skip_seconds = self._skips_seconds.pop(prompt_id, 0.0)
        if prompt_id in self._prompts:
            audio = assembled.audio[round(skip_seconds * SAMPLE_RATE_HZ) :]
            ends = tuple(end - skip_seconds for end in assembled.part_ends_seconds if end > skip_seconds)
            self._prompts[prompt_id] = PromptAudio(
                prompt_id=prompt_id,
                generation=generation,
                audio=audio,
                part_ends_seconds=ends,
                resume_seconds=clause_starts_seconds(audio),
            )
            self._release()

    def _release(self) -> None:
        """Prompts are heard in the order in which they were said, however long each takes to render."""
        for prompt_id, audio in sorted(self._prompts.items()):
            if audio is None:
                return
            self._outgoing.add(audio)
            del self._prompts[prompt_id]

    def _write(self, now: float) -> None:
        self._sent = (self._sent + self._outgoing.write(now))[-ECHO_BYTES:]
        for sounding in self._outgoing.take_heard(now):
            if self._recorder is not None:
                self._recorder.line(sounding.at_seconds, sounding.payload)
            if sounding.first_of is not None:
                self._receive(
                    PromptStarted(
                        prompt_id=sounding.first_of.prompt_id,
                        generation=sounding.first_of.generation,
                        seconds=round(sounding.first_of.seconds, 3),
                        part_ends_seconds=tuple(round(end, 3) for end in sounding.first_of.part_ends_seconds),
                        resume_seconds=sounding.first_of.resume_seconds,
                    ),
                    now,
                )


def _answered(event: Event) -> tuple[str, object]:
    """What was awaited until this came."""
    match event:
        case TranscriptReady() | TranscriptFailed():
            return "transcript", event.job
        case UtteranceRead() | ReadingFailed():
            return "reading", event.job
        case BusinessAnswered():
            return "business", event.request
        case _:
            return "nothing", None
