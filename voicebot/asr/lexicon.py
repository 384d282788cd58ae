"""A closed vocabulary: how phrases are cut into the words that a model knows, and which cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterable

_LONGEST_WORD = 8
"""Characters; the longest words of Mandarin lexicons are idioms and place names."""


class Lexicon:
    """A model's words, asked for one by one through ``knows``."""

    def __init__(self, knows: Callable[[str], bool]) -> None:
        self._knows = knows

    def words(self, phrase: str) -> tuple[str, ...] | None:
        """``phrase`` as the fewest known words, long ones first; None when some part of it is unknown.

        Words that the phrase itself sets apart by spaces are kept apart.
        """
        found: list[str] = []
        for part in phrase.split():
            cut = self._cut(part)
            if cut is None:
                return None
            found += cut
        return tuple(found) or None

    def unknown(self, phrases: Iterable[str]) -> tuple[str, ...]:
        """Those of ``phrases`` that cannot be made of known words."""
        return tuple(phrase for phrase in phrases if self.words(phrase) is None)

    def _cut(self, part: str) -> list[str] | None:
        if self._knows(part):
            return [part]
        best: list[list[str] | None] = [[], *[None] * len(part)]
        for end in range(1, len(part) + 1):
            for start in range(max(0, end - _LONGEST_WORD), end):
                before, word = best[start], part[start:end]
                if before is None or not self._knows(word):
                    continue
                standing = best[end]
                if standing is None or len(before) + 1 < len(standing):
                    best[end] = [*before, word]
        return best[-1]
