"""The plan of a run: drawn from its seed, large enough, with pauses in a third of the turns."""

from __future__ import annotations

import numpy as np
import pytest

from voicebot.benches.spoken import HELD_OUT_VOICES
from voicebot.benches.turns_clips import LONGEST_PAUSE_SECONDS, SHORTEST_PAUSE_SECONDS
from voicebot.benches.turns_plan import (
    LEVELS_DBFS,
    STEADY_DBFS,
    Intended,
    Plan,
    Recorded,
    read_plan,
    with_sound,
)

WHOLE = read_plan(1)


def probes(plan: Plan, condition: str | None = None) -> list[Intended]:
    return [
        probe
        for situation in plan.situations
        if condition in (None, situation.condition_name)
        for probe in situation.probes
    ]


def test_the_same_seed_gives_the_same_run_and_another_another() -> None:
    assert read_plan(1) == WHOLE
    assert read_plan(2) != WHOLE


def test_the_quiet_room_alone_has_the_numbers_interruptions_and_nods_that_are_promised() -> None:
    kinds = [probe.kind for probe in probes(WHOLE, "quiet")]
    assert kinds.count("number") >= 300
    assert kinds.count("interruption") >= 150
    assert kinds.count("backchannel") >= 150


def test_a_third_of_all_turns_pause_inside() -> None:
    turns = [probe for probe in probes(WHOLE) if probe.kind != "backchannel"]
    paused = [probe for probe in turns if probe.pause_kind != "none"]
    assert 0.3 <= len(paused) / len(turns) <= 0.4
    lengths = [seconds for probe in paused for seconds in probe.pauses_seconds if seconds is not None]
    assert min(lengths) >= SHORTEST_PAUSE_SECONDS
    assert max(lengths) <= LONGEST_PAUSE_SECONDS
    assert np.mean(lengths) == pytest.approx((SHORTEST_PAUSE_SECONDS + LONGEST_PAUSE_SECONDS) / 2, abs=0.05)


def test_some_pause_after_what_could_be_all() -> None:
    kinds = [probe.pause_kind for probe in probes(WHOLE)]
    assert kinds.count("clause") >= 30
    assert kinds.count("fragment") >= 60


def test_only_voices_that_nothing_was_tuned_on_speak() -> None:
    assert {one.voice for one in WHOLE.utterances()} == set(HELD_OUT_VOICES)


def test_a_limit_holds_for_each_kind_in_each_situation() -> None:
    small = read_plan(1, limit=2)
    assert all(
        [probe.kind for probe in situation.probes].count(kind) <= (4 if kind == "number" else 14)
        for situation in small.situations
        for kind in ("number", "interruption", "backchannel", "sentence")
    )
    assert len(small.silences) == 2


def test_situations_and_conditions_are_chosen_by_name() -> None:
    chosen = read_plan(1, only=("nodding", "noise 5 dB"))
    assert {(one.name, one.condition_name) for one in chosen.situations} >= {
        ("nodding", "quiet"),
        ("tails", "noise 5 dB"),
    }
    assert ("tails", "quiet") not in {(one.name, one.condition_name) for one in chosen.situations}
    assert not chosen.silences
    assert not read_plan(1, only=("silence",)).situations
    assert read_plan(1, only=("silence",)).silences


def test_a_situation_is_the_same_whatever_else_is_measured() -> None:
    (alone,) = [one for one in read_plan(1, only=("wishes",)).situations if one.condition_name == "quiet"]
    assert alone in WHOLE.situations


def test_half_a_minute_and_more_of_each_silence() -> None:
    assert sum(silence.seconds for silence in WHOLE.silences) >= 590


def test_levels_vary_in_a_quiet_room_and_are_steady_elsewhere() -> None:
    low, high = LEVELS_DBFS
    assert all(low <= probe.level_dbfs <= high for probe in probes(WHOLE, "quiet"))
    assert {probe.level_dbfs for probe in probes(WHOLE, "noise 5 dB")} == {STEADY_DBFS}


def test_recorded_clips_are_mixed_in_where_they_fit() -> None:
    clips = [
        Recorded(text="对", kind="word", sound=np.ones(4000)),
        Recorded(text="饭店", kind="word", sound=np.ones(4000)),
        Recorded(text="换一首歌", kind="sentence", sound=np.ones(4000)),
    ]
    mixed = [probe for probe in probes(read_plan(1, recorded=clips)) if probe.recorded is not None]
    assert sorted(probe.kind for probe in mixed) == ["backchannel", "sentence"]
    probe = with_sound(mixed[0], 7, lambda _utterance: np.zeros(1))
    assert (probe.number, probe.voice, probe.clip.seconds) == (7, "recorded", 0.5)
