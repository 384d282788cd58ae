"""Findings about a grammar set: data for the operator's editor and the command line, never raised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding. ``code`` has its heading in docs/grammar.md; line and column count from 1."""

    code: str
    severity: Severity = "error"
    path: str
    """The file within the grammar set: ``intents/order.yaml``."""
    line: int = 1
    column: int = 1
    message: str
    """What is wrong, naming the thing."""
    hint: str = ""
    """What to do about it; may be empty."""

    def render(self) -> str:
        """One line for a terminal, ``path:line:column: severity: message [code]``, and the hint below it."""
        first = f"{self.path}:{self.line}:{self.column}: {self.severity}: {self.message} [{self.code}]"
        return f"{first}\n    {self.hint}" if self.hint else first

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


def in_reading_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Sort by file, then line, then column, so that an operator can work from top to bottom."""
    return sorted(diagnostics, key=lambda found: (found.path, found.line, found.column, found.code))


def has_errors(diagnostics: list[Diagnostic]) -> bool:
    return any(found.is_error for found in diagnostics)
