"""Scripts of callers, in YAML: what somebody says or does, when, and what they must have been told before.

    name: 查快递
    from: "+8613800000001"
    to: "+864000000000"
    steps:
      - expect: [优选商城]          # regular expressions on what the bot said since the last step
        say: 我的快递到哪儿了
      - after: {speaking: 1.2}      # 1.2 s into what the bot says: an interruption
        say: 不是这个
      - after: {phrase: 请按}       # as soon as the bot has begun to say it
        press: "1234"
      - say: 收货城市是杭州
        again: [{say: 杭州市}, {press: "8806"}]   # in turn, while the next step's expectation is not met
      - expect: [再见]
        hang_up: true

A step waits until the bot has spoken and then been quiet (``after: quiet``, the default), unless ``after``
says ``nothing``, ``{seconds: N}``, ``{speaking: N}`` or ``{phrase: REGEX}``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from voicebot.ops.errors import UserFacingError

Cue = Literal["quiet", "nothing", "seconds", "speaking", "phrase"]
_ACTIONS = ("say", "play", "press", "type", "silence", "hang_up", "drop", "listen")
_STEP_KEYS = {*_ACTIONS, "after", "expect", "again", "quiet_seconds", "timeout_seconds"}
_SCRIPT_KEYS = {"name", "from", "to", "steps", "stay_seconds"}


class ScriptError(UserFacingError):
    """A caller's script cannot be read: file, step, and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    action: Literal["say", "play", "press", "type", "silence", "hang_up", "drop", "listen"]
    text: str = ""
    """What is said, typed or pressed, or the path of the audio file."""
    seconds: float = 0.0
    """Of silence."""
    cue: Cue = "quiet"
    cue_seconds: float = 0.0
    cue_phrase: str = ""
    expect: tuple[str, ...] = ()
    quiet_seconds: float = 0.9
    """How long the bot has to be quiet before its turn counts as over."""
    again: tuple[Step, ...] = ()
    """What to say or press instead, in turn, while the next step does not hear what it expects."""
    timeout_seconds: float = 30.0
    """After which the step is taken without its cue, and the script counts as unmet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerScript:
    name: str
    from_number: str | None
    """E.164, None for a withheld number."""
    to_number: str
    steps: tuple[Step, ...]
    stay_seconds: float = 30.0
    """How long the caller stays on the line after the last step before hanging up."""


def load_script(path: Path) -> CallerScript:
    """Read a script; audio paths are relative to it. Raises ScriptError."""
    try:
        source = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScriptError(f"{path}: {error.strerror or error}") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ScriptError(f"{path}{place}: {error.problem}") from None
    return parse_script(source, where=path)


def parse_script(source: Any, *, where: Path) -> CallerScript:
    """Check a script's loaded YAML. Raises ScriptError naming the step."""
    if not isinstance(source, dict) or not isinstance(source.get("steps"), list) or not source["steps"]:
        raise ScriptError(f"{where}: a script is a mapping with a list of 'steps'")
    _known(source, _SCRIPT_KEYS, str(where))
    steps = []
    for number, step in enumerate(source["steps"], start=1):
        steps.append(_step(step, f"{where}: step {number}", where.parent))
    return CallerScript(
        name=str(source.get("name") or where.stem),
        from_number=None if source.get("from") is None else str(source["from"]),
        to_number=str(source.get("to") or "+864000000000"),
        steps=tuple(steps),
        stay_seconds=float(source.get("stay_seconds", 30.0)),
    )


def _step(step: Any, where: str, folder: Path) -> Step:
    if not isinstance(step, dict):
        raise ScriptError(f"{where}: is no mapping")
    _known(step, _STEP_KEYS, where)
    actions = [name for name in _ACTIONS if name in step]
    if len(actions) != 1:
        raise ScriptError(f"{where}: needs exactly one of {', '.join(_ACTIONS)}")
    action: Any = actions[0]
    value = step[action]
    if action == "press" and not re.fullmatch(r"[0-9*#]+", str(value)):
        raise ScriptError(f"{where}: press takes keys 0-9 * #, in quotes (YAML reads 012 as a number)")
    if action == "press" and not isinstance(value, str):
        raise ScriptError(f"{where}: put the keys in quotes (YAML reads 012 as a number)")
    again = step.get("again") or []
    if not isinstance(again, list):
        raise ScriptError(f"{where}: again takes a list of steps")
    cue, cue_seconds, cue_phrase = _cue(step.get("after", "quiet"), where)
    expect = step.get("expect") or []
    for pattern in [*(expect if isinstance(expect, list) else [expect]), cue_phrase]:
        try:
            re.compile(str(pattern))
        except re.error as error:
            raise ScriptError(f"{where}: '{pattern}' is no regular expression: {error}") from None
    return Step(
        action=action,
        text=str(folder / value) if action == "play" else str(value) if action != "silence" else "",
        seconds=_seconds(value, where) if action == "silence" else 0.0,
        cue=cue,
        cue_seconds=cue_seconds,
        cue_phrase=cue_phrase,
        again=tuple(_step(other, f"{where}, again", folder) for other in again),
        expect=tuple(str(pattern) for pattern in (expect if isinstance(expect, list) else [expect])),
        quiet_seconds=_seconds(step.get("quiet_seconds", 0.9), where),
        timeout_seconds=_seconds(step.get("timeout_seconds", 30.0), where),
    )


def _cue(after: Any, where: str) -> tuple[Cue, float, str]:
    if after in ("quiet", "nothing"):
        return after, 0.0, ""
    if isinstance(after, dict) and len(after) == 1:
        if "seconds" in after:
            return "seconds", _seconds(after["seconds"], where), ""
        if "speaking" in after:
            return "speaking", _seconds(after["speaking"], where), ""
        if "phrase" in after:
            return "phrase", 0.0, str(after["phrase"])
    raise ScriptError(f"{where}: after takes quiet, nothing, or one of seconds, speaking, phrase")


def _seconds(value: Any, where: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 3600:
        return float(value)
    raise ScriptError(f"{where}: '{value}' is no number of seconds")


def _known(mapping: dict[Any, Any], known: set[str], where: str) -> None:
    unknown = [str(key) for key in mapping if key not in known]
    if unknown:
        raise ScriptError(f"{where}: does not know {', '.join(unknown)}")
