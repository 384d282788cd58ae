"""How well a recogniser hears clips: the manifest that lists them, and errors by character and by sound."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rapidfuzz.distance import Levenshtein

from voicebot.asr.phrases import without_marks
from voicebot.language.normalise import normalise
from voicebot.language.numerals import (
    DIGIT_CHARACTERS,
    DIGIT_VALUES,
    RADIO_DIGITS,
    UNIT_CHARACTERS,
    scan_cardinal,
)
from voicebot.language.pinyin import syllables
from voicebot.ops.errors import UserFacingError

MANIFEST = "manifest.tsv"
_NUMBER = re.compile(rf"[{DIGIT_CHARACTERS}{UNIT_CHARACTERS}幺]+")


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
class Errors:
    """Edits that make what was heard out of what was said, over the length of what was said."""

    edits: int
    length: int

    @classmethod
    def between(cls, wanted: Sequence[str], got: Sequence[str]) -> Self:
        return cls(edits=Levenshtein.distance(wanted, got), length=len(wanted))

    @classmethod
    def of_all(cls, each: Sequence[Errors]) -> Self:
        """All together: a long sentence counts for more than a short one."""
        return cls(edits=sum(one.edits for one in each), length=sum(one.length for one in each))

    @property
    def rate(self) -> float | None:
        """0 for none; above 1 where more was made up than said; None where nothing was said."""
        return self.edits / self.length if self.length else None


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


def comparable(text: str) -> str:
    """``text`` as errors are counted on it: normalised, without marks, in small letters, numbers as digits.

    How a number is written cannot be heard: 二百六十九, 两百六十九 and 269 are the same.
    """
    bare = without_marks(normalise(text)).lower()
    return _NUMBER.sub(lambda number: _in_digits(number.group()), bare)


def character_errors(wanted: str, got: str) -> Errors:
    return Errors.between(comparable(wanted), comparable(got))


def sound_errors(wanted: str, got: str) -> Errors:
    """The same over toneless syllables: what only the spelling got wrong is no error."""
    return Errors.between(syllables(comparable(wanted)), syllables(comparable(got)))


def _in_digits(run: str) -> str:
    if any(character in UNIT_CHARACTERS for character in run):
        value = scan_cardinal(run)
        return run if value is None else str(value)
    return "".join(str({**DIGIT_VALUES, **RADIO_DIGITS}[character]) for character in run)
