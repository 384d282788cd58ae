"""Reads one utterance: acts, intents, slots and feelings, in the light of what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from voicebot.grammar.bare import bare_text
from voicebot.grammar.bundle import Bundle
from voicebot.nlu import answers, slots
from voicebot.nlu.acts import ActHit, answered, find_acts, with_place_corrections
from voicebot.nlu.doubt import NUMBER_STATES, as_repaired, doubted, number_asked
from voicebot.nlu.expectation import Expectation
from voicebot.nlu.feelings import frustration
from voicebot.nlu.heard import Heard, hear, own_words
from voicebot.nlu.intents import Found, Wish, find_wishes, template_confidence
from voicebot.nlu.keys import is_yes_no, read_keys
from voicebot.nlu.reading import Act, Intent, Reading, Slot
from voicebot.nlu.repair import NEAR_EXACT, Repairer, keeps_the_meaning

MAX_ALTERNATIVES = 5
MAX_CHARACTERS = 400
"""What is read of one utterance; a caller who speaks longer has said what they want by then."""


class IntentClassifier(Protocol):
    """Guesses what is wanted from the whole utterance (see nlu/classifier.py)."""

    def predict(self, text: str) -> list[tuple[str, float]]:
        """Intents with probabilities, the likeliest first."""
        ...


_CLASSIFIER_ALONE = 0.42
"""Below this the classifier alone names no intent."""
_CLASSIFIER_ALONE_ANSWERING = 0.9
"""The same where something else was asked: most such utterances answer it."""
_OUTVOTES = 0.85
_WEAK_COVERAGE = 0.4
_SHORT = 3
"""Up to so many bare characters, the classifier has nothing to go by."""
_FEW, _CLASSIFIER_ON_FEW = 6, 0.75
"""With so few characters, any word in common makes the classifier bold: it must be surer."""
_SLOT_STATES_KEEP = frozenset(
    {"agent.request", "exchange.apply", "order.cancel", "complaint", "request.withdraw"}
)
_REASON_NOISE = frozenset({"agent.request", "complaint"})
_HAS_REASON = frozenset({"refund.apply", "exchange.apply", "order.cancel", "aftersales.repair"})
_REASON_AHEAD = frozenset({"order_fact", "change", "confirm:refund.apply"})
"""Questions on the way to a refund: a caller may name the reason before it is asked, or another one after."""
_PICKED_BY_PLACE = frozenset({"choice", "order_ref", "menu", "score"})
"""Where 第二个是四 is no correction of a digit."""
_SINGLE_WORD_STATES = {"color": "color", "carrier": "carrier", "product": "product"}


@dataclass(frozen=True, slots=True)
class _Draft:
    acts: list[ActHit]
    intents: list[tuple[int, Intent]]
    """With the place in the text where each was said."""
    slots: list[Slot]


class Reader:
    """Reads against one version of the grammar and its classifier; holds no state between utterances."""

    def __init__(self, bundle: Bundle, classifier: IntentClassifier) -> None:
        self.bundle = bundle
        self._classifier = classifier
        self._repairer = Repairer(bundle)
        self._canonical = {
            word.said.lower(): word.value for word in bundle.lexicon.words if word.kind == "product"
        }

    def read(
        self,
        texts: Sequence[tuple[str, float]],
        expect: Expectation,
        today: date,
        *,
        syllables: Sequence[str] = (),
    ) -> Reading:
        """Read an n-best list of (text, recogniser's confidence), best first, repaired where that is safe.

        Further alternatives are tried only while the earlier ones mean nothing. `today` is the call's day,
        ``syllables`` what was heard beside the words (see nlu/repair.py).
        """
        texts = [(text[:MAX_CHARACTERS], sure) for text, sure in list(texts)[:MAX_ALTERNATIVES]]
        return doubted(self._read_repaired(texts, expect, today, syllables), texts, expect)

    def _read_repaired(
        self, texts: Sequence[tuple[str, float]], expect: Expectation, today: date, syllables: Sequence[str]
    ) -> Reading:
        plain = self._read_first(texts, expect, today)
        for furthest in (1.0, NEAR_EXACT):
            repaired = self._repairer.repair(texts, expect, syllables=syllables, furthest=furthest)
            if not repaired.repairs:
                break
            reading = self._read_first(repaired.alternatives, expect, today)
            if keeps_the_meaning(plain, reading, repaired, expect):
                return as_repaired(reading, repaired)
        return plain

    def _read_first(self, texts: Sequence[tuple[str, float]], expect: Expectation, today: date) -> Reading:
        if expect.strict:
            texts = texts[:1]  # a yes that is only the recogniser's second thought moves no money
        first: Reading | None = None
        for text, confidence in texts:
            reading = self._read_one(text, confidence, expect, today)
            if not reading.is_empty:
                return reading
            first = first or reading
        return first or Reading(text="", confidence=0.0)

    def read_keys(self, digits: str, expect: Expectation) -> Reading:
        """Read keypad digits (see nlu/keys.py)."""
        return read_keys(digits, expect)

    def _read_one(self, text: str, confidence: float, expect: Expectation, today: date) -> Reading:
        heard = hear(text, self.bundle.lexicon, own_words(expect.options))
        if not heard.text:
            return Reading(text="", confidence=confidence)
        acts = find_acts(heard, self.bundle.acts)
        if expect.state not in _PICKED_BY_PLACE:
            acts = with_place_corrections(acts, heard)
        if is_yes_no(expect):
            acts = answered(acts, heard, strict=expect.strict)
        found = self._without_acts(find_wishes(heard, self.bundle.matcher), acts)
        answer = self._answer(heard, expect)
        if expect.state == "reason" and not answer:
            answer = slots.reason_from_wish(heard, found.wishes)
        draft = self._combine(heard, expect, acts, found, answer)
        if not (draft.acts or draft.intents or draft.slots):
            draft.acts.extend(self._unanswerable(heard, expect))
        draft = self._rules_of_steering(draft, expect, found)
        values = self._values(heard, expect, draft, today)
        return Reading(
            text=heard.text,
            acts=tuple(Act(name=hit.name, confidence=hit.confidence) for hit in draft.acts),
            intents=tuple(intent for _, intent in sorted(draft.intents, key=lambda pair: pair[0])),
            slots=tuple(values),
            frustration=frustration(heard.text, self.bundle.feelings),
            confidence=confidence,
        )

    def _unanswerable(self, heard: Heard, expect: Expectation) -> list[ActHit]:
        """不知道, 忘了 turn down the question for a value; to yes or no they are no answer."""
        sets = self.bundle.answers
        asked = expect.state is not None and not is_yes_no(expect) and expect.state != "menu"
        if not asked or "unknown" not in sets or answers.find_answer(heard, sets["unknown"]) is None:
            return []
        return [ActHit(name="deny", start=0, end=len(heard.text), confidence=0.85)]

    @staticmethod
    def _without_acts(found: Found, acts: Sequence[ActHit]) -> Found:
        """Words that steer are no wish: 是人工吗, 先别转人工, 算了不弄了."""

        def taken(wish: Wish) -> bool:
            return any(
                hit.name in ("robot", "deny", "stop", "back", "repeat", "goodbye", "louder")
                and min(hit.end, wish.end) - max(hit.start, wish.start) >= 0.6 * (wish.end - wish.start)
                for hit in acts
            )

        return replace(found, wishes=tuple(wish for wish in found.wishes if not taken(wish)))

    def _answer(self, heard: Heard, expect: Expectation) -> list[Slot]:
        """The utterance as the answer to the question; empty when it is none."""
        state, bundle = expect.state, self.bundle
        number = number_asked(state)
        if number is not None:
            counts = expect.digit_counts or bundle.state(number).digit_counts
            return answers.read_number_state(heard, replace(expect, state=number, digit_counts=counts))
        if state is None or is_yes_no(expect):
            return []
        if state == "order_fact":
            return answers.read_fact(heard)
        if state == "city":
            return answers.read_city(heard)
        if state == "amount":
            return answers.read_amount(heard)
        if state == "tracking_no":
            return answers.read_tracking(heard)
        if state in ("choice", "order_ref", "product") and (state == "choice" or expect.options):
            return answers.read_choice(heard, expect.options, self._canonical)
        return self._from_answer_set(heard, state)

    def _from_answer_set(self, heard: Heard, state: str) -> list[Slot]:
        name = self.bundle.state(state).answers
        if name is None:
            return self._single_value(heard, state)
        found = answers.find_answer(heard, self.bundle.answers[name])
        if found is None:
            return []
        key, words, confidence = found
        value: str | int = int(key) if state == "score" else key
        return [Slot(name=state, value=value, text=words, confidence=confidence)]

    def _single_value(self, heard: Heard, state: str) -> list[Slot]:
        if state == "quantity":
            return slots.asked_quantity(heard)
        if state == "size":
            return slots.asked_size(heard)
        if state in _SINGLE_WORD_STATES:
            return [slot for slot in slots.words_of(heard, with_city=False) if slot.name == state]
        return []

    def _combine(
        self, heard: Heard, expect: Expectation, acts: list[ActHit], found: Found, answer: list[Slot]
    ) -> _Draft:
        wishes = list(found.wishes)
        if expect.state == "reason" and answer:
            keep = _REASON_NOISE | ({"exchange.apply"} if "换" in heard.text else set())
            wishes = [wish for wish in wishes if wish.name in keep]
        elif answer:
            wishes = [
                wish
                for wish in wishes
                if wish.name in _SLOT_STATES_KEEP or (wish.weight >= 4 and not _covers(answer, wish, heard))
            ]
        if expect.state == "menu":
            picked = [slot for slot in answer if slot.name == "menu"]
            if picked:
                intent = Intent(name=str(picked[0].value), confidence=picked[0].confidence)
                return _Draft(acts, [(0, intent)], [])
        intents = [
            (wish.start, Intent(name=wish.name, confidence=template_confidence(wish))) for wish in wishes
        ]
        if not answer:
            intents = self._with_classifier(heard, expect, acts, wishes, found, intents)
        return _Draft(acts, intents, answer)

    def _with_classifier(
        self,
        heard: Heard,
        expect: Expectation,
        acts: Sequence[ActHit],
        wishes: Sequence[Wish],
        found: Found,
        intents: list[tuple[int, Intent]],
    ) -> list[tuple[int, Intent]]:
        rest, start = _unsteered(heard, acts, found)
        if not wishes and len(_beside_products(heard, rest)) <= _SHORT:
            return intents
        if len(bare_text(rest)) <= _SHORT or (not wishes and (found.refused and len(bare_text(rest)) <= 4)):
            return intents
        ranked = self._classifier.predict(rest)
        if not ranked:
            return intents
        top, probability = ranked[0]
        if not wishes:
            if len(bare_text(rest)) <= _FEW and probability < _CLASSIFIER_ON_FEW:
                return intents
            return self._classified(top, probability, expect, acts, start)
        chances = dict(ranked)
        agreed = [
            (
                place,
                replace(
                    intent,
                    confidence=round(max(intent.confidence, min(0.98, chances.get(intent.name, 0.0))), 3),
                ),
            )
            for place, intent in intents
        ]
        if len(wishes) == 1 and top != wishes[0].name and top != "oos":
            weak = wishes[0].coverage < _WEAK_COVERAGE and chances.get(wishes[0].name, 0.0) < 0.1
            if weak and probability >= _OUTVOTES:
                return [(start, Intent(name=top, confidence=round(probability, 3)))]
        return agreed

    @staticmethod
    def _classified(
        top: str, probability: float, expect: Expectation, acts: Sequence[ActHit], start: int
    ) -> list[tuple[int, Intent]]:
        answering = expect.state not in (None, "anything_else")
        least = _CLASSIFIER_ALONE_ANSWERING if answering or acts else _CLASSIFIER_ALONE
        if probability < least or (top == "oos" and (answering or acts)):
            return []
        return [(start, Intent(name=top, confidence=round(probability, 3)))]

    @staticmethod
    def _rules_of_steering(draft: _Draft, expect: Expectation, found: Found) -> _Draft:
        """What acts and wishes do to each other, state by state."""
        acts, intents = list(draft.acts), list(draft.intents)
        steered = {hit.name for hit in acts}
        answering = expect.state not in (None, "anything_else")
        withdrawn = [pair for pair in intents if pair[1].name == "request.withdraw"]
        if withdrawn and answering:
            intents = [pair for pair in intents if pair[1].name != "request.withdraw"]
            if not intents and not steered & {"stop", "deny"}:
                name = "deny" if is_yes_no(expect) else "stop"
                acts.append(
                    ActHit(name=name, start=withdrawn[0][0], end=withdrawn[0][0] + 1, confidence=0.85)
                )
        elif withdrawn and "stop" in steered:
            intents = [pair for pair in intents if pair[1].name != "request.withdraw"]
        if found.refused and not intents and not {hit.name for hit in acts} & {"deny", "stop", "correct"}:
            first = found.refused[0]
            acts.append(ActHit(name="deny", start=first.start, end=first.end, confidence=0.85))
        if intents and any(intent.name != "agent.request" for _, intent in intents) and found.refused:
            # 我不是查快递，我要开发票: the refusal only leads up to the wish.
            acts = [hit for hit in acts if hit.name not in ("deny", "correct")]
        if intents or draft.slots:
            acts = [hit for hit in acts if hit.name != "backchannel"]
        if intents and expect.state is None:
            # Nothing was asked that could be denied: 别发了，我不要了 says what the intent says.
            acts = [hit for hit in acts if hit.name != "deny"]
        if draft.slots:
            acts = _beside_an_answer(acts, expect)
        if "stop" in steered:
            acts = [hit for hit in acts if hit.name not in ("deny", "affirm")]
        if "louder" in steered:
            acts = [hit for hit in acts if hit.name != "repeat"]
        acts, intents = _confirmed_in_words(acts, intents, expect)
        acts.sort(key=lambda hit: hit.start)
        return _Draft(acts, intents, draft.slots)

    def _values(self, heard: Heard, expect: Expectation, draft: _Draft, today: date) -> list[Slot]:
        """The answer's own slots first, then what else the words support; one a name."""
        names = {intent.name for _, intent in draft.intents}
        state = expect.state
        found = list(draft.slots)
        asked_number = state in (*NUMBER_STATES, "choice", "score") and bool(found)
        found += slots.words_of(heard, with_city=state in ("city", "order_fact"))
        if not asked_number:
            found += slots.numbers(heard)
            found += slots.sizes(heard)
            found += slots.amounts(heard)
            found += slots.quantities(heard)
            found += slots.dates(heard, today)
            found += slots.times(heard)
            found += slots.order_reference(heard)
        if names & {"refund.apply"} or state == "refund_type":
            found += slots.refund_type(heard)
        if (names & _HAS_REASON or state in _REASON_AHEAD) and state != "reason":
            found += [
                slot for slot in slots.reason(heard, self.bundle.answers) if slot.confidence >= answers.LIKELY
            ]
        return _one_each(found)


def _beside_an_answer(acts: list[ActHit], expect: Expectation) -> list[ActHit]:
    """An answer is no waiting (我看一下，七七六五); a refusal before digits corrects them."""
    kept: list[ActHit] = []
    for hit in acts:
        if hit.name == "wait":
            continue
        if hit.name == "deny":
            if number_asked(expect.state) is not None:
                kept.append(replace(hit, name="correct"))
            continue
        kept.append(hit)
    return kept


def _confirmed_in_words(
    acts: list[ActHit], intents: list[tuple[int, Intent]], expect: Expectation
) -> tuple[list[ActHit], list[tuple[int, Intent]]]:
    """Naming the wish that is to be confirmed is a yes; under ``strict`` only beside a plain yes."""
    asked = (expect.state or "").removeprefix("confirm:")
    if (expect.state or "") == asked or {intent.name for _, intent in intents} != {asked}:
        return acts, intents
    steered = {hit.name for hit in acts}
    if "affirm" in steered and not steered & {"deny", "stop", "correct"}:
        return acts, []
    if steered or expect.strict:
        return acts, intents
    place = intents[0][0]
    return [ActHit(name="affirm", start=place, end=place + 1, confidence=0.8)], []


def _one_each(found: Sequence[Slot]) -> list[Slot]:
    kept: dict[str, Slot] = {}
    for slot in found:
        kept.setdefault(slot.name, slot)
    return list(kept.values())


def _covers(answer: Sequence[Slot], wish: Wish, heard: Heard) -> bool:
    """Whether an answer's words are mostly the wish's words."""
    for slot in answer:
        start = heard.text.find(slot.text)
        if start < 0:
            continue
        shared = min(start + len(slot.text), wish.end) - max(start, wish.start)
        if shared >= 0.5 * (wish.end - wish.start):
            return True
    return False


def _beside_products(heard: Heard, text: str) -> str:
    """What is left without the products: 还有羽绒服呢 says nothing of what is wanted."""
    for hit in heard.words:
        if hit.word.kind == "product":
            text = text.replace(heard.text[hit.start : hit.end], "")
    return bare_text(text)


def _unsteered(heard: Heard, acts: Sequence[ActHit], found: Found) -> tuple[str, int]:
    """The text without acts and refused wishes, and where what is left begins."""
    cut = [(hit.start, hit.end) for hit in acts] + [(wish.start, wish.end) for wish in found.refused]
    kept = [place for place in range(len(heard.text)) if not any(start <= place < end for start, end in cut)]
    return "".join(heard.text[place] for place in kept), kept[0] if kept else 0
