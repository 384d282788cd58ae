"""Reads policies.yaml: the policies, or everything that is wrong with the file, each with line and column."""

from __future__ import annotations

import re
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any, get_type_hints

from rapidfuzz.process import extractOne
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from voicebot.grammar.diagnostics import Diagnostic, in_reading_order
from voicebot.shop.policies import Policies

CODES = (
    "policy.syntax",
    "policy.unknown_key",
    "policy.duplicate",
    "policy.type",
    "policy.range",
    "policy.word",
    "policy.order",
)
"""Every code of a finding; docs/policies.md says what each means."""
MAX_FILE_CHARACTERS = 100_000
TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
TRUTH = {"true": True, "false": False}


def read_policies(text: str, path: str = "policies.yaml") -> tuple[Policies | None, list[Diagnostic]]:
    """Return the policies and no diagnostics, or None and all diagnostics in reading order.

    A key that is left out keeps its default; an empty file gives the defaults.
    """
    reader = _Reader(path)
    if len(text) > MAX_FILE_CHARACTERS:
        reader.report("policy.syntax", None, f"The file is longer than {MAX_FILE_CHARACTERS} characters.", "")
        return None, reader.found
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context or "this is not YAML")
        reader.report_at(
            "policy.syntax",
            (mark.line + 1, mark.column + 1) if mark else (1, 1),
            f"The file cannot be read as YAML: {problem}.",
            "Check the indentation, the colons and the quotes at this place.",
        )
        return None, reader.found
    except YAMLError as error:  # characters that YAML forbids carry no mark
        reader.report("policy.syntax", None, f"The file cannot be read as YAML: {error}".split("\n")[0], "")
        return None, reader.found
    policies = Policies() if root is None else reader.section(Policies, root, "")
    if reader.found:
        return None, in_reading_order(reader.found)
    return policies, []


def file_key(name: str) -> str:
    """Return how a field is written in the file: ``freight_fen`` → ``freight_yuan``."""
    return name.removesuffix("_fen") + "_yuan" if name.endswith("_fen") else name


def documented_keys(kind: type = Policies, prefix: str = "") -> dict[str, Any]:
    """Return every key of the file with its default, dotted: ``refund.seven_days.days`` → 7."""
    keys: dict[str, Any] = {}
    for one in fields(kind):
        key, default = prefix + file_key(one.name), one.default
        if is_dataclass(default):
            keys |= documented_keys(type(default), f"{key}.")
        else:
            keys[key] = default
    return keys


class _Reader:
    """Walks the YAML nodes along the dataclasses and gathers what is wrong."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[Diagnostic] = []

    def section(self, kind: type, node: Node, prefix: str) -> Any:
        """Read one mapping into ``kind``, its dataclass."""
        if not isinstance(node, MappingNode):
            self.report("policy.type", node, f"{prefix or 'The file'} must hold keys and values.", "")
            return kind()
        known = {file_key(one.name): one for one in fields(kind)}
        hints = get_type_hints(kind)
        values: dict[str, Any] = {}
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = str(key_node.value)
            name = f"{prefix}.{key}" if prefix else key
            if key in seen:
                self.report("policy.duplicate", key_node, f"{name} stands here twice.", "Keep one of them.")
                continue
            seen.add(key)
            if key not in known:
                self._unknown(key_node, name, key, list(known))
                continue
            one = known[key]
            if is_dataclass(hints[one.name]):
                values[one.name] = self.section(hints[one.name], value_node, name)
            else:
                value = self._value(one, hints[one.name], value_node, name)
                if value is not None:
                    values[one.name] = value
        made = kind(**values)
        self._order(made, node, prefix, seen - {file_key(name) for name in values})
        return made

    def _value(self, one: Field[Any], kind: Any, node: Node, name: str) -> Any:
        if one.name.endswith("_fen"):
            return self._fen(one, node, name)
        if kind is int:
            return self._whole(one, node, name)
        if kind is bool:
            return self._truth(node, name)
        if kind is time:
            return self._time(node, name)
        if kind is str:
            return self._word(one, node, name)
        return self._words(one, node, name)

    def _whole(self, one: Field[Any], node: Node, name: str) -> int | None:
        value = node.value if isinstance(node, ScalarNode) and str(node.tag).endswith(":int") else None
        try:
            number = int(value) if value is not None else None
        except ValueError:
            number = None
        if number is None:
            self.report("policy.type", node, f"{name} must be a whole number.", f"For example {one.default}.")
            return None
        return self._within(one, number, node, name, str)

    def _fen(self, one: Field[Any], node: Node, name: str) -> int | None:
        default: Any = one.default
        example = f"For example {_yuan(default)}."
        if not isinstance(node, ScalarNode) or not str(node.tag).endswith((":int", ":float")):
            self.report("policy.type", node, f"{name} must be an amount in yuan.", example)
            return None
        try:
            fen = Decimal(node.value) * 100
        except InvalidOperation:
            fen = Decimal("NaN")
        if not fen.is_finite() or fen != fen.to_integral_value():
            self.report("policy.type", node, f"{name} must have at most two decimals.", example)
            return None
        return self._within(one, int(fen), node, name, _yuan)

    def _within(self, one: Field[Any], number: int, node: Node, name: str, show: Any) -> int | None:
        least, most = one.metadata["least"], one.metadata["most"]
        if least <= number <= most:
            return number
        self.report("policy.range", node, f"{name} must lie between {show(least)} and {show(most)}.", "")
        return None

    def _truth(self, node: Node, name: str) -> bool | None:
        value = TRUTH.get(node.value.lower()) if isinstance(node, ScalarNode) else None
        if value is None or not str(node.tag).endswith(":bool"):
            self.report("policy.type", node, f"{name} must be true or false.", "")
            return None
        return value

    def _time(self, node: Node, name: str) -> time | None:
        text = node.value if isinstance(node, ScalarNode) else ""
        match = TIME_OF_DAY.fullmatch(text)
        if match is None:
            self.report(
                "policy.type", node, f"{name} must be a time of day.", 'For example "09:00", in quotes.'
            )
            return None
        return time(int(match[1]), int(match[2]))

    def _word(self, one: Field[Any], node: Node, name: str) -> str | None:
        allowed = one.metadata["allowed"]
        word = node.value if isinstance(node, ScalarNode) else None
        if word in allowed:
            return str(word)
        self.report("policy.word", node, f"{name} must be one of: {', '.join(allowed)}.", "")
        return None

    def _words(self, one: Field[Any], node: Node, name: str) -> tuple[str, ...] | None:
        if not isinstance(node, SequenceNode):
            self.report(
                "policy.type", node, f"{name} must be a list.", f"For example [{one.metadata['allowed'][0]}]."
            )
            return None
        words = [self._word(one, item, name) for item in node.value]
        return tuple(word for word in words if word is not None)

    def _order(self, made: Any, node: Node, prefix: str, failed: set[str]) -> None:
        for first, second in (("opens", "closes"), ("from_days", "to_days")):
            early, late = getattr(made, first, MISSING), getattr(made, second, MISSING)
            if early is MISSING or late is MISSING or failed & {first, second}:
                continue
            if early > late:
                self.report(
                    "policy.order", node, f"{prefix}.{first} must not be after {prefix}.{second}.", ""
                )

    def _unknown(self, node: Node, name: str, key: str, known: list[str]) -> None:
        near = extractOne(key, known, score_cutoff=60)
        hint = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}."
        self.report("policy.unknown_key", node, f"{name} is not a policy.", hint)

    def report(self, code: str, node: Node | None, message: str, hint: str) -> None:
        mark = node.start_mark if node is not None else None
        self.report_at(code, (mark.line + 1, mark.column + 1) if mark else (1, 1), message, hint)

    def report_at(self, code: str, place: tuple[int, int], message: str, hint: str) -> None:
        line, column = place
        self.found.append(
            Diagnostic(code=code, path=self.path, line=line, column=column, message=message, hint=hint)
        )


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
