"""Which phrases of a grammar the recogniser's vocabulary cannot make, with their places in the files.

Vosk drops a phrase with an unknown word from a runtime grammar without a word (alphacep/vosk-api#2045, #746):
callers who say it would be heard as something else, and nobody would know why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from voicebot.grammar.bundle import Bundle
from voicebot.grammar.diagnostics import Diagnostic
from voicebot.grammar.lexicon import PATH as LEXICON_PATH
from voicebot.grammar.states import ANSWERS_PATH

CODE = "outside-vocabulary"
_HINT = (
    "The model has no such word, so it never hears this phrase in a closed set. Add another way to say it "
    "that it has; the phrase itself may stay for other engines."
)

Spelling = tuple[str, str, tuple[str | int, ...]]
"""A phrase, the file that has it, and its place there."""


def outside_vocabulary(
    bundle: Bundle, unknown_words: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> list[Diagnostic]:
    """A warning for each phrase of a closed set, and each name to pick by, that the engine cannot hear.

    ``unknown_words``: the engine's own (asr/engine.py).
    """
    spellings = [*_answers(bundle), *_names(bundle)]
    unknown = set(unknown_words(tuple(dict.fromkeys(said for said, _, _ in spellings))))
    return [
        bundle.documents[path].finding(
            CODE, f"the recogniser's vocabulary cannot make '{said}'", *place, hint=_HINT, warning=True
        )
        for said, path, place in spellings
        if said in unknown
    ]


def _answers(bundle: Bundle) -> Iterator[Spelling]:
    """The sets that are listened for as closed ones."""
    closed = {spec.answers for spec in bundle.states.values() if spec.kind == "closed"}
    for name in sorted(name for name in closed if name is not None):
        for key, says in bundle.answers[name].items():
            for number, said in enumerate(says):
                yield said, ANSWERS_PATH, ("answers", name, key, number)


def _names(bundle: Bundle) -> Iterator[Spelling]:
    """Products and carriers: a caller picks their order by them."""
    if LEXICON_PATH not in bundle.documents:
        return
    lexicon: dict[str, Any] = bundle.document(LEXICON_PATH)
    for section in ("products", "carriers"):
        for number, entry in enumerate(lexicon.get(section) or ()):
            if entry.get("name"):
                yield entry["name"], LEXICON_PATH, (section, number, "name")
            for place, said in enumerate(entry.get("says") or ()):
                yield said, LEXICON_PATH, (section, number, "says", place)
