"""Reads the YAML files of a grammar set from memory, with the place of every value; never raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from voicebot.grammar.diagnostics import Diagnostic

MAX_FILES = 300
MAX_CHARACTERS = 512_000
"""Of one file; the factory set's largest is a tenth of it."""
MAX_VALUES = 60_000
MAX_DEPTH = 24

Place = tuple[str | int, ...]
"""The way to a value: ("intents", "order.status", "data", 0)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file as plain data (dict, list, str, int, float, bool, None), and where each value stands."""

    path: str
    data: Any
    marks: Mapping[Place, tuple[int, int]] = field(repr=False)
    """Line and column, from 1, of every value and (with a mapping) of its key."""

    def mark(self, *place: str | int) -> tuple[int, int]:
        """The nearest known line and column of a place."""
        for length in range(len(place), -1, -1):
            found = self.marks.get(place[:length])
            if found is not None:
                return found
        return (1, 1)

    def finding(
        self, code: str, message: str, *place: str | int, hint: str = "", warning: bool = False
    ) -> Diagnostic:
        line, column = self.mark(*place)
        return Diagnostic(
            code=code,
            severity="warning" if warning else "error",
            path=self.path,
            line=line,
            column=column,
            message=message,
            hint=hint,
        )


class _Reader:
    """Turns one composed node tree into plain data, collecting every finding on the way."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.marks: dict[Place, tuple[int, int]] = {}
        self.diagnostics: list[Diagnostic] = []
        self._seen: set[int] = set()
        self._count = 0
        self._too_many = False

    def _find(self, code: str, message: str, node: Node, hint: str) -> None:
        mark = node.start_mark
        self.diagnostics.append(
            Diagnostic(
                code=code,
                path=self.path,
                line=mark.line + 1,
                column=mark.column + 1,
                message=message,
                hint=hint,
            )
        )

    def read(self, node: Node, place: Place = ()) -> Any:
        self.marks.setdefault(place, (node.start_mark.line + 1, node.start_mark.column + 1))
        if id(node) in self._seen:
            self._find(
                "yaml-alias",
                "an alias (*name) repeats a value",
                node,
                "Write the value out where it is needed.",
            )
            return None
        self._seen.add(id(node))
        self._count += 1
        if self._count > MAX_VALUES or len(place) > MAX_DEPTH:
            if not self._too_many:
                self._too_many = True
                self._find(
                    "file-too-large",
                    f"more than {MAX_VALUES} values, or nested deeper than {MAX_DEPTH}",
                    node,
                    "Split the file.",
                )
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, place)
        if isinstance(node, SequenceNode):
            return [self.read(item, (*place, index)) for index, item in enumerate(node.value)]
        return self._scalar(node) if isinstance(node, ScalarNode) else None

    def _mapping(self, node: MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self._find("yaml-key", "a key must be a word", key_node, "Use plain text as the key.")
                continue
            key = str(key_node.value)
            if key in found:
                self._find(
                    "yaml-duplicate-key",
                    f"the key '{key}' stands twice in one mapping",
                    key_node,
                    "Join the two entries.",
                )
                continue
            self.marks[(*place, key)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            found[key] = self.read(value_node, (*place, key))
        return found

    def _scalar(self, node: ScalarNode) -> Any:
        tag, text = str(node.tag), str(node.value)
        if node.style in ("'", '"', "|", ">"):
            return text
        if tag.endswith(":null"):
            return None
        if tag.endswith(":bool"):
            return text.lower() == "true"
        try:
            if tag.endswith(":int"):
                return self._integer(node, text)
            if tag.endswith(":float"):
                return float(text.replace("_", ""))
        except ValueError:
            return text
        return text

    def _integer(self, node: ScalarNode, text: str) -> int | str:
        if len(text) > 1 and text.startswith("0") and text.isdigit():
            self._find(
                "yaml-bare-zero",
                f"the number {text} would lose its leading zero",
                node,
                f'Put it in quotes: "{text}".',
            )
            return text
        return int(text.replace("_", ""), 0)


def _before_parsing(path: str, text: str) -> Diagnostic | None:
    """What is better said in our own words than in the YAML library's."""
    if len(text) > MAX_CHARACTERS:
        return Diagnostic(
            code="file-too-large",
            path=path,
            message=f"{len(text)} characters; {MAX_CHARACTERS} are allowed",
            hint="Split the file.",
        )
    for number, line in enumerate(text.splitlines(), start=1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent:
            return Diagnostic(
                code="yaml-tab",
                path=path,
                line=number,
                column=indent.index("\t") + 1,
                message="a tab indents this line",
                hint="YAML wants spaces.",
            )
        if "\ufffd" in line:
            return Diagnostic(
                code="file-not-utf8",
                path=path,
                line=number,
                column=line.index("\ufffd") + 1,
                message="this is not UTF-8 text",
                hint="Save the file with the encoding UTF-8.",
            )
    return None


def parse_document(path: str, text: str) -> tuple[Document | None, list[Diagnostic]]:
    """One file; None when it cannot be read at all."""
    obstacle = _before_parsing(path, text)
    if obstacle is not None:
        return None, [obstacle]
    yaml = YAML(typ="rt", pure=True)
    try:
        node = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        found = Diagnostic(
            code="yaml-syntax",
            path=path,
            line=mark.line + 1 if mark else 1,
            column=mark.column + 1 if mark else 1,
            message=str(error.problem or error.context or "not YAML").splitlines()[0],
            hint="Check indentation, quotes and colons near this place.",
        )
        return None, [found]
    except (YAMLError, RecursionError, ValueError, AttributeError) as error:
        # The library meets control characters and deep nesting in several ways; all are the file's fault.
        message = "nested too deeply" if isinstance(error, RecursionError) else str(error).splitlines()[0]
        return None, [Diagnostic(code="yaml-syntax", path=path, message=message, hint="Simplify the file.")]
    if node is None:
        return Document(path=path, data=None, marks={(): (1, 1)}), []
    reader = _Reader(path)
    data = reader.read(node)
    return Document(path=path, data=data, marks=reader.marks), reader.diagnostics


def parse_documents(sources: Mapping[str, str]) -> tuple[dict[str, Document], list[Diagnostic]]:
    """Every ``.yaml`` file of a set, by path; what cannot be read is missing and diagnosed."""
    documents: dict[str, Document] = {}
    diagnostics: list[Diagnostic] = []
    paths = sorted(path for path in sources if path.endswith(".yaml"))
    if len(paths) > MAX_FILES:
        diagnostics.append(
            Diagnostic(
                code="too-many-files",
                path=paths[MAX_FILES],
                message=f"{len(paths)} files; {MAX_FILES} are read",
                hint="Join small files.",
            )
        )
    for path in paths[:MAX_FILES]:
        document, found = parse_document(path, sources[path])
        diagnostics += found
        if document is not None:
            documents[path] = document
    return documents, diagnostics
