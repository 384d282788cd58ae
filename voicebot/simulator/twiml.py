"""TwiML as the carrier reads it: a document is a list of verbs, checked for what the carrier would refuse."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

VERBS = {
    "Connect", "Dial", "Enqueue", "Gather", "Hangup", "Pause", "Play", "Redirect", "Reject", "Say",
}  # fmt: skip
NOUNS = {"Stream", "Parameter", "Number", "Say", "Play", "Pause"}
SAY_LANGUAGES = {"cmn-CN", "zh-CN", "en-US"}
MAX_DOCUMENT_BYTES = 64 * 1024


class TwimlError(Exception):
    """The carrier would end the call with an error here (12100 and the like)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    name: str
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Verb, ...] = ()

    def spoken(self) -> list[str]:
        """What the caller hears of this verb and of what is in it: texts, addresses of recordings."""
        own = [self.text] if self.name in ("Say", "Play") else []
        return own + [text for child in self.children for text in child.spoken()]


def parse(document: str) -> list[Verb]:
    """Read a response's verbs in order. Raises TwimlError."""
    if len(document.encode()) > MAX_DOCUMENT_BYTES:
        raise TwimlError("the document is over 64 kB")
    if "<!DOCTYPE" in document or "<!ENTITY" in document:
        raise TwimlError("a document type has no place in TwiML")
    try:
        root = ET.fromstring(document)  # noqa: S314  no entities can be declared, see above
    except ET.ParseError as error:
        raise TwimlError(f"not XML: {error}") from None
    if root.tag != "Response":
        raise TwimlError(f"the root is <{root.tag}>, not <Response>")
    verbs = [_verb(element, VERBS) for element in root]
    for verb in verbs:
        _check(verb)
    return verbs


def _verb(element: ET.Element, allowed: set[str]) -> Verb:
    if element.tag not in allowed:
        raise TwimlError(f"<{element.tag}> is not expected here")
    return Verb(
        name=element.tag,
        text=(element.text or "").strip(),
        attributes=dict(element.attrib),
        children=tuple(_verb(child, NOUNS) for child in element),
    )


def _check(verb: Verb) -> None:
    if verb.name == "Say":
        if not verb.text:
            raise TwimlError("<Say> says nothing")
        if verb.attributes.get("language", "en-US") not in SAY_LANGUAGES:
            raise TwimlError(f"<Say> in '{verb.attributes['language']}'")
    if verb.name == "Connect":
        _check_stream(verb)
    for child in verb.children:
        _check(child)


def _check_stream(connect: Verb) -> None:
    if [child.name for child in connect.children] != ["Stream"]:
        raise TwimlError("<Connect> holds exactly one <Stream>")
    url = urlsplit(connect.children[0].attributes.get("url", ""))
    loopback = url.hostname in ("127.0.0.1", "localhost", "::1")
    if url.scheme != "wss" and not (url.scheme == "ws" and loopback):
        raise TwimlError("<Stream url> must be wss")
    for parameter in connect.children[0].children:
        if len(parameter.attributes.get("name", "") + parameter.attributes.get("value", "")) > 500:
            raise TwimlError("a <Parameter> is longer than 500 characters")
