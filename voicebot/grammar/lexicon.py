"""The words of the trade: products, carriers, colours and cities, found in text by their longest spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from voicebot.grammar.compile import PLACEHOLDERS
from voicebot.grammar.diagnostics import Diagnostic
from voicebot.grammar.names import CARRIERS
from voicebot.grammar.source import Document

PATH = "lexicon.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One spelling of a thing: what kind of thing, and the value that it stands for."""

    kind: str
    """``product``, ``carrier``, ``color`` or ``city``."""
    said: str
    value: str
    """Canonical name of the product or colour, code of the carrier, the city itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A word of the lexicon at ``text[start:end]``."""

    word: Word
    start: int
    end: int


_LONE_CHARACTER_AFTER = "本双口把个件条只箱斤盒张床买的那这退换种些"
"""A product of one character (书, 鞋) is believed only after one of these."""
_NO_PRODUCT = re.compile(
    r"手机(?:尾号|号|后四|后面四|末四|上|短信|登|卡|里)|电视(?:台|剧)|电脑(?:上|语音)|书面|水果然|帽子戏法|空调温度"
)
"""Words that only begin like a product."""
_NOT_A_PRODUCT_BEFORE = {"书": "说证申请文秘", "鞋": "", "虾": "", "锅": "背", "伞": "", "被子": "", "包": ""}


class Lexicon:
    """Finds words by spelling. Words of one call (the caller's own orders) come in with each search."""

    def __init__(self, words: Iterable[Word], phrases: Iterable[str] = ()) -> None:
        self.words = tuple(words)
        self.phrases = tuple(dict.fromkeys(phrases))
        """Wording of the trade to put back where recognition wrote something that sounds like it."""
        self._by_spelling: dict[str, Word] = {}
        for word in self.words:
            self._by_spelling.setdefault(word.said.lower(), word)
        self._longest = max((len(said) for said in self._by_spelling), default=0)
        self._first = frozenset(said[0] for said in self._by_spelling)

    def spellings(self, kind: str) -> tuple[str, ...]:
        return tuple(word.said for word in self.words if word.kind == kind)

    def canonical(self, said: str, kind: str = "product") -> str | None:
        """The canonical name (or code) of a spelling, or None when the lexicon does not know it."""
        word = self._by_spelling.get(said.lower())
        return word.value if word is not None and word.kind == kind else None

    def find(self, text: str, extra: Mapping[str, Word] | None = None) -> list[Found]:
        """Words in the text, left to right, the longest spelling first, without overlaps."""
        lower = text.lower()
        longest = max([self._longest, *(len(said) for said in extra or ())])
        found: list[Found] = []
        start = 0
        while start < len(lower):
            hit = self._at(lower, start, longest, extra or {})
            if hit is None:
                start += 1
            else:
                found.append(hit)
                start = hit.end
        return found

    def _at(self, text: str, start: int, longest: int, extra: Mapping[str, Word]) -> Found | None:
        if text[start] not in self._first and not extra:
            return None
        for end in range(min(len(text), start + longest), start, -1):
            piece = text[start:end]
            word = extra.get(piece) or self._by_spelling.get(piece)
            if word is not None and _believable(text, start, end, word):
                return Found(word=word, start=start, end=end)
        return None


def _believable(text: str, start: int, end: int, word: Word) -> bool:
    before = text[start - 1] if start else ""
    if word.said.isascii():
        after = text[end] if end < len(text) else ""
        return not ((before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum()))
    if word.kind == "product" and _NO_PRODUCT.match(text, start):
        return False
    if word.kind == "product" and end - start == 1:
        return bool(before) and before in _LONE_CHARACTER_AFTER
    return not (before and before in _NOT_A_PRODUCT_BEFORE.get(word.said, ""))


_SIZE = re.compile(
    r"(?<![A-Za-z0-9])(?:[2-6]?X{0,4}[SML]|XS|XXS)(?![A-Za-z0-9])|均码|\d{2,3}(?:\.5)?码|[一二三四五六七八九]?十[一二三四五六七八九]?码半?",
    re.IGNORECASE,
)


def mask(text: str, found: Iterable[Found]) -> tuple[str, list[tuple[int, int]]]:
    """The text with one placeholder for each word found, and where every character came from."""
    pieces: list[str] = []
    origins: list[tuple[int, int]] = []
    position = 0
    sizes = [(m.start(), m.end(), PLACEHOLDERS["size"]) for m in _SIZE.finditer(text)]
    words = [
        (hit.start, hit.end, PLACEHOLDERS[hit.word.kind]) for hit in found if hit.word.kind in PLACEHOLDERS
    ]
    for start, end, placeholder in sorted(words + sizes):
        if start < position:
            continue
        for index in range(position, start):
            pieces.append(text[index])
            origins.append((index, index + 1))
        pieces.append(placeholder)
        origins.append((start, end))
        position = end
    for index in range(position, len(text)):
        pieces.append(text[index])
        origins.append((index, index + 1))
    return "".join(pieces), origins


@dataclass(slots=True)
class _Collector:
    document: Document
    words: list[Word] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    owners: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, kind: str, said: Any, value: str, *place: str | int) -> None:
        if not isinstance(said, str) or not said.strip():
            self.diagnostics.append(
                self.document.finding(
                    "wrong-shape", "a spelling must be text", *place, hint="Put it in quotes."
                )
            )
            return
        owner = self.owners.setdefault((kind, said.lower()), value)
        if owner != value:
            self.diagnostics.append(
                self.document.finding(
                    "duplicate-word",
                    f"'{said}' stands for {owner} already",
                    *place,
                    hint="One spelling means one thing.",
                )
            )
            return
        self.words.append(Word(kind=kind, said=said, value=value))

    def entries(self, section: str, kind: str, key: str) -> None:
        rows = self.document.data.get(section, [])
        if not isinstance(rows, list):
            self.diagnostics.append(
                self.document.finding("wrong-shape", f"'{section}' must be a list", section)
            )
            return
        for index, row in enumerate(rows):
            place = (section, index)
            if (
                not isinstance(row, dict)
                or not isinstance(row.get(key), str)
                or not isinstance(row.get("says", []), list)
            ):
                self.diagnostics.append(
                    self.document.finding(
                        "wrong-shape", f"an entry needs '{key}', and 'says' must be a list", *place
                    )
                )
                continue
            value = row[key]
            if kind == "carrier" and value not in CARRIERS:
                self.diagnostics.append(
                    self.document.finding(
                        "unknown-carrier",
                        f"there is no carrier '{value}'",
                        *place,
                        key,
                        hint="Carriers: " + ", ".join(CARRIERS),
                    )
                )
                continue
            self.add(kind, row.get("name", value), value, *place, "name")
            for number, said in enumerate(row.get("says", [])):
                self.add(kind, said, value, *place, "says", number)


def read_lexicon(document: Document | None) -> tuple[Lexicon, list[Diagnostic]]:
    """The lexicon of a set; an absent file is an empty lexicon."""
    if document is None:
        return Lexicon([]), []
    if not isinstance(document.data, dict):
        return Lexicon([]), [document.finding("wrong-shape", "the file must be a mapping")]
    collector = _Collector(document)
    collector.entries("products", "product", "name")
    collector.entries("carriers", "carrier", "code")
    collector.entries("colors", "color", "name")
    for index, city in enumerate(document.data.get("cities", []) or []):
        collector.add("city", city, str(city), "cities", index)
    phrases = document.data.get("phrases", []) or []
    if not isinstance(phrases, list) or not all(isinstance(said, str) and said.strip() for said in phrases):
        collector.diagnostics.append(
            document.finding("wrong-shape", "'phrases' must be a list of texts", "phrases")
        )
        phrases = []
    return Lexicon(collector.words, phrases), collector.diagnostics
