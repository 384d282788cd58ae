"""Decides what the caller wants from templates, their neighbours' boundaries, negation and the classifier."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from voicebot.grammar.bare import Bare
from voicebot.grammar.match import Match, Matcher
from voicebot.nlu.heard import Heard

_NEGATED = re.compile(
    r"(?:(?<![是能可要好会怎么为])(?:不是|不)|(?:先|可)?别|不要|不用|不想|没有?|无需|甭|并非|又不是)(?:我|你|要|想|来|帮我|给我|帮|给|再|是|问|说|让你|打电话|需要|急着|为了|去)*$"
)
_ASKING_WHY = re.compile(r"(?:怎么|为什么|为啥|咋|凭什么|能不能|可不可以|是不是)[^，。]{0,4}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An intent said at ``text[start:end]`` of the normalised text."""

    name: str
    start: int
    end: int
    weight: float
    coverage: float
    """Share of the bare utterance that the template accounts for."""
    slots: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the templates found, and what the caller said they do not want."""

    wishes: tuple[Wish, ...]
    refused: tuple[Wish, ...]


def find_wishes(heard: Heard, matcher: Matcher) -> Found:
    """Template matches in the order they were said, one an intent, overlaps settled, negated ones apart."""
    matches = [(match, heard.plain) for match in matcher.find(heard.plain.text)]
    if heard.masked is not None:
        matches += [(match, heard.masked) for match in matcher.find(heard.masked.text)]
    wishes = [_wish(match, form, heard) for match, form in matches]
    wishes.sort(key=lambda wish: (-wish.weight, wish.start, wish.name))
    kept: list[Wish] = []
    refused: list[Wish] = []
    for wish in wishes:
        if any(_overlap(wish, other) for other in kept) or any(_within(wish, other) for other in refused):
            continue
        (refused if _is_negated(wish, heard) else kept).append(wish)
    by_name: dict[str, Wish] = {}
    for wish in kept:
        by_name.setdefault(wish.name, wish)
    ordered = sorted(by_name.values(), key=lambda wish: wish.start)
    return Found(wishes=tuple(_within_boundaries(ordered, heard)), refused=tuple(refused))


def _wish(match: Match, form: Bare, heard: Heard) -> Wish:
    start, end = form.origin(match.start, match.end)
    # A placeholder stands for several characters: what was said counts, not what stands for it.
    weight = (
        match.weight + (end - start) - (match.end - match.start) if form is not heard.plain else match.weight
    )
    weight = min(weight, float(end - start))
    return Wish(
        name=match.intent,
        start=start,
        end=end,
        weight=weight,
        coverage=min(1.0, weight / max(1, len(heard.plain.text))),
        slots=match.slots,
    )


def _overlap(one: Wish, other: Wish) -> bool:
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared > 0 and shared >= 0.34 * min(one.end - one.start, other.end - other.start)


def _within(wish: Wish, other: Wish) -> bool:
    return other.start <= wish.start and wish.end <= other.end


def _is_negated(wish: Wish, heard: Heard) -> bool:
    before = heard.text[: wish.start]
    clause = re.split(r"[，。？！；：、,?!;:]", before)[-1]
    return bool(_NEGATED.search(clause)) and not _ASKING_WHY.search(clause)


_GIVES_WAY: dict[str, frozenset[str]] = {
    # the first gives way when one of the others is wanted too (docs/grammar.md, boundaries)
    "order.status": frozenset(
        {"order.urge", "order.cancel", "order.change", "refund.apply", "logistics.exception", "invoice.ask",
         "payment.problem", "request.withdraw", "promotion.ask", "logistics.track"}
    ),
    "logistics.track": frozenset(
        {"order.urge", "logistics.exception", "refund.apply", "refund.status", "order.cancel", "order.change",
         "complaint"}
    ),
    "order.urge": frozenset({"refund.status", "order.cancel"}),
    "logistics.exception": frozenset({"refund.apply", "exchange.apply"}),
    "aftersales.repair": frozenset(
        {"refund.apply", "exchange.apply", "logistics.exception", "refund.status"}
    ),
    "product.ask": frozenset(
        {"refund.apply", "exchange.apply", "product.recommend", "aftersales.repair", "order.change",
         "promotion.ask"}
    ),
    "refund.apply": frozenset({"request.withdraw", "refund.status", "promotion.ask", "exchange.apply"}),
    "order.cancel": frozenset({"request.withdraw"}),
    "order.change": frozenset({"exchange.apply", "account.problem"}),
    "exchange.apply": frozenset({"invoice.ask", "account.problem"}),
    "faq": frozenset({"refund.status", "invoice.ask", "product.recommend", "payment.problem"}),
    "payment.problem": frozenset({"account.problem"}),
}  # fmt: skip
_CONNECTED = re.compile(r"还有|另外|顺便|再帮|再问|同时|以及|并且|还要|还想|然后")


def _within_boundaries(wishes: list[Wish], heard: Heard) -> list[Wish]:
    """Drop what belongs to a neighbouring intent, unless the caller joined two wishes in so many words."""
    kept: list[Wish] = []
    for wish in wishes:
        stronger = [other for other in wishes if other.name in _GIVES_WAY.get(wish.name, frozenset())]
        if not any(not _joined_on_purpose(wish, other, heard.text) for other in stronger):
            kept.append(wish)
    return _hurried(_alone_in_its_clause(kept, heard.text), heard.text)


_HURRY = re.compile(r"催|加急|赶紧|赶快|快点|快一点|快些|尽快|抓紧")


def _hurried(wishes: list[Wish], text: str) -> list[Wish]:
    """Words of hurrying make asking where an order is an urging, whatever else is asked about it."""
    if not _HURRY.search(text) or any(wish.name == "order.urge" for wish in wishes):
        return wishes
    return [
        replace(wish, name="order.urge") if wish.name in ("order.status", "logistics.track") else wish
        for wish in wishes
    ]


def _alone_in_its_clause(wishes: list[Wish], text: str) -> list[Wish]:
    """Of two wishes in one clause, unless joined in so many words, the one that accounts for more stays."""
    return [
        wish
        for wish in wishes
        if not any(
            other.weight > wish.weight and not _parted(wish, other, text) for other in wishes if other != wish
        )
    ]


def _parted(one: Wish, other: Wish, text: str) -> bool:
    first, second = sorted((one, other), key=lambda wish: wish.start)
    between = text[first.end : second.start]
    return bool(re.search(r"[，。？！；,?!;]", between)) or _joined_on_purpose(one, other, text)


def _joined_on_purpose(one: Wish, other: Wish, text: str) -> bool:
    first, second = sorted((one, other), key=lambda wish: wish.start)
    return bool(_CONNECTED.search(text[first.end : second.start + 3]))


def template_confidence(wish: Wish) -> float:
    """How sure a template match is by what it covers, before the classifier has its say."""
    return round(min(0.98, 0.62 + 0.33 * wish.coverage + 0.02 * min(wish.weight, 8)), 3)


def names(wishes: Sequence[Wish]) -> frozenset[str]:
    return frozenset(wish.name for wish in wishes)
