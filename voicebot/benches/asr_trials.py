"""What `voicebot bench asr` lets a recogniser hear: a sound, the question that was asked, and the truth."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from ruamel.yaml import YAML

from voicebot.asr.measure import Clip
from voicebot.benches.spoken import HELD_OUT_VOICES, Utterance
from voicebot.dialogue.material import Script
from voicebot.language.digits import read_digits
from voicebot.nlu.expectation import OPEN, Expectation, Option, Phrase

TEXTS = Path(__file__).with_name("asr")
SEED = 20_261_122
DECOYS = 10
"""Numbers on file beside the true one, each one digit away from it."""
CONFIRMATION = "confirm:refund.apply"
CLOSED_STATES = ("menu", "confirm:city", "change", "refund_type", "score", "choice")
"""The questions that the line asks with a closed set; ``confirm:city`` stands for every yes or no on which no
money hangs."""
OFFERED = (
    Option(key="1", label="羽绒服", names=("羽绒外套",)),
    Option(key="2", label="蓝牙耳机", names=("耳机",)),
    Option(key="3", label="电饭煲", names=("电饭锅",)),
)
"""What ``choice`` offers."""
_VOICES_A_PHRASE = {"confirm:city": 4, "menu": 2, "refund_type": 2, "choice": 2}
_GROUPS_BY_KIND: dict[str, Group] = {"word": "words", "noise": "noise"}
_SPEEDS = (0.9, 1.0, 1.1)
_MARKED = re.compile("【(.*?)】")

Group = Literal[
    "words",
    "sentences",
    "noise",
    "hotline",
    "numbers",
    "list",
    "unlisted",
    "closed",
    "outside",
    "no yes",
    "strict answers",
]
GROUPS: tuple[Group, ...] = get_args(Group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One sound, what was asked, and what should come of it."""

    group: Group
    part: str
    """A further division: the recording's source, the intent, the number's length, the question."""
    sound: Utterance | Clip
    expect: Expectation
    wanted: str
    """The text, the digits, the key of the phrase; empty where nothing may be taken."""
    words: tuple[str, ...] = ()
    """Those of a sentence that carry its intent and slots."""


def recorded(clips: Sequence[Clip], script: Script) -> list[Trial]:
    """The clips of a manifest: words against all words of their source, sentences and noise freely.

    All of them are no yes to a confirmation either.
    """
    sets = {clip.group: closed_set(clips, clip.group) for clip in clips if clip.kind == "word"}
    confirmation = expectation(script, CONFIRMATION, strict=True)
    found = []
    for clip in clips:
        group = _GROUPS_BY_KIND.get(clip.kind, "sentences")
        trial = Trial(
            group=group,
            part=clip.source,
            sound=clip,
            expect=sets.get(clip.group, OPEN),
            wanted="" if group == "noise" else clip.text,
        )
        no_yes = replace(trial, group="no yes", part=f"recorded {group}", expect=confirmation, wanted="")
        found += [trial, no_yes]
    return found


def closed_set(clips: Sequence[Clip], group: str) -> Expectation:
    """Every word of a group of clips, each standing for itself."""
    texts = sorted({clip.text for clip in clips if clip.group == group})
    return Expectation(kind="closed", phrases=tuple(Phrase(key=text, says=(text,)) for text in texts))


def synthesised(script: Script) -> list[Trial]:
    """Every set of this repository's own texts, in the held-out voices."""
    return [*_hotline(), *_numbers(), *_closed(script), *_confirmations(script)]


def expectation(script: Script, state: str, *, strict: bool = False) -> Expectation:
    """What the line expects in a state, as in a call."""
    return script.expectation_for(state, OFFERED if state == "choice" else (), (), strict)


def utterances(trials: Iterable[Trial]) -> list[Utterance]:
    """What has to be rendered for them, each once."""
    return list(dict.fromkeys(trial.sound for trial in trials if isinstance(trial.sound, Utterance)))


def _hotline() -> list[Trial]:
    """One voice a sentence, in turn."""
    marked = [(intent, text) for intent, texts in _texts("sentences.yaml").items() for text in texts]
    return [
        Trial(
            group="hotline",
            part=intent,
            sound=in_turn(_MARKED.sub(r"\1", text), number),
            expect=OPEN,
            wanted=_MARKED.sub(r"\1", text),
            words=tuple(_MARKED.findall(text)),
        )
        for number, (intent, text) in enumerate(marked)
    ]


def _numbers() -> list[Trial]:
    """Each number three times: on its own, among decoys, and with the decoys alone on file."""
    found = []
    for number, said in enumerate(_texts("numbers.yaml")["numbers"]):
        digits = read_digits(said) or ""
        expect = Expectation(state="order_tail", kind="digits", digit_counts=(len(digits),))
        decoys = one_digit_away(digits, DECOYS, random.Random(f"{SEED} {digits}"))  # noqa: S311  no secret
        alone = Trial(
            group="numbers",
            part=f"{len(digits):02d} digits",
            sound=in_turn(said, number),
            expect=expect,
            wanted=digits,
        )
        on_file = tuple(sorted((*decoys, digits)))
        found += [
            alone,
            replace(alone, group="list", expect=replace(expect, known=on_file)),
            replace(alone, group="unlisted", expect=replace(expect, known=decoys), wanted=""),
        ]
    return found


def one_digit_away(digits: str, count: int, chance: random.Random) -> tuple[str, ...]:
    """``count`` different numbers, sorted, each of which differs from ``digits`` in one place."""
    around = [
        digits[:place] + other + digits[place + 1 :]
        for place in range(len(digits))
        for other in "0123456789"
        if other != digits[place]
    ]
    return tuple(sorted(chance.sample(around, count)))


def _closed(script: Script) -> list[Trial]:
    """Each phrase of each closed question, and what is in none of them."""
    expected = {state: expectation(script, state) for state in CLOSED_STATES}
    found = []
    for state, expect in expected.items():
        said = [(phrase.key, text) for phrase in expect.phrases for text in phrase.says]
        for number, (key, text) in enumerate(said):
            found += [
                Trial(group="closed", part=state, sound=_spoken(text, voice), expect=expect, wanted=key)
                for voice in _voices(number, _VOICES_A_PHRASE.get(state, 1))
            ]
    outside = [
        (CLOSED_STATES[(number + place) % len(CLOSED_STATES)], _spoken(text, voice))
        for number, text in enumerate(_texts("remarks.yaml")["outside"])
        for place, voice in enumerate(_voices(number, 2))
    ]
    # a wish is no answer to yes or no, nor to a score from one to five
    outside += [
        (("confirm:city", "score")[number % 2], utterance)
        for number, utterance in enumerate(utterances(_hotline()))
    ]
    return found + [
        Trial(group="outside", part=state, sound=sound, expect=expected[state], wanted="")
        for state, sound in outside
    ]


def _confirmations(script: Script) -> list[Trial]:
    """A question on which money hangs: what agrees, what refuses, and what does neither.

    A nod (嗯) is in the set, but moves no money. Hotline sentences are no yes either.
    """
    expect = expectation(script, CONFIRMATION, strict=True)
    remarks = _texts("remarks.yaml")
    said = {phrase.key: phrase.says for phrase in expect.phrases}
    clear_yes = [text for text in said["yes"] if text not in remarks["nod"]]
    kinds: tuple[tuple[Group, str, str, int, Sequence[str]], ...] = (
        ("no yes", "remark", "", 2, remarks["outside"]),
        ("no yes", "nod", "", 4, remarks["nod"]),
        ("no yes", "no", "", 4, said["no"]),
        ("no yes", "no", "", 2, remarks["no"]),
        ("strict answers", "yes", "yes", 4, (*clear_yes, *remarks["yes"])),
        ("strict answers", "no", "no", 4, said["no"]),
    )
    found = [
        Trial(group=group, part=part, sound=_spoken(text, voice), expect=expect, wanted=wanted)
        for group, part, wanted, voices, texts in kinds
        for number, text in enumerate(texts)
        for voice in _voices(number, voices)
    ]
    return found + [
        replace(trial, group="no yes", part="hotline", expect=expect, wanted="") for trial in _hotline()
    ]


def _voices(number: int, count: int) -> tuple[str, ...]:
    """So many voices for the text of this number, all of them equally often."""
    every = len(HELD_OUT_VOICES)
    return tuple(HELD_OUT_VOICES[(number + place * every // count) % every] for place in range(count))


def in_turn(text: str, number: int) -> Utterance:
    """The voices one after the other, at changing speeds: the same number gives the same."""
    voice = HELD_OUT_VOICES[number % len(HELD_OUT_VOICES)]
    return Utterance(text=text, voice=voice, speed=_SPEEDS[number % len(_SPEEDS)])


def _spoken(text: str, voice: str) -> Utterance:
    return Utterance(text=text, voice=voice)


def _texts(name: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(TEXTS / name)
    return found
