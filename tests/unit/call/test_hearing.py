"""Frames in, utterances out; frames say by their first byte what a fake detector takes them for."""

import numpy as np
import pytest

from voicebot.audio import Samples, mulaw
from voicebot.audio.endpoint import Endpointer
from voicebot.audio.framing import SILENT_FRAME
from voicebot.call.hearing import (
    Hearing,
    HearingEvent,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    UnknownUtteranceError,
)

FRAME_SECONDS = 0.02


def a_vowel(hertz: float = 150.0) -> bytes:
    """One frame of a buzz at a speaker's pitch."""
    moments = np.arange(160) / 8000
    buzz = sum(np.sin(2 * np.pi * k * hertz * moments) / k for k in range(1, 8))
    return mulaw.encode(np.rint(4000 * buzz).astype(np.int16))


VOWEL = a_vowel()


class LoudIsSpeech:
    """Takes for speech whatever is not silent."""

    def is_speech(self, samples: Samples) -> bool:
        return bool(np.abs(samples.astype(int)).max() > 500)


class ACall:
    """A call's hearing with its media clock; events pile up in `events`."""

    def __init__(self, begins_at_seconds: float = 0.0) -> None:
        self.hearing = Hearing(detector=LoudIsSpeech(), endpointer=Endpointer(max_turn_seconds=20.0))
        self.at_seconds = begins_at_seconds
        self.playing = False
        self.sends: bytes | None = None
        self.events: list[HearingEvent] = []

    def hears(self, frame: bytes, seconds: float) -> "ACall":
        for _ in range(round(seconds / FRAME_SECONDS)):
            self.events += self.hearing.hear(frame, round(self.at_seconds, 3), self.playing, self.sends)
            self.at_seconds += FRAME_SECONDS
        return self

    def silence(self, seconds: float) -> "ACall":
        return self.hears(SILENT_FRAME, seconds)

    def speech(self, seconds: float) -> "ACall":
        return self.hears(VOWEL, seconds)

    def talk(self, seconds: float) -> "ACall":
        """Speech with the short gaps of speech; without them it would become the background."""
        for _ in range(round(seconds / 0.5)):
            self.speech(0.4).silence(0.1)
        return self

    def loses(self, seconds: float) -> "ACall":
        self.at_seconds += seconds
        return self


def test_one_utterance_from_start_to_end() -> None:
    call = ACall().silence(1.0).speech(0.6).silence(1.0)
    assert call.events == [
        SpeechStarted(utterance=1, at_seconds=1.0, over_prompt=False),
        SpeechPaused(utterance=1, at_seconds=1.6),
        SpeechEnded(utterance=1, began_seconds=1.0, ended_seconds=1.6),
    ]


def test_a_caller_who_goes_on_after_a_pause_stays_in_the_same_utterance() -> None:
    call = ACall().silence(1.0).speech(0.6).silence(0.4).speech(0.4).silence(1.0)
    assert call.events[1:4] == [
        SpeechPaused(utterance=1, at_seconds=1.6),
        SpeechResumed(utterance=1, at_seconds=2.0),
        SpeechPaused(utterance=1, at_seconds=2.4),
    ]
    assert call.events[4] == SpeechEnded(utterance=1, began_seconds=1.0, ended_seconds=2.4)


def test_utterances_count_from_one() -> None:
    call = ACall().silence(1.0)
    assert call.hearing.utterance == 0
    call.speech(0.5).silence(1.0).speech(0.5).silence(1.0)
    assert [event.utterance for event in call.events if isinstance(event, SpeechEnded)] == [1, 2]
    assert call.hearing.utterance == 2


def test_a_steady_hum_becomes_the_background_and_holds_the_line_no_longer() -> None:
    call = ACall().silence(1.0).speech(20.0)
    assert not call.hearing.in_speech
    assert [type(event) for event in call.events] == [SpeechStarted, SpeechPaused, SpeechEnded]
    assert call.at_seconds > 20.0


def test_times_are_those_of_the_media_clock() -> None:
    call = ACall(begins_at_seconds=100.0).silence(1.0).speech(0.6).silence(1.0)
    assert call.events[-1] == SpeechEnded(utterance=1, began_seconds=101.0, ended_seconds=101.6)


def test_patience_can_be_changed_in_the_middle_of_a_pause() -> None:
    call = ACall().silence(1.0).speech(0.6).silence(0.4)
    call.hearing.set_patience(2.0, pause_seconds=0.3)
    call.silence(1.4)
    assert call.hearing.in_speech
    call.hearing.set_patience(0.4)
    call.silence(0.02)
    assert isinstance(call.events[-1], SpeechEnded)


def test_an_utterance_can_be_given_a_longest_length() -> None:
    call = ACall().silence(1.0)
    call.hearing.set_patience(0.6, max_turn_seconds=3.0)
    call.talk(3.0)
    assert call.events[-1] == SpeechEnded(
        utterance=1, began_seconds=1.0, ended_seconds=3.9, closed_by="length"
    )


def test_the_audio_begins_before_the_speech_and_grows_while_it_lasts() -> None:
    call = ACall().silence(1.0).speech(0.5)
    audio = call.hearing.audio_of(1)
    assert audio.size / 8000 == pytest.approx(0.3 + 0.5)
    assert not audio[:2400].any()
    assert audio[2400:2560].tolist() == mulaw.decode(VOWEL).tolist()
    call.silence(0.3)
    assert call.hearing.audio_of(1).size / 8000 == pytest.approx(0.3 + 0.5 + 0.3)


def test_speech_at_the_very_start_has_what_there_is_before_it() -> None:
    call = ACall().speech(0.5)
    assert call.hearing.audio_of(1).size / 8000 == pytest.approx(0.5)


def test_the_last_utterance_can_still_be_fetched_while_the_next_one_is_spoken() -> None:
    call = ACall().silence(1.0).speech(0.5).silence(1.0)
    whole = call.hearing.audio_of(1).tolist()
    call.silence(1.0).speech(0.5)
    assert call.hearing.audio_of(1).tolist() == whole
    assert call.hearing.audio_of(2).size > 0


@pytest.mark.parametrize("utterance", [0, 1, 4])
def test_audio_that_was_let_go_or_never_was_is_refused(utterance: int) -> None:
    call = ACall()
    for _ in range(3):
        call.silence(1.0).speech(0.5)
    with pytest.raises(UnknownUtteranceError, match=f"utterance {utterance} is not kept"):
        call.hearing.audio_of(utterance)


def test_memory_is_bounded_over_a_caller_who_never_stops() -> None:
    call = ACall()
    call.hearing.set_patience(0.6, max_turn_seconds=3600.0)
    call.talk(120.0)
    assert call.hearing.in_speech
    assert call.hearing.utterance == 1
    assert call.hearing.audio_of(1).size / 8000 == pytest.approx(30.0)


def test_many_utterances_leave_no_more_audio_than_two() -> None:
    call = ACall()
    for _ in range(30):
        call.speech(0.3).silence(0.8)
    assert call.hearing.utterance == 30
    assert sorted(call.hearing._kept) == [29, 30]


def test_lost_frames_are_silence_and_may_end_an_utterance() -> None:
    call = ACall().silence(1.0).speech(0.6).loses(0.8).silence(0.02)
    assert call.events[-1] == SpeechEnded(utterance=1, began_seconds=1.0, ended_seconds=1.6)


def test_a_few_lost_frames_within_a_word_keep_its_length() -> None:
    call = ACall().silence(1.0).speech(0.3).loses(0.06).speech(0.3).silence(1.0)
    assert call.events[-1] == SpeechEnded(utterance=1, began_seconds=1.0, ended_seconds=1.66)
    audio = call.hearing.audio_of(1)
    assert not audio[int(0.6 * 8000) : int(0.66 * 8000)].any()


def test_late_and_doubled_frames_change_nothing() -> None:
    plain = ACall().silence(1.0).speech(0.6).silence(1.0)
    doubled = ACall().silence(1.0)
    for _ in range(30):
        doubled.speech(0.02)
        doubled.events += doubled.hearing.hear(VOWEL, doubled.at_seconds - 0.02, False)
        doubled.events += doubled.hearing.hear(VOWEL, doubled.at_seconds - 0.2, False)
    doubled.silence(1.0)
    assert doubled.events == plain.events
    assert doubled.hearing.audio_of(1).tolist() == plain.hearing.audio_of(1).tolist()


def test_an_hour_without_frames_is_not_filled_second_by_second() -> None:
    call = ACall().silence(1.0).speech(0.6).loses(3600.0).silence(0.5).speech(0.6).silence(1.0)
    ended = [event for event in call.events if isinstance(event, SpeechEnded)]
    assert [event.ended_seconds for event in ended] == [1.6, 3602.7]


def test_over_a_prompt_speech_must_last_longer_to_count() -> None:
    call = ACall().silence(1.0)
    call.playing = True
    call.speech(0.18).silence(0.5)
    assert call.events == []
    call.speech(0.3)
    assert call.events == [SpeechStarted(utterance=1, at_seconds=1.68, over_prompt=True)]


def test_the_same_sound_after_the_prompt_counts_as_usual() -> None:
    call = ACall().silence(1.0).speech(0.2)
    assert call.events == [SpeechStarted(utterance=1, at_seconds=1.0, over_prompt=False)]


def test_a_prompt_that_comes_back_as_its_own_echo_interrupts_nothing() -> None:
    chance = np.random.default_rng(3)
    pitches = chance.uniform(90, 380, 200)
    prompt = [a_vowel(hertz) for hertz in np.repeat(pitches, 5)[:400]]
    call = ACall().silence(1.0)
    call.playing = True
    for number, frame in enumerate(prompt):
        call.sends = frame
        echo = mulaw.decode(prompt[number - 12]) // 4 if number >= 12 else np.zeros(160, dtype=np.int16)
        call.hears(mulaw.encode(echo.astype(np.int16)), FRAME_SECONDS)
    assert call.events == []


def test_without_a_fake_the_real_detector_stays_quiet_on_silence_and_hiss() -> None:
    hearing = Hearing()
    noise = np.random.default_rng(1).normal(0, 900, 8000 * 6)
    coded = mulaw.encode(np.rint(noise).astype(np.int16))
    events = [
        event
        for number in range(len(coded) // 160)
        for event in hearing.hear(coded[number * 160 : (number + 1) * 160], number * FRAME_SECONDS, False)
    ]
    assert events == []
