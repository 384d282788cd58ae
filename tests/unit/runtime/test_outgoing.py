"""The sound on its way out: pace, order, marks, and what was really heard."""

from __future__ import annotations

import pytest

from tests.support.lines import Clock, FakeLine
from voicebot.runtime.outgoing import LEAD_SECONDS, Outgoing, PromptAudio, parse_mark


def a_prompt(prompt_id: int = 1, seconds: float = 1.0, *, generation: int = 1, byte: int = 1) -> PromptAudio:
    audio = bytes([byte]) * round(seconds * 8000)
    return PromptAudio(prompt_id=prompt_id, generation=generation, audio=audio, part_ends_seconds=(seconds,))


def an_outgoing(*prompts: PromptAudio) -> tuple[Outgoing, FakeLine]:
    line = FakeLine(Clock())
    outgoing = Outgoing(line)
    for prompt in prompts:
        outgoing.add(prompt)
    return outgoing, line


def play(outgoing: Outgoing, until: float, *, since: float = 0.0) -> None:
    """Let 20 ms steps pass, as the driver does."""
    for step in range(round(since / 0.02), round(until / 0.02) + 1):
        outgoing.write(step * 0.02)


def test_sound_is_written_no_further_than_the_lead_ahead() -> None:
    outgoing, line = an_outgoing(a_prompt(seconds=5.0))
    sent = outgoing.write(0.0)
    assert len(sent) == 1920 <= LEAD_SECONDS * 8000
    assert b"".join(line.all("media")) == sent
    assert outgoing.write(0.0) == outgoing.write(0.02) == b""
    assert len(outgoing.write(0.04)) == 480


def test_the_whole_prompt_goes_out_in_messages_of_60_ms_and_one_mark_follows_it() -> None:
    outgoing, line = an_outgoing(a_prompt(7, 1.01, generation=3))
    play(outgoing, 1.2)
    assert sum(map(len, line.all("media"))) == 8080
    assert [len(chunk) for chunk in line.all("media")] == [480] * 16 + [400]
    assert line.all("mark") == ["3.7"]
    assert line.kinds()[-1] == "mark"


def test_prompts_follow_each_other_without_a_gap_each_with_its_mark() -> None:
    outgoing, line = an_outgoing(a_prompt(1, 0.1, byte=1), a_prompt(2, 0.1, byte=2))
    play(outgoing, 0.2)
    assert b"".join(line.all("media")) == b"\x01" * 800 + b"\x02" * 800
    assert [kind for kind in line.kinds() if kind == "mark"] == ["mark", "mark"]
    assert line.all("mark") == ["1.1", "1.2"]
    assert line.kinds()[5] == "mark"
    assert outgoing.underruns == 0


def test_a_prompt_without_sound_is_only_a_mark() -> None:
    outgoing, line = an_outgoing(a_prompt(1, 0.0), a_prompt(2, 0.02))
    outgoing.write(0.0)
    assert line.kinds() == ["mark", "media", "mark"]


def test_clear_forgets_what_is_queued_and_says_so_to_the_carrier_even_when_nothing_is() -> None:
    outgoing, line = an_outgoing(a_prompt(1, 2.0))
    play(outgoing, 0.5)
    assert outgoing.is_audible(0.5)
    outgoing.clear(0.5)
    assert not outgoing.is_audible(0.5)
    assert outgoing.write(0.52) == b""
    outgoing.clear(0.6)
    assert line.all("clear") == [None, None]
    assert line.all("mark") == []


def test_the_next_prompt_after_a_clear_begins_at_its_first_sample_and_at_once() -> None:
    outgoing, _ = an_outgoing(a_prompt(1, 2.0, byte=1))
    play(outgoing, 0.5)
    outgoing.take_heard(0.5)
    outgoing.clear(0.5)
    outgoing.add(a_prompt(2, 0.06, generation=2, byte=2))
    assert outgoing.write(0.5) == b"\x02" * 480
    heard = outgoing.take_heard(0.6)
    assert [sounding.payload[0] for sounding in heard] == [2, 2, 2]
    assert heard[0].at_seconds == 0.5
    assert outgoing.underruns == 0


def test_a_thread_that_is_late_by_less_than_the_lead_is_not_heard() -> None:
    outgoing, _ = an_outgoing(a_prompt(1, 1.0))
    for now in (0.0, 0.15, 0.30, 0.45):
        outgoing.write(now)
    assert outgoing.underruns == 0


def test_an_underrun_inside_a_prompt_is_counted_and_shifts_what_is_heard() -> None:
    outgoing, _ = an_outgoing(a_prompt(1, 1.0))
    outgoing.write(0.0)
    outgoing.take_heard(0.2)
    outgoing.write(0.7)
    assert outgoing.underruns == 1
    assert outgoing.take_heard(0.7)[-1].at_seconds == 0.7


def test_silence_between_prompts_is_no_underrun() -> None:
    outgoing, _ = an_outgoing(a_prompt(1, 0.1))
    play(outgoing, 0.3)
    outgoing.add(a_prompt(2, 0.1))
    play(outgoing, 5.2, since=5.0)
    assert outgoing.underruns == 0


def test_frames_count_as_heard_when_their_sound_begins_each_once_the_first_with_its_prompt() -> None:
    prompt = a_prompt(1, 0.1)
    outgoing, _ = an_outgoing(prompt)
    outgoing.write(0.0)
    first = outgoing.take_heard(0.0)
    assert [(sounding.at_seconds, sounding.first_of) for sounding in first] == [(0.0, prompt)]
    rest = outgoing.take_heard(0.05)
    assert [round(sounding.at_seconds, 3) for sounding in rest] == [0.02, 0.04]
    assert {sounding.first_of for sounding in rest} == {None}
    assert len(outgoing.take_heard(1.0)) == 2
    assert outgoing.take_heard(2.0) == []


def test_a_mark_tells_generation_and_prompt() -> None:
    assert parse_mark(a_prompt(12, generation=3).mark) == (3, 12)


@pytest.mark.parametrize("name", ["", ".", "1", "1.", ".1", "a.b", "1.2.3", "-1.2", "1. 2", "1.²"])
def test_a_foreign_mark_is_none_of_ours(name: str) -> None:
    assert parse_mark(name) is None
