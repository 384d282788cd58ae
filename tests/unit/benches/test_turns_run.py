"""The plan gets its sounds: backgrounds at their distance below the speech, and silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voicebot.benches.spoken import SpokenClips, Utterance
from voicebot.benches.turns_clips import RATE_HZ, Sound
from voicebot.benches.turns_plan import STEADY_DBFS, Condition, Recorded, Silence, read_plan
from voicebot.benches.turns_run import BATCH_PROBES, Sounds, batches


class Babble(SpokenClips):
    """Says everything as a second of noise."""

    def __init__(self) -> None:
        super().__init__(Path("nowhere"), Path("nowhere"))

    def clean(self, utterance: Utterance) -> np.ndarray:
        return np.random.default_rng(1).normal(0, 2000, 16_000).astype(np.int16)


def sounds(*recorded: Recorded) -> Sounds:
    return Sounds(clips=Babble(), recorded=recorded, seed=1)


def dbfs(sound: Sound) -> float:
    return float(10 * np.log10(np.mean(sound**2) / 32768**2))


@pytest.mark.parametrize("seed", range(4))
def test_noise_and_music_lie_so_far_below_the_speech(seed: int) -> None:
    noise = sounds().beside(Condition(noise_snr_db=10.0), (), seed)
    music = sounds().beside(Condition(music_snr_db=15.0), (), seed)
    assert noise is not None
    assert music is not None
    assert dbfs(noise) == pytest.approx(STEADY_DBFS - 10.0, abs=0.1)
    assert dbfs(music) == pytest.approx(STEADY_DBFS - 15.0, abs=0.1)


def test_the_other_voice_is_within_its_range_and_the_room_is_there_too() -> None:
    others = (Utterance(text="一", voice="a"), Utterance(text="二", voice="b"))
    talk = sounds().beside(Condition(room_dbfs=-62.0, others_snr_db=(10.0, 15.0)), others, 3)
    assert talk is not None
    assert STEADY_DBFS - 15.1 <= dbfs(talk) <= STEADY_DBFS - 9.9
    assert talk.all()
    assert sounds().beside(Condition(), (), 3) is None


def test_recorded_silence_needs_recordings_and_lasts_as_long_as_it_should() -> None:
    silence = Silence(sound="recorded", level_dbfs=-30.0, seconds=2.0)
    assert sounds().silence(silence, 1) is None
    rain = Recorded(text="Rain", kind="noise", sound=np.random.default_rng(1).normal(size=5 * RATE_HZ))
    heard = sounds(rain).silence(silence, 1)
    assert heard is not None
    assert len(heard) == 2 * RATE_HZ
    assert dbfs(heard) == pytest.approx(-30.0, abs=0.5)


def test_every_probe_is_in_one_batch_and_each_batch_has_a_seed_of_its_own() -> None:
    plan = read_plan(1, only=("tails", "silence"))
    work = batches(plan, sounds())
    spoken = [batch for batch in work if batch.walk is not None]
    assert sum(len(batch.probes) for batch in spoken) == sum(len(one.probes) for one in plan.situations)
    assert max(len(batch.probes) for batch in spoken) == BATCH_PROBES
    assert len({batch.seed for batch in work}) == len(work)
    silent = [batch for batch in work if batch.walk is None]
    assert silent
    assert all(batch.silent_seconds > 0 and batch.background is not None for batch in silent)
