"""docs/policies.md names every key with its default, every clause and every code, and no others."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path

import pytest

from voicebot.shop.policies import Policies
from voicebot.shop.policy_file import CODES, documented_keys, read_policies
from voicebot.shop.refunds import CLAUSES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "policies.md").read_text()
FACTORY_FILE = ROOT / "grammars" / "zh-CN" / "policies.yaml"
BAD_FILES = {
    "policy.syntax": "refund: [",
    "policy.unknown_key": "refunds: {}",
    "policy.duplicate": "repair: {days: 1, days: 2}",
    "policy.type": "repair: {days: soon}",
    "policy.range": "repair: {days: -1}",
    "policy.word": "refund: {fault: {reasons: [mood]}}",
    "policy.order": 'humans: {opens: "22:00"}',
}


def table_under(heading: str) -> dict[str, list[str]]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[1:] for row in rows}


def as_written(key: str, default: object) -> str:
    if key.endswith("_yuan"):
        assert isinstance(default, int)
        return f"{default / 100:.2f}"
    if isinstance(default, tuple):
        return ", ".join(default)
    if isinstance(default, time):
        return f"{default:%H:%M}"
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_every_key_is_documented_with_its_default() -> None:
    tables = table_under("Refunds") | table_under("Other promises") | table_under("Identity")
    documented = {key: cells[0] for key, cells in tables.items()}
    assert documented == {key: as_written(key, value) for key, value in documented_keys().items()}


def test_every_clause_is_documented() -> None:
    assert tuple(table_under("Clauses")) == CLAUSES


def test_every_code_is_documented_and_has_a_bad_example() -> None:
    codes = table_under("What can be wrong with the file")
    assert set(codes) == set(CODES) == set(BAD_FILES)


@pytest.mark.parametrize("code", sorted(BAD_FILES))
def test_a_bad_example_gets_its_code(code: str) -> None:
    policies, found = read_policies(BAD_FILES[code])
    assert policies is None
    assert [finding.code for finding in found] == [code]


def test_the_factory_file_holds_the_defaults_and_every_key() -> None:
    text = FACTORY_FILE.read_text()
    assert read_policies(text) == (Policies(), [])
    for key in documented_keys():
        assert re.search(rf"^\s*{key.rsplit('.', 1)[1]}:", text, re.MULTILINE), key
