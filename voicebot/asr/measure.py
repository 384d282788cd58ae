"""How well and how fast a recogniser hears clips: errors by character, by sound and by closed set."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rapidfuzz.distance import Levenshtein

from voicebot.asr.engine import RecognitionEngine, Samples, transcribe
from voicebot.asr.phrases import without_marks
from voicebot.asr.recording import TELEPHONE_RATE_HZ, over_the_telephone, read_recording
from voicebot.language.normalise import normalise
from voicebot.language.pinyin import syllables
from voicebot.nlu.expectation import OPEN, Expectation, Phrase
from voicebot.ops.errors import UserFacingError

Condition = Literal["clean", "telephone"]
CONDITIONS: tuple[Condition, ...] = ("clean", "telephone")
MANIFEST = "manifest.tsv"
_WORD, _NOISE = "word", "noise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One line of the manifest."""

    path: Path
    text: str
    kind: str
    source: str

    @property
    def group(self) -> str:
        return f"{self.kind} {self.source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One clip as one engine heard it in one condition."""

    clip: Clip
    condition: Condition
    text: str
    in_the_set: bool
    """The engine took it for one of the phrases of a closed set."""
    audio_seconds: float
    compute_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A group of clips in one condition; a rate is None where the group has nothing to say about it."""

    group: str
    condition: Condition
    clips: int
    character_error_rate: float | None
    sound_error_rate: float | None
    """As above, over toneless syllables: what only the spelling got wrong is no error."""
    exact_rate: float | None
    """Closed sets: the right phrase was taken."""
    wrong_rate: float | None
    """Closed sets: another phrase was taken; noise: any text came out."""
    real_time_factor: float


def read_manifest(folder: Path) -> list[Clip]:
    """The clips of ``folder``/manifest.tsv (columns file, text, kind, source). Raises UserFacingError."""
    manifest = folder / MANIFEST
    try:
        with manifest.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t"))
    except FileNotFoundError as error:
        raise UserFacingError(
            f"There is no {manifest}.", "It lists the clips: file, text, kind, source, separated by tabs."
        ) from error
    columns = {"file", "text", "kind", "source"}
    if not rows or columns - rows[0].keys():
        raise UserFacingError(f"{manifest} lacks clips or columns.", f"Needed: {', '.join(sorted(columns))}.")
    return [
        Clip(path=folder / row["file"], text=row["text"], kind=row["kind"], source=row["source"])
        for row in rows
    ]


def hear_all(engine: RecognitionEngine, clips: Sequence[Clip], sets_from: Sequence[Clip]) -> Iterator[Heard]:
    """Each clip, clean and by telephone; a word's closed set is all words of its source in ``sets_from``."""
    expected = {clip.group: _closed_set(clip.group, sets_from) for clip in clips if clip.kind == _WORD}
    for clip in clips:
        expect = expected.get(clip.group, OPEN)
        clean, rate_hz = read_recording(clip.path)
        yield _hear(engine, clip, "clean", clean, rate_hz, expect)
        telephone = over_the_telephone(clean, rate_hz)
        yield _hear(engine, clip, "telephone", telephone, TELEPHONE_RATE_HZ, expect)


def figures(heard: Sequence[Heard]) -> list[Figures]:
    """By group and condition, sorted."""
    groups: dict[tuple[str, Condition], list[Heard]] = {}
    for one in heard:
        groups.setdefault((one.clip.group, one.condition), []).append(one)
    return [_figures(group, condition, groups[group, condition]) for group, condition in sorted(groups)]


def _closed_set(group: str, clips: Sequence[Clip]) -> Expectation:
    texts = sorted({clip.text for clip in clips if clip.group == group})
    return Expectation(kind="closed", phrases=tuple(Phrase(key=text, says=(text,)) for text in texts))


def _hear(
    engine: RecognitionEngine,
    clip: Clip,
    condition: Condition,
    samples: Samples,
    rate_hz: int,
    expect: Expectation,
) -> Heard:
    transcript = transcribe(engine, samples, rate_hz, expect)
    return Heard(
        clip=clip,
        condition=condition,
        text=transcript.text,
        in_the_set=transcript.decided_by == "phrases",
        audio_seconds=transcript.audio_seconds,
        compute_seconds=transcript.compute_seconds,
    )


def _figures(group: str, condition: Condition, heard: Sequence[Heard]) -> Figures:
    kind = heard[0].clip.kind
    is_word, is_noise = kind == _WORD, kind == _NOISE
    written = [(without_marks(normalise(one.clip.text)), without_marks(one.text)) for one in heard]
    sounds = [(syllables(wanted), syllables(got)) for wanted, got in written]
    right = sum(one.in_the_set and one.text == one.clip.text for one in heard)
    wrong = sum(one.in_the_set and one.text != one.clip.text for one in heard)
    texts = sum(bool(one.text) for one in heard)
    count = len(heard)
    return Figures(
        group=group,
        condition=condition,
        clips=count,
        character_error_rate=None if is_word or is_noise else _error_rate(written),
        sound_error_rate=None if is_word or is_noise else _error_rate(sounds),
        exact_rate=right / count if is_word else None,
        wrong_rate=wrong / count if is_word else texts / count if is_noise else None,
        real_time_factor=sum(one.compute_seconds for one in heard)
        / max(1e-9, sum(one.audio_seconds for one in heard)),
    )


def _error_rate(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> float:
    """Edits over the length of what was wanted, all pairs together."""
    edits = sum(Levenshtein.distance(wanted, got) for wanted, got in pairs)
    return edits / max(1, sum(len(wanted) for wanted, _ in pairs))
