"""Makes the script of a call from a version of the grammar."""

from __future__ import annotations

from collections.abc import Callable

from voicebot.dialogue.material import DEFAULT_TRIES, Script
from voicebot.dialogue.wording import read_wordings
from voicebot.grammar.bundle import Bundle
from voicebot.grammar.diagnostics import Diagnostic, has_errors
from voicebot.nlu.asking import expectation_for
from voicebot.nlu.expectation import Expectation, Option

WORDINGS_PATH = "wordings.yaml"
POLICIES_PATH = "policies.yaml"


def read_script(bundle: Bundle) -> tuple[Script | None, list[Diagnostic]]:
    """The wordings and states of ``bundle``, ready for calls; None when a diagnostic is an error."""
    document = bundle.documents.get(WORDINGS_PATH)
    if document is None:
        return None, [
            Diagnostic(
                code="missing-file",
                path=WORDINGS_PATH,
                message=f"the set has no {WORDINGS_PATH}",
                hint="Take it over from the factory set.",
            )
        ]
    wordings, diagnostics = read_wordings(document)
    labels = document.data.get("labels") or {}
    if not isinstance(labels, dict):
        diagnostics.append(document.finding("wrong-shape", "'labels' must be a mapping", "labels"))
    if has_errors(diagnostics):
        return None, diagnostics

    def expect(
        state: str | None,
        options: tuple[Option, ...],
        bias: tuple[str, ...],
        strict: bool,
        known: tuple[str, ...] = (),
    ) -> Expectation:
        return expectation_for(bundle, state, options=options, bias=bias, strict=strict, known=known)

    return (
        Script(
            wordings=wordings,
            labels={str(key): str(text) for key, text in labels.items()},
            expectation_for=expect,
            version=bundle.hash,
            synonyms=_synonyms(bundle),
            identity_tries=_identity_tries(bundle),
        ),
        diagnostics,
    )


def _identity_tries(bundle: Bundle) -> int:
    """The number in policies.yaml; what is wrong with that file is for its own reader to say."""
    document = bundle.documents.get(POLICIES_PATH)
    identity = (
        document.data.get("identity") if document is not None and isinstance(document.data, dict) else None
    )
    tries = identity.get("tries") if isinstance(identity, dict) else None
    return tries if isinstance(tries, int) and tries > 0 else DEFAULT_TRIES


def _synonyms(bundle: Bundle) -> Callable[[str], tuple[str, ...]]:
    """Other spellings of the same product in the lexicon: 手机套 → 手机壳, 保护壳."""
    spellings: dict[str, list[str]] = {}
    for word in bundle.lexicon.words:
        if word.kind == "product":
            spellings.setdefault(word.value, []).append(word.said)

    def synonyms(said: str) -> tuple[str, ...]:
        known = bundle.lexicon.canonical(said)
        return () if known is None else tuple(word for word in spellings[known] if word != said)

    return synonyms
