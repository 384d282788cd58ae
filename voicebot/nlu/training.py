"""Makes training sentences from templates and examples, with the noise of telephones and recognisers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    TextChunk,
)

from voicebot.grammar.bundle import Bundle
from voicebot.language.pinyin import syllables

SEED = 20_240_607
SAMPLES_A_TEMPLATE = 12
VARIANTS_AN_EXAMPLE = 6
NOISY_SHARE = 0.4
CONFUSED_SHARE = 0.18
"""Of the characters of a noisy sentence: about the character error rate of telephone Mandarin."""

_OPENERS = (
    "你好", "喂你好", "我想问一下", "请问", "那个", "麻烦你", "你好我想问一下", "喂", "嗯", "就是",
    "我问一下", "帮我看一下", "你好请问一下", "麻烦帮我看看", "我跟你说", "不好意思", "哎", "是这样的",
    "师傅", "你好那个", "我就想问",
)  # fmt: skip
_CLOSERS = (
    "谢谢",
    "啊",
    "呀",
    "吧",
    "行吗",
    "可以吗",
    "好吗",
    "哈",
    "麻烦了",
    "谢谢你",
    "呢",
    "嘛",
    "了",
    "好不好",
)
_IN_GAPS = (
    "那个",
    "这个",
    "我的",
    "现在",
    "一直",
    "都",
    "的",
    "给我",
    "就",
    "我",
    "昨天",
    "已经",
    "还",
    "能",
    "一下",
    "是",
)
_DATES = ("今天", "明天", "后天", "周六", "昨天", "十五号")
_SIZES = ("XL", "四十码", "M码", "大号", "L")

_ACCENTS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("n", "l"), ("r", "l"), ("f", "h"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A training sentence, its intent, and the number of the template or example it comes from."""

    text: str
    intent: str
    origin: int


class Corpus:
    """Draws sentences from a bundle; the same bundle gives the same sentences."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._dice = np.random.default_rng(SEED)
        lexicon = bundle.lexicon
        self._lists = {
            "product": lexicon.spellings("product") or ("东西",),
            "carrier": lexicon.spellings("carrier") or ("快递",),
            "color": lexicon.spellings("color") or ("黑色",),
            "size": _SIZES,
            "date": _DATES,
            "gap": _IN_GAPS,
            "thing": ("东西",),
        }
        self._alike = _characters_alike()

    def _pick(self, items: tuple[str, ...] | list[str]) -> str:
        return items[int(self._dice.integers(len(items)))]

    def sentences(self) -> list[Labelled]:
        """Every template and example several times over, some with noise, without repetitions."""
        seen: set[tuple[str, str]] = set()
        sentences: list[Labelled] = []

        def keep(text: str, intent: str, origin: int) -> None:
            if text and (text, intent) not in seen:
                seen.add((text, intent))
                sentences.append(Labelled(text=text, intent=intent, origin=origin))

        templates = self._bundle.matcher.templates
        for origin, template in enumerate(templates):
            for _ in range(SAMPLES_A_TEMPLATE):
                keep(self._spoken(self._draw(template.sentence.expression)), template.intent, origin)
        for number, example in enumerate(self._bundle.examples):
            origin = len(templates) + number
            keep(example.text, example.intent, origin)
            for _ in range(VARIANTS_AN_EXAMPLE):
                keep(self._spoken(example.text), example.intent, origin)
        return sentences

    def _draw(self, expression: Expression) -> str:
        if isinstance(expression, TextChunk):
            return expression.text.replace(" ", "")
        if isinstance(expression, ListReference):
            if expression.list_name == "gap" and self._dice.random() < 0.5:
                return ""
            return self._pick(self._lists[expression.list_name])
        if isinstance(expression, RuleReference):
            return self._draw(self._bundle.rules.expression(expression.rule_name))
        if isinstance(expression, Alternative):
            return self._draw(expression.items[int(self._dice.integers(len(expression.items)))])
        if isinstance(expression, Permutation):
            return "".join(
                self._draw(expression.items[i]) for i in self._dice.permutation(len(expression.items))
            )
        return "".join(self._draw(item) for item in expression.items) if isinstance(expression, Group) else ""

    def _spoken(self, text: str) -> str:
        """With the words people put around it, and now and then misheard."""
        opener = self._pick(_OPENERS) if self._dice.random() < 0.45 else ""
        closer = self._pick(_CLOSERS) if self._dice.random() < 0.25 else ""
        said = opener + text + closer
        if self._dice.random() < NOISY_SHARE:
            said = self._misheard(said)
        return said

    def _misheard(self, text: str) -> str:
        heard: list[str] = []
        for character in text:
            dice = self._dice.random()
            if dice < CONFUSED_SHARE:
                heard.append(self._sounding_like(character))
            elif dice > 0.985:
                continue
            else:
                heard.append(character)
        return "".join(heard)

    def _sounding_like(self, character: str) -> str:
        said = syllables(character)
        alike = self._alike.get(folded(said[0]), []) if said else []
        return self._pick(alike) if alike else character


def folded(syllable: str) -> str:
    """A syllable with the distinctions removed that accents and recognisers lose: zhang → zan."""
    for written, heard in _ACCENTS[:3]:
        if syllable.startswith(written):
            syllable = heard + syllable[len(written) :]
    if syllable.endswith("ng"):
        syllable = syllable[:-1]
    if syllable[:1] in ("n", "r"):
        syllable = "l" + syllable[1:]
    return "h" + syllable[1:] if syllable.startswith("fu") else syllable


def _characters_alike() -> dict[str, list[str]]:
    """Common characters (the first level of GB 2312) by folded syllable."""
    alike: dict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            try:
                character = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            said = syllables(character)
            if said:
                alike[folded(said[0])].append(character)
    return dict(alike)
