"""Finds the sentence templates of a set inside bare text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hassil.expression import Sentence

from voicebot.grammar.bare import bare_text
from voicebot.grammar.compile import Rules, TemplateError, compile_template
from voicebot.grammar.diagnostics import Diagnostic
from voicebot.grammar.source import Document

GAP_WEIGHT = 0.75
"""How much of its length a character inside a gap takes away from a match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One sentence template with what a match of it means."""

    intent: str
    text: str
    slots: tuple[tuple[str, str], ...]
    sentence: Sentence = field(repr=False, compare=False)
    pattern: re.Pattern[str] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A template found in ``text[start:end]``; ``weight`` is its length in characters less its gaps."""

    intent: str
    start: int
    end: int
    weight: float
    slots: tuple[tuple[str, str], ...] = ()


class Matcher:
    """All templates of a set, indexed by a fragment that a text must hold for a template to fit."""

    def __init__(self, templates: Sequence[Template], rules: Rules) -> None:
        self.templates = tuple(templates)
        self._always: list[int] = []
        self._by_fragment: dict[str, list[int]] = defaultdict(list)
        for number, template in enumerate(self.templates):
            fragments = _telling_fragments(template, rules)
            for fragment in fragments:
                self._by_fragment[fragment].append(number)
            if not fragments:
                self._always.append(number)
        self._longest = max((len(fragment) for fragment in self._by_fragment), default=0)

    def _candidates(self, text: str) -> list[int]:
        found = set(self._always)
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                numbers = self._by_fragment.get(text[start:end])
                if numbers:
                    found.update(numbers)
        return sorted(found)

    def find(self, text: str) -> list[Match]:
        """Every place where a template fits, the best-covering first; text is bare (grammar/bare.py)."""
        matches: list[Match] = []
        for number in self._candidates(text):
            template = self.templates[number]
            for found in template.pattern.finditer(text):
                gaps = sum(len(group) for group in found.groups() if group)
                matches.append(
                    Match(
                        intent=template.intent,
                        start=found.start(),
                        end=found.end(),
                        weight=found.end() - found.start() - GAP_WEIGHT * gaps,
                        slots=template.slots,
                    )
                )
        return sorted(matches, key=lambda match: (-match.weight, match.start, match.intent))


def _telling_fragments(template: Template, rules: Rules) -> frozenset[str]:
    """One of whose words every match must contain; the set whose shortest word is longest."""
    clauses = template.sentence.get_required_clauses(dict(rules.sentences))
    usable = [
        fragments
        for clause in clauses
        if (fragments := frozenset(bare_text(fragment) for fragment in clause)) and "" not in fragments
    ]
    if not usable:
        return frozenset()
    return min(
        usable, key=lambda fragments: (-min(len(f) for f in fragments), len(fragments), sorted(fragments))
    )


def compile_intents(
    documents: Mapping[str, Document], rules: Rules, known: frozenset[str]
) -> tuple[list[Template], list[Diagnostic]]:
    """The templates of all ``intents/*.yaml``; every mistake is diagnosed and its template left out."""
    templates: list[Template] = []
    diagnostics: list[Diagnostic] = []
    for path in sorted(documents):
        document = documents[path]
        if not path.startswith("intents/"):
            continue
        if not isinstance(document.data, dict):
            diagnostics.append(document.finding("wrong-shape", "the file must be a mapping"))
            continue
        intents = document.data.get("intents", {})
        if not isinstance(intents, dict):
            diagnostics.append(document.finding("wrong-shape", "intents must be a mapping", "intents"))
            continue
        for intent, body in intents.items():
            if intent not in known:
                diagnostics.append(
                    document.finding(
                        "unknown-intent",
                        f"there is no intent '{intent}'",
                        "intents",
                        intent,
                        hint="Intents are listed in docs/grammar.md.",
                    )
                )
                continue
            _compile_intent(document, intent, body, rules, templates, diagnostics)
    return templates, diagnostics


def _compile_intent(
    document: Document,
    intent: str,
    body: object,
    rules: Rules,
    templates: list[Template],
    diagnostics: list[Diagnostic],
) -> None:
    blocks = body.get("data") if isinstance(body, dict) else None
    if not isinstance(blocks, list):
        diagnostics.append(
            document.finding("wrong-shape", f"'{intent}' needs a list 'data'", "intents", intent)
        )
        return
    for index, block in enumerate(blocks):
        place = ("intents", intent, "data", index)
        sentences = block.get("sentences") if isinstance(block, dict) else None
        slots = block.get("slots", {}) if isinstance(block, dict) else None
        if not isinstance(sentences, list) or not isinstance(slots, dict):
            diagnostics.append(document.finding("wrong-shape", "a block needs a list 'sentences'", *place))
            continue
        fixed = tuple((str(name), str(value)) for name, value in slots.items())
        for line, text in enumerate(sentences):
            where = (*place, "sentences", line)
            if not isinstance(text, str):
                diagnostics.append(document.finding("wrong-shape", "a sentence must be text", *where))
                continue
            try:
                sentence, pattern = compile_template(text, rules, bare_text)
            except TemplateError as error:
                diagnostics.append(document.finding(error.code, error.message, *where, hint=error.hint))
                continue
            templates.append(
                Template(intent=intent, text=text, slots=fixed, sentence=sentence, pattern=pattern)
            )
