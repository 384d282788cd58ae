"""A version of the grammar: its sources, their hash, and all that is compiled from them; immutable."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from voicebot.grammar.acts import PATH as ACTS_PATH
from voicebot.grammar.acts import ActPatterns, read_acts
from voicebot.grammar.compile import Rules, parse_rules
from voicebot.grammar.diagnostics import Diagnostic, has_errors, in_reading_order
from voicebot.grammar.examples import Example, read_examples
from voicebot.grammar.feelings import FEELINGS_PATH, FeelingWords, read_feelings
from voicebot.grammar.lexicon import PATH as LEXICON_PATH
from voicebot.grammar.lexicon import Lexicon, read_lexicon
from voicebot.grammar.match import Matcher, compile_intents
from voicebot.grammar.names import INTENTS
from voicebot.grammar.source import Document, parse_documents
from voicebot.grammar.states import (
    ANSWERS_PATH,
    STATES_PATH,
    AnswerSet,
    StateSpec,
    read_answers,
    read_states,
    spec_for,
)

REQUIRED = ("lexicon.yaml", "answers.yaml", "states.yaml", "acts.yaml")
_TAUGHT = ("intents/", "examples/", LEXICON_PATH)


def sources_hash(sources: Mapping[str, str]) -> str:
    """sha256 over all paths and texts, in the order of the paths; names a version."""
    digest = hashlib.sha256()
    for path in sorted(sources):
        for part in (path, sources[path]):
            encoded = part.encode("utf-8", "surrogatepass")
            digest.update(len(encoded).to_bytes(8, "big"))
            digest.update(encoded)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What one call reads and speaks by, from its first word to its last."""

    sources: Mapping[str, str] = field(repr=False)
    """Path within the set → text."""
    hash: str
    documents: Mapping[str, Document] = field(repr=False)
    rules: Rules = field(repr=False)
    matcher: Matcher = field(repr=False)
    acts: tuple[ActPatterns, ...] = field(repr=False)
    lexicon: Lexicon = field(repr=False)
    answers: Mapping[str, AnswerSet] = field(repr=False)
    states: Mapping[str, StateSpec] = field(repr=False)
    feelings: FeelingWords = field(repr=False)
    examples: tuple[Example, ...] = field(repr=False)

    @classmethod
    def from_sources(cls, sources: Mapping[str, str]) -> tuple[Bundle | None, list[Diagnostic]]:
        """Compile a set; None when any diagnostic is an error. Every diagnostic of every file comes back."""
        documents, diagnostics = parse_documents(sources)
        diagnostics += [
            Diagnostic(
                code="missing-file",
                path=path,
                message=f"the set has no {path}",
                hint="Take it over from the factory set.",
            )
            for path in REQUIRED
            if path not in sources
        ]
        rules, found = parse_rules([documents[path] for path in sorted(documents)])
        diagnostics += found
        templates, found = compile_intents(documents, rules, frozenset(INTENTS))
        diagnostics += found
        acts, found = read_acts(documents.get(ACTS_PATH), rules)
        diagnostics += found
        lexicon, found = read_lexicon(documents.get(LEXICON_PATH))
        diagnostics += found
        answers, found = read_answers(documents.get(ANSWERS_PATH))
        diagnostics += found
        states, found = read_states(documents.get(STATES_PATH), answers)
        diagnostics += found
        feelings, found = read_feelings(documents.get(FEELINGS_PATH))
        diagnostics += found
        examples, found = read_examples(documents)
        diagnostics += found
        ordered = in_reading_order(diagnostics)
        if has_errors(ordered):
            return None, ordered
        bundle = cls(
            sources=MappingProxyType(dict(sources)),
            hash=sources_hash(sources),
            documents=MappingProxyType(documents),
            rules=rules,
            matcher=Matcher(templates, rules),
            acts=acts,
            lexicon=lexicon,
            answers=MappingProxyType(answers),
            states=MappingProxyType(states),
            feelings=feelings,
            examples=examples,
        )
        return bundle, ordered

    @property
    def training_hash(self) -> str:
        """Names what a classifier learns from: a new wording or policy needs no new training."""
        return sources_hash({path: text for path, text in self.sources.items() if path.startswith(_TAUGHT)})

    def document(self, path: str) -> Any:
        """One file as plain data; raises KeyError for a path that the set does not hold."""
        return self.documents[path].data

    def state(self, state: str | None) -> StateSpec:
        """What governs a state of the dialogue; None is the open question."""
        return spec_for(self.states, state)
