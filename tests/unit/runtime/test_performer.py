"""Every action of a call is answered exactly once, whatever becomes of the work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import pytest

from tests.support.lines import FakeReader, FakeShop, FakeVoice, Posts, Workers, services
from tests.support.shop import known, said
from voicebot.asr.engine import Samples
from voicebot.asr.fake import FakeRecognition
from voicebot.asr.pool import RecognitionPool
from voicebot.call.actions import Consult, Read, Say, Transcribe
from voicebot.call.events import (
    BusinessAnswered,
    Event,
    Heard,
    PromptFailed,
    ReadingFailed,
    TranscriptFailed,
    TranscriptReady,
    UtteranceRead,
)
from voicebot.dialogue.requests import IdentifyCaller, LookupFailed
from voicebot.dialogue.wording import Part
from voicebot.nlu.expectation import Expectation
from voicebot.runtime.performer import Performer, Rendered
from voicebot.tts.engine import VoiceFailedError

TODAY = date(2026, 11, 22)
SPEECH: Samples = np.full(800, 9000, np.int16)
WAIT_SECONDS = 10.0


class Gate:
    """A job that says when it runs and runs until it is let go."""

    def __init__(self) -> None:
        self.runs = threading.Event()
        self._go = threading.Event()

    def __call__(self) -> None:
        self.runs.set()
        assert self._go.wait(WAIT_SECONDS)

    def open(self) -> None:
        self._go.set()


class Answers(Posts):
    """What was reported, and a way to wait for a number of reports."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def __call__(self, item: Event | Rendered) -> None:
        with self._changed:
            super().__call__(item)
            self._changed.notify_all()

    def after(self, number: int) -> list[Event | Rendered]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.items) >= number, WAIT_SECONDS)
            return list(self.items)


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def busy(pool: RecognitionPool) -> Iterator[Gate]:
    """The only worker is at work for somebody else, until the gate opens."""
    gate = Gate()
    pool.submit("another", gate)
    assert gate.runs.wait(WAIT_SECONDS)
    yield gate
    gate.open()


def drained(pool: RecognitionPool) -> None:
    """Everything submitted to the pool so far has been done."""
    pool.submit("last", lambda: None).result(WAIT_SECONDS)


def transcribe(job: int, *, speculative: bool = False) -> Transcribe:
    return Transcribe(job=job, utterance=1, expect=Expectation(), speculative=speculative)


def read(job: int = 1, *texts: str, keys: str | None = None) -> Read:
    alternatives = tuple(Heard(text=text, confidence=0.9) for text in texts)
    return Read(job=job, alternatives=alternatives, keys=keys, expect=Expectation(), today=TODAY.isoformat())


def say(prompt_id: int = 1) -> Say:
    return Say(
        prompt_id=prompt_id,
        generation=1,
        wording="greeting",
        parts=(Part(kind="text", text="您好"),),
        text="您好",
    )


def jobs(items: list[Event | Rendered], kind: type[TranscriptReady] | type[TranscriptFailed]) -> list[int]:
    return [item.job for item in items if isinstance(item, kind)]


# ---- recognition


def test_a_transcription_comes_back_with_its_words_and_its_engine(
    pool: RecognitionPool, answers: Answers
) -> None:
    Performer(services(pool), "c1", answers).transcribe(transcribe(4), SPEECH)
    (answer,) = answers.after(1)
    assert isinstance(answer, TranscriptReady)
    assert (answer.job, answer.alternatives[0].text) == (4, "我想退款")
    assert (answer.engine, answer.audio_seconds) == ("fake/oracle", 0.1)


def test_without_a_recogniser_the_answer_is_a_failure_at_once(
    pool: RecognitionPool, answers: Answers
) -> None:
    Performer(services(pool, has_engine=False), "c1", answers).transcribe(transcribe(1), SPEECH)
    assert answers.items == [TranscriptFailed(job=1, message="no recogniser")]


@pytest.mark.parametrize("error", [ValueError("bad audio"), SystemExit(3), MemoryError()])
def test_an_engine_that_breaks_is_answered_for_and_its_worker_goes_on(
    pool: RecognitionPool, answers: Answers, error: BaseException
) -> None:
    def broken(*_: object) -> str:
        raise error

    performer = Performer(services(pool, engine=FakeRecognition(broken)), "c1", answers)
    performer.transcribe(transcribe(1), SPEECH)
    (answer,) = answers.after(1)
    assert isinstance(answer, TranscriptFailed)
    assert type(error).__name__ in answer.message
    drained(pool)


def test_a_pool_that_is_full_is_a_failure_of_this_utterance(answers: Answers) -> None:
    full = RecognitionPool(1, finals_at_most=0)
    try:
        Performer(services(full), "c1", answers).transcribe(transcribe(1), SPEECH)
        (answer,) = answers.after(1)
        assert isinstance(answer, TranscriptFailed)
        assert "VOICEBOT_MAX_CALLS" in answer.message
    finally:
        full.close()


def test_a_waiting_speculation_that_becomes_final_is_answered_once(
    pool: RecognitionPool, answers: Answers, busy: Gate
) -> None:
    performer = Performer(services(pool), "c1", answers)
    performer.transcribe(transcribe(1, speculative=True), SPEECH)
    performer.make_final(1)
    assert (pool.state().waiting_finals, pool.state().waiting_speculations) == (1, 0)
    busy.open()
    drained(pool)
    assert jobs(answers.items, TranscriptReady) == [1]
    assert len(answers.items) == 1


def test_a_running_speculation_that_becomes_final_is_not_done_twice(
    pool: RecognitionPool, answers: Answers
) -> None:
    gate = Gate()
    decoded: list[int] = []

    def hear(*_: object) -> str:
        decoded.append(1)
        gate()
        return "好"

    performer = Performer(services(pool, engine=FakeRecognition(hear)), "c1", answers)
    performer.transcribe(transcribe(1, speculative=True), SPEECH)
    assert gate.runs.wait(WAIT_SECONDS)
    performer.make_final(1)
    gate.open()
    drained(pool)
    assert jobs(answers.items, TranscriptReady) == [1]
    assert decoded == [1]


def test_a_speculation_that_is_done_is_not_done_again_and_not_remembered(
    pool: RecognitionPool, answers: Answers
) -> None:
    performer = Performer(services(pool), "c1", answers)
    performer.transcribe(transcribe(1, speculative=True), SPEECH)
    answers.after(1)
    performer.make_final(1)
    performer.cancel(1)
    drained(pool)
    assert len(answers.items) == 1
    assert performer._recognitions == {}


def test_a_refused_speculation_is_no_failure_and_is_done_as_the_final(
    pool: RecognitionPool, answers: Answers, busy: Gate
) -> None:
    pool.submit("a third", lambda: None)  # a final that waits: speculation is refused
    performer = Performer(services(pool), "c1", answers)
    performer.transcribe(transcribe(1, speculative=True), SPEECH)
    assert answers.items == []
    performer.make_final(1)
    busy.open()
    drained(pool)
    assert jobs(answers.items, TranscriptReady) == [1]
    assert len(answers.items) == 1


def test_a_refused_speculation_that_nobody_wants_any_more_is_answered_once(
    pool: RecognitionPool, answers: Answers, busy: Gate
) -> None:
    pool.submit("a third", lambda: None)
    performer = Performer(services(pool), "c1", answers)
    performer.transcribe(transcribe(1, speculative=True), SPEECH)
    performer.cancel(1)
    performer.cancel(1)
    performer.make_final(1)
    busy.open()
    drained(pool)
    assert answers.items == [TranscriptFailed(job=1, message="given up")]
    assert performer._recognitions == {}


@pytest.mark.parametrize("speculative", [True, False])
def test_what_waits_and_is_cancelled_is_answered_once_and_never_done(
    pool: RecognitionPool, answers: Answers, busy: Gate, speculative: bool
) -> None:
    performer = Performer(services(pool), "c1", answers)
    performer.transcribe(transcribe(1, speculative=speculative), SPEECH)
    performer.cancel(1)
    performer.cancel(1)
    busy.open()
    drained(pool)
    assert answers.items == [TranscriptFailed(job=1, message="given up")]


def test_what_runs_and_is_cancelled_is_answered_with_its_result(
    pool: RecognitionPool, answers: Answers
) -> None:
    gate = Gate()

    def hear(*_: object) -> str:
        gate()
        return "好"

    performer = Performer(services(pool, engine=FakeRecognition(hear)), "c1", answers)
    performer.transcribe(transcribe(1), SPEECH)
    assert gate.runs.wait(WAIT_SECONDS)
    performer.cancel(1)
    gate.open()
    drained(pool)
    assert jobs(answers.items, TranscriptReady) == [1]
    assert len(answers.items) == 1


def test_a_speculation_overtaken_by_the_next_is_not_reported_as_a_failure(
    pool: RecognitionPool, answers: Answers, busy: Gate
) -> None:
    performer = Performer(services(pool), "c1", answers)
    performer.transcribe(transcribe(1, speculative=True), SPEECH)
    performer.cancel(1)
    performer.transcribe(transcribe(2, speculative=True), SPEECH)
    performer.make_final(2)
    busy.open()
    drained(pool)
    assert jobs(answers.items, TranscriptFailed) == [1]
    assert jobs(answers.items, TranscriptReady) == [2]


def test_a_pool_that_closes_answers_for_the_finals_that_waited(
    pool: RecognitionPool, answers: Answers, busy: Gate
) -> None:
    performer = Performer(services(pool), "c1", answers)
    performer.transcribe(transcribe(1), SPEECH)
    closing = threading.Thread(target=pool.close)
    closing.start()
    assert jobs(answers.after(1), TranscriptFailed) == [1]
    busy.open()
    closing.join(WAIT_SECONDS)


def test_promotion_in_the_very_moment_in_which_the_work_begins_is_answered_once(
    pool: RecognitionPool, answers: Answers
) -> None:
    performer = Performer(services(pool), "c1", answers)
    for job in range(200):
        performer.transcribe(transcribe(job, speculative=True), SPEECH)
        performer.make_final(job)
        answers.after(job + 1)
    drained(pool)
    assert sorted(jobs(answers.items, TranscriptReady)) == list(range(200))
    assert len(answers.items) == 200
    assert performer._recognitions == {}


# ---- reading, business


def test_words_and_keys_are_read_with_the_version_that_read_them(
    pool: RecognitionPool, answers: Answers
) -> None:
    reader = FakeReader({"退款": said("退款", intents=("refund.apply",)), "1": said("1", choice="1")})
    performer = Performer(services(pool, reader=reader), "c1", answers)
    performer.read(read(1, "退款", "对款"))
    performer.read(read(2, keys="1"))
    first, second = answers.items
    assert first == UtteranceRead(job=1, reading=reader.readings["退款"], version="test")
    assert second == UtteranceRead(job=2, reading=reader.readings["1"], version="test")


def test_our_bug_in_reading_costs_one_question(
    pool: RecognitionPool, answers: Answers, caplog: pytest.LogCaptureFixture
) -> None:
    reader = FakeReader()
    reader.broken = KeyError("slot")
    Performer(services(pool, reader=reader), "c1", answers).read(read(3, "退款"))
    assert answers.items == [ReadingFailed(job=3, message="KeyError: 'slot'")]
    assert "reading failed" in caplog.text


def test_the_business_answers_with_the_request_it_was_asked(pool: RecognitionPool, answers: Answers) -> None:
    request = IdentifyCaller(from_number=None)
    Performer(services(pool), "c1", answers).consult(Consult(request=request))
    assert answers.items == [BusinessAnswered(request=request, result=known())]


def test_our_bug_in_the_business_is_a_lookup_that_failed_for_good(
    pool: RecognitionPool, answers: Answers, caplog: pytest.LogCaptureFixture
) -> None:
    shop = FakeShop()
    shop.broken = ZeroDivisionError("freight")
    request = IdentifyCaller(from_number=None)
    Performer(services(pool, business=shop), "c1", answers).consult(Consult(request=request))
    failed = LookupFailed(retryable=False, message="ZeroDivisionError: freight")
    assert answers.items == [BusinessAnswered(request=request, result=failed)]
    assert "business failed" in caplog.text


# ---- voice


def test_a_prompt_at_hand_is_given_at_once_and_not_reported_too(
    pool: RecognitionPool, answers: Answers
) -> None:
    prompt = Performer(services(pool), "c1", answers).say(say(), TODAY)
    assert prompt is not None
    assert prompt.part_ends_seconds == (0.1,)
    assert answers.items == []


def test_a_prompt_to_be_rendered_comes_from_a_worker(pool: RecognitionPool, answers: Answers) -> None:
    voice, workers = FakeVoice(), Workers()
    voice.slow = workers.held = True
    assert Performer(services(pool, voice=voice, workers=workers), "c1", answers).say(say(5), TODAY) is None
    assert answers.items == []
    workers.go_on()
    (answer,) = answers.items
    assert isinstance(answer, Rendered)
    assert answer.prompt_id == 5


def broken_at_once(voice: FakeVoice) -> None:
    voice.slow = False


def broken_on_the_worker(voice: FakeVoice) -> None:
    voice.slow = True


@pytest.mark.parametrize("where", [broken_at_once, broken_on_the_worker])
@pytest.mark.parametrize("error", [VoiceFailedError("engine died"), TypeError("our bug"), OSError("disk")])
def test_a_prompt_that_cannot_be_said_is_answered_for_whoever_is_to_blame(
    pool: RecognitionPool, answers: Answers, error: Exception, where: Callable[[FakeVoice], None]
) -> None:
    voice = FakeVoice()
    where(voice)
    voice.broken = error
    assert Performer(services(pool, voice=voice), "c1", answers).say(say(5), TODAY) is None
    (answer,) = answers.items
    assert isinstance(answer, PromptFailed)
    assert (answer.prompt_id, answer.generation) == (5, 1)
    assert str(error) in answer.message
