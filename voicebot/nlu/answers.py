"""Reads an utterance as the answer to what was asked: numbers, choices, members of a closed set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from voicebot.grammar.states import AnswerSet
from voicebot.language.digits import exchanged_digits, find_digit_strings, read_digits
from voicebot.language.identifiers import read_order_no, read_tracking_no
from voicebot.language.money import find_money, read_money
from voicebot.language.numbers import read_cardinal, read_ordinal
from voicebot.language.pinyin import soundings, syllable_distance
from voicebot.nlu.expectation import Expectation, Option
from voicebot.nlu.heard import Heard
from voicebot.nlu.reading import Slot

SURE, LIKELY, GUESSED = 0.95, 0.85, 0.65
TIED_CONFIDENCE = 0.4
"""For a number that the recogniser could not tell from another: it has to be read back."""
_DIGIT_SYLLABLES = {
    "ling": "0", "dong": "0", "yi": "1", "yao": "1", "er": "2", "liang": "2", "san": "3", "si": "4",
    "wu": "5", "liu": "6", "lu": "6", "qi": "7", "guai": "7", "ba": "8", "jiu": "9", "gou": "9",
}  # fmt: skip
_UNITS_SAID = re.compile(r"[十百千万块元毛]")
_CORRECTION = re.compile(
    r".*(?:不对|错了|说错了|不是|更正一下|我说的是|我重说|口误|应该是)[，。\s]*(?:不是)?(?:应该)?是?"
)
_PICKED = re.compile(
    r"(?:嗯|呃|那|就|我?(?:要|选|选择|说的是|查|问|退|看)|是|第)*(.+?)(?:号|个|的|吧|那个|这个|那单|单|笔)*"
)
_BACK = re.compile(r"后面|下面|后者|末尾|最下|后一|末一")
_FRONT = re.compile(r"前面|上面|前者|最上|头一|前一|首")
_MIDDLE = re.compile(r"中间|当中")


def slot(name: str, value: str | int, text: str, confidence: float) -> Slot:
    return Slot(name=name, value=value, text=text, confidence=confidence)


def after_correction(text: str) -> str:
    """What stands after the caller's last correction of their own words (一二三四不对一二三五 → 一二三五)."""
    match = _CORRECTION.match(text)
    rest = text[match.end() :] if match else ""
    return rest or text


def misheard_digits(text: str) -> str | None:
    """Digits from homophones (午久 for 五九) when every syllable sounds like one; else None."""
    digits: list[str] = []
    for sounding in soundings(text):
        best = min(_DIGIT_SYLLABLES, key=lambda syllable: syllable_distance(sounding.syllable, syllable))
        if syllable_distance(sounding.syllable, best) > 0.08:
            return None
        digits.append(_DIGIT_SYLLABLES[best])
    return "".join(digits) or None


def digit_answer(text: str, counts: Sequence[int]) -> tuple[str, float] | None:
    """A digit string of a wanted length that the answer says, and how sure; None if there is none."""
    exchanged = exchanged_digits(text)
    if exchanged is not None and len(exchanged[0]) < min(counts):
        return None  # 不是二七，是二幺 corrects two digits and says no four
    for said in (text, after_correction(text)):
        whole = read_digits(said)
        if whole is not None and len(whole) in counts:
            return whole, SURE
    fitting = [span.digits for span in find_digit_strings(text) if len(span.digits) in counts]
    if fitting:
        return fitting[-1], LIKELY
    guessed = misheard_digits(text)
    return (guessed, GUESSED) if guessed is not None and len(guessed) in counts else None


def read_number_state(heard: Heard, expect: Expectation) -> list[Slot]:
    """Answers to order_tail, phone_tail, phone and order_no."""
    state, text = expect.state or "", heard.text
    found = digit_answer(text, expect.digit_counts or (4,))
    if found is not None:
        value, confidence = found
        if state == "order_no" and len(value) == 4:
            return [slot("order_tail", value, text, confidence)]
        if state == "phone" and not value.startswith("1"):
            return []
        return [slot(state, value, text, confidence)]
    if state in ("order_tail", "order_no"):
        number = read_order_no(text)
        if number is not None:
            slots = [slot("order_no", number, text, LIKELY)]
            tail = number[-4:]
            return slots + (
                [slot("order_tail", tail, text, LIKELY)] if tail.isdigit() and state == "order_tail" else []
            )
    if state == "phone_tail":
        phone = digit_answer(text, (11,))
        if phone is not None and phone[0].startswith("1"):
            return [
                slot("phone", phone[0], text, phone[1]),
                slot("phone_tail", phone[0][-4:], text, phone[1]),
            ]
    if state in ("phone", "order_no"):
        tail_said = digit_answer(text, (4,))
        if tail_said is not None and re.search(r"后四|尾号|末四|最后四", text):
            return [
                slot("phone_tail" if state == "phone" else "order_tail", tail_said[0], text, tail_said[1])
            ]
    return []


def read_fact(heard: Heard) -> list[Slot]:
    """The answer to order_fact: four digits, a city, or an amount."""
    text = heard.text
    cities = read_city(heard)
    if cities:
        return cities
    amount = read_amount(heard)
    if amount and _UNITS_SAID.search(text):
        return amount
    digits = digit_answer(text, (4,))
    if digits is not None:
        return [slot("order_tail", digits[0], text, digits[1])]
    return amount


def read_amount(heard: Heard) -> list[Slot]:
    found = find_money(heard.text)
    if found:
        last = found[-1]
        return [slot("amount", last.fen, heard.text[last.start : last.end], SURE)]
    fen = read_money(heard.text)
    return [] if fen is None else [slot("amount", fen, heard.text, LIKELY)]


def read_city(heard: Heard) -> list[Slot]:
    """A Chinese city by name."""
    said = [hit for hit in heard.words if hit.word.kind == "city"]
    if said:
        return [slot("city", said[-1].word.value, heard.text[said[-1].start : said[-1].end], SURE)]
    return []


def find_answer(heard: Heard, answers: AnswerSet) -> tuple[str, str, float] | None:
    """The member of a closed set that the words name: key, words, confidence; the longest wording wins."""
    text = heard.plain.text
    best: tuple[int, str, str] | None = None
    for key, says in answers.items():
        for said in says:
            if len(said) > 1 and said in text and (best is None or len(said) > best[0]):
                best = (len(said), key, said)
            elif said == text:
                return key, said, SURE
    if best is None:
        return None
    return best[1], best[2], SURE if best[0] >= 0.6 * len(text) else LIKELY


def read_choice(heard: Heard, options: Sequence[Option], canonical: Mapping[str, str]) -> list[Slot]:
    """Which of the options the caller picks, by ordinal, number, place or name.

    ``canonical``: spelling → product.
    """
    count, text = len(options), heard.text
    if not count:
        count = 9
    ordinal = read_ordinal(text)
    if ordinal is not None:
        place = ordinal if ordinal > 0 else len(options) + 1 + ordinal
        return [slot("choice", place, text, SURE)] if 1 <= place <= count else []
    picked = _PICKED.fullmatch(heard.plain.text)
    number = read_cardinal(picked[1]) if picked else None
    if number is not None and 1 <= number <= count:
        return [slot("choice", number, text, SURE)]
    if not options:
        return []
    named = _by_name(heard, options, canonical)
    if named is not None:
        return [slot("choice", named[0], named[1], named[2])]
    return _by_position(text, len(options))


def _by_position(text: str, count: int) -> list[Slot]:
    for pattern, place in ((_BACK, count), (_FRONT, 1), (_MIDDLE, (count + 1) // 2 if count % 2 else 0)):
        match = pattern.search(text)
        if match and place:
            return [slot("choice", place, match.group(), LIKELY)]
    return []


def _by_name(
    heard: Heard, options: Sequence[Option], canonical: Mapping[str, str]
) -> tuple[int, str, float] | None:
    """The one option that the words fit best; None when two fit equally well."""
    text = heard.text.lower()
    said = {hit.word.value for hit in heard.words if hit.word.kind in ("product", "color")}
    scores: list[tuple[float, int, str]] = []
    for place, option in enumerate(options, start=1):
        spellings = [name for name in (option.label, *option.names) if name]
        longest = max((name for name in spellings if name.lower() in text), key=len, default="")
        score = float(len(longest))
        for value in said:
            if any(value in name or canonical.get(name.lower()) == value for name in spellings):
                score += 1.5
        scores.append((score, place, longest or heard.text))
    scores.sort(reverse=True)
    if scores[0][0] > 0 and (len(scores) == 1 or scores[0][0] > scores[1][0]):
        return scores[0][1], scores[0][2], SURE
    return None


def read_tracking(heard: Heard) -> list[Slot]:
    number = read_tracking_no(heard.text)
    return [] if number is None else [slot("tracking_no", number, heard.text, LIKELY)]
