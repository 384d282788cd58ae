"""Turns sentence templates into regular expressions over bare text, with every mistake as a diagnostic."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    Sentence,
    TextChunk,
)
from hassil.parse_expression import parse_sentence

from voicebot.grammar.diagnostics import Diagnostic
from voicebot.grammar.source import Document

MAX_SENTENCES = 50_000_000
"""How many sentences one template may stand for: beyond it nobody can foresee what it accepts."""
MAX_PATTERN_CHARACTERS = 40_000
MAX_PERMUTED = 4
MAX_RULE_DEPTH = 12

GAP = ".{0,6}?"
"""What the list ``gap`` stands for: up to six characters of anything, as few as possible."""
THING = ".{1,8}?"
PLACEHOLDERS = {"product": "\ue000", "carrier": "\ue001", "color": "\ue002", "size": "\ue003"}
"""One private character stands in the bare text for a word of the lexicon."""
PATTERNS = {
    "gap": GAP,
    "thing": THING,
    "date": (
        r"(?:今天|明天|后天|大后天|昨天|前天|今晚|周[一二三四五六日天末]|(?:星期|礼拜)[一二三四五六日天]"
        r"|[0-9一二三四五六七八九十]{1,3}[号日])"
    ),
}
LISTS = frozenset(PLACEHOLDERS) | frozenset(PATTERNS)


class TemplateError(ValueError):
    """Why a template cannot be compiled: a diagnostic's code and words."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The expansion rules of a set, parsed."""

    sentences: Mapping[str, Sentence] = field(default_factory=dict)

    def expression(self, name: str) -> Expression:
        sentence = self.sentences.get(name)
        if sentence is None:
            raise TemplateError(
                "unknown-rule",
                f"there is no rule <{name}>",
                "Define it under expansion_rules, or correct the name.",
            )
        return sentence.expression


def parse_template(text: str) -> Sentence:
    """The template as hassil reads it; raises TemplateError for syntax that it rejects."""
    if _is_unbalanced(text):
        raise TemplateError("template-syntax", f"brackets do not match in '{text}'", "Close what was opened.")
    try:
        return parse_sentence(text)
    except Exception as error:
        raise TemplateError(
            "template-syntax", f"cannot read '{text}': {error}", "See docs/grammar.md."
        ) from error


def _is_unbalanced(text: str) -> bool:
    closing = {")": "(", "]": "[", "}": "{", ">": "<"}
    opened: list[str] = []
    for character in text:
        if character in closing.values():
            opened.append(character)
        elif character in closing and (not opened or opened.pop() != closing[character]):
            return True
    return bool(opened)


def literal_words(expression: Expression) -> str | None:
    """The text of an expression that is text alone, else None."""
    if isinstance(expression, TextChunk):
        return expression.text
    if isinstance(expression, Group) and not isinstance(expression, (Alternative, Permutation)):
        parts = [literal_words(item) for item in expression.items]
        return None if None in parts else "".join(part for part in parts if part is not None)
    return None


class PatternWriter:
    """Writes one expression as the source of a regular expression."""

    def __init__(self, rules: Rules, bare: Callable[[str], str]) -> None:
        self._rules = rules
        self._bare = bare
        self._cache: dict[str, str] = {}
        self.gaps = 0

    def write(self, expression: Expression, depth: int = 0, trail: tuple[str, ...] = ()) -> str:
        """Raises TemplateError for unknown or recursive rules, unknown lists and wide permutations."""
        if depth > 40:
            raise TemplateError("template-syntax", "nested too deeply", "Use a rule of its own.")
        if isinstance(expression, TextChunk):
            return re.escape(self._bare(expression.text))
        if isinstance(expression, ListReference):
            return self._list(expression.list_name)
        if isinstance(expression, RuleReference):
            return self._rule(expression.rule_name, depth, trail)
        if isinstance(expression, Alternative):
            return self._alternative(expression, depth, trail)
        if isinstance(expression, Permutation):
            return self._permutation(expression, depth, trail)
        if isinstance(expression, Group):
            return "".join(self.write(item, depth + 1, trail) for item in expression.items)
        raise TemplateError("template-syntax", f"unknown part {expression!r}")

    def _list(self, name: str) -> str:
        if name == "gap":
            self.gaps += 1
            return "(" + GAP + ")"
        if name in PLACEHOLDERS:
            return PLACEHOLDERS[name]
        if name in PATTERNS:
            return PATTERNS[name]
        known = ", ".join(sorted(LISTS))
        raise TemplateError("unknown-list", f"there is no list {{{name}}}", f"Lists are: {known}.")

    def _rule(self, name: str, depth: int, trail: tuple[str, ...]) -> str:
        if name in trail or len(trail) > MAX_RULE_DEPTH:
            raise TemplateError(
                "recursive-rule", f"the rule <{name}> leads back to itself", "A rule may not contain itself."
            )
        return self.write(self._rules.expression(name), depth + 1, (*trail, name))

    def _alternative(self, expression: Alternative, depth: int, trail: tuple[str, ...]) -> str:
        written = [self.write(item, depth + 1, trail) for item in expression.items]
        # Regular expressions take the first branch that fits: the longer one has to come first.
        branches = sorted({branch for branch in written if branch}, key=lambda branch: (-len(branch), branch))
        optional = expression.is_optional or len([b for b in written if b]) < len(written)
        if not branches:
            return ""
        return "(?:" + "|".join(branches) + ")" + ("?" if optional else "")

    def _permutation(self, expression: Permutation, depth: int, trail: tuple[str, ...]) -> str:
        if len(expression.items) > MAX_PERMUTED:
            raise TemplateError(
                "template-too-wide",
                f"{len(expression.items)} parts in any order; {MAX_PERMUTED} are allowed",
                "Write two templates.",
            )
        parts = [self.write(item, depth + 1, trail) for item in expression.items]
        return "(?:" + "|".join("".join(order) for order in permutations(parts)) + ")"


def sentence_count(expression: Expression, rules: Rules, trail: tuple[str, ...] = ()) -> int:
    """How many different sentences an expression stands for; a list counts as one."""
    if isinstance(expression, RuleReference):
        if expression.rule_name in trail:
            raise TemplateError(
                "recursive-rule",
                f"the rule <{expression.rule_name}> leads back to itself",
                "A rule may not contain itself.",
            )
        return sentence_count(rules.expression(expression.rule_name), rules, (*trail, expression.rule_name))
    if isinstance(expression, Alternative):
        return sum(sentence_count(item, rules, trail) for item in expression.items)
    total = 1
    if isinstance(expression, Group):
        for place, item in enumerate(expression.items, start=1):
            total *= sentence_count(item, rules, trail)
            if isinstance(expression, Permutation):
                total *= place
    return total


def compile_template(text: str, rules: Rules, bare: Callable[[str], str]) -> tuple[Sentence, re.Pattern[str]]:
    """A template's expression and its pattern; raises TemplateError with the diagnostic's code."""
    sentence = parse_template(text)
    count = sentence_count(sentence.expression, rules)
    if count > MAX_SENTENCES:
        raise TemplateError(
            "template-too-wide",
            f"'{text}' stands for {count} sentences; {MAX_SENTENCES} are allowed",
            "Write several narrower templates.",
        )
    source = PatternWriter(rules, bare).write(sentence.expression)
    if len(source) > MAX_PATTERN_CHARACTERS:
        raise TemplateError(
            "template-too-wide", f"'{text}' is too large", "Write several narrower templates."
        )
    pattern = re.compile(source)
    if pattern.fullmatch("") is not None:
        raise TemplateError("template-empty", f"'{text}' fits silence", "At least one word must be required.")
    return sentence, pattern


def parse_rules(documents: Sequence[Document]) -> tuple[Rules, list[Diagnostic]]:
    """All ``expansion_rules`` of a set; a name defined twice and a body that cannot be read are diagnosed."""
    found: dict[str, Sentence] = {}
    diagnostics: list[Diagnostic] = []
    for document in documents:
        rules: Any = document.data.get("expansion_rules") if isinstance(document.data, dict) else None
        if rules is None:
            continue
        if not isinstance(rules, dict):
            diagnostics.append(
                document.finding("wrong-shape", "expansion_rules must be a mapping", "expansion_rules")
            )
            continue
        for name, body in rules.items():
            place = ("expansion_rules", name)
            if not isinstance(body, str):
                diagnostics.append(document.finding("wrong-shape", f"the rule <{name}> must be text", *place))
            elif name in found:
                diagnostics.append(
                    document.finding("duplicate-rule", f"the rule <{name}> is defined twice", *place)
                )
            else:
                try:
                    found[name] = parse_template(body)
                except TemplateError as error:
                    diagnostics.append(document.finding(error.code, error.message, *place, hint=error.hint))
    return Rules(sentences=found), diagnostics
