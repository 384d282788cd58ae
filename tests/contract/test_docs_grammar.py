"""docs/grammar.md names every diagnostic code, intent, act and file, and no code that does not exist."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

from voicebot.grammar.bundle import Bundle
from voicebot.grammar.names import ACTS, INTENTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "grammar.md").read_text(encoding="utf-8")


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "unit" / "grammar" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BAD: dict[str, dict[str, str]] = _load("bad_examples").BAD
LEAST: dict[str, str] = _load("builders").LEAST


def codes_in_the_source() -> set[str]:
    """Every code that a grammar module can write into a diagnostic."""
    found: set[str] = set()
    code = r'"([a-z0-9]+(?:-[a-z0-9]+)+)"'
    for path in (ROOT / "voicebot" / "grammar").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(rf"code={code}", text))
        found |= set(re.findall(rf"(?:finding|TemplateError|_find)\(\s*{code}", text))
        found |= set(re.findall(rf'return "[a-z_]*(?:\[0\])?", {code}', text))
        found |= set(re.findall(rf"return unknown\[0\], {code}", text))
    return found


def test_every_code_has_its_heading_and_every_heading_its_code() -> None:
    headings = set(re.findall(r"^### ([a-z0-9-]+)$", PAGE, flags=re.MULTILINE))
    assert headings == codes_in_the_source()
    assert headings == set(BAD)


@pytest.mark.parametrize("code", sorted(BAD))
def test_the_bad_example_gives_its_diagnostic_with_a_place(code: str) -> None:
    sources = {path: text for path, text in {**LEAST, **BAD[code]}.items() if text}
    bundle, diagnostics = Bundle.from_sources(sources)
    found = [diagnostic for diagnostic in diagnostics if diagnostic.code == code]
    assert found, [diagnostic.render() for diagnostic in diagnostics]
    assert bundle is None
    assert all(diagnostic.line >= 1 and diagnostic.column >= 1 and diagnostic.message for diagnostic in found)
    assert found[0].path in {*BAD[code], "states.yaml"}


def test_every_intent_and_act_is_named() -> None:
    missing = [name for name in (*INTENTS, *ACTS) if f"`{name}`" not in PAGE]
    assert missing == []
