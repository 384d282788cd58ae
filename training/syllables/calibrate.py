"""How sure the head is of a phrase: a logistic regression over clips of held-back utterances and sets."""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression

from training.syllables.channel import as_called, noise_alone
from training.syllables.features import read_speech
from training.syllables.judge import real_clips
from training.syllables.texts import GRAMMAR
from training.syllables.voices import CHECKING
from voicebot.asr.engine import Samples
from voicebot.asr.syllable_head import SyllableHead, SyllableScores
from voicebot.asr.syllable_phrases import Acceptance, evidence, fit
from voicebot.asr.whisper_model import WhisperModel, prepared
from voicebot.language.pinyin import syllables
from voicebot.nlu.expectation import Phrase

SEED = 5
_WORDS_IN_A_SET = (8, 12, 34)
_NOISES = 40

Evidence = Sequence[float]
Pair = tuple[Evidence, bool]
"""The evidence for the best phrase of a set, and whether it means what was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    text: str
    scores: SyllableScores


def held_back(speech: Path, at_most: int, dice: np.random.Generator) -> Iterator[tuple[Samples, int, str]]:
    """Words and sentences that training never heard, each over a channel of its own, and noises."""
    given = 0
    for path in sorted(speech.glob("*.npz")):
        samples, facts = read_speech(path)
        if facts["kind"] == "digits" or (CHECKING not in facts["voices"] and int(path.stem) % 20):
            continue
        yield *as_called(samples, [samples], dice), facts["text"]
        given += 1
        if given == at_most:
            break
    for _ in range(_NOISES):
        yield *noise_alone(float(dice.uniform(0.5, 3.0)), dice), ""


def sets_of_answers() -> list[tuple[Phrase, ...]]:
    answers = yaml.safe_load((GRAMMAR / "answers.yaml").read_text(encoding="utf-8"))["answers"]
    return [
        tuple(Phrase(key=key, says=tuple(says)) for key, says in phrases.items())
        for phrases in answers.values()
        if len(phrases) > 1
    ]


def sets_for(text: str, words: Sequence[str], dice: random.Random) -> Iterator[tuple[Phrase, ...]]:
    """Drawn sets with and without the text, and those of the grammar."""
    for with_it in (True, False):
        others = dice.sample(words, min(len(words), dice.choice(_WORDS_IN_A_SET)))
        members = {*others, text} if with_it else {*others} - {text}
        if text or not with_it:
            yield tuple(Phrase(key=one, says=(one,)) for one in sorted(members))
    yield from sets_of_answers()


def pairs(clips: Sequence[Clip], words: Sequence[str]) -> Iterator[Pair]:
    """Each clip against its sets."""
    dice = random.Random(SEED)
    for clip in clips:
        for phrases in sets_for(clip.text, words, dice):
            found = fit(clip.scores, phrases)
            if found is not None:
                says = {phrase.key: phrase.says for phrase in phrases}[found.best.candidate.key]
                yield evidence(found), any(syllables(one) == syllables(clip.text) for one in says)


def fitted(learnt: Sequence[Pair]) -> Acceptance:
    values, right = np.array([one for one, _ in learnt]), np.array([one for _, one in learnt])
    model = LogisticRegression(max_iter=1000).fit(values, right)
    weights = tuple(round(float(one), 3) for one in model.coef_[0])
    return Acceptance(weights=weights, constant=round(float(model.intercept_[0]), 3))


def report(name: str, pairs_of: Sequence[Pair], acceptance: Acceptance) -> None:
    sure = np.array([acceptance.probability(values) for values, _ in pairs_of])
    right = np.array([one for _, one in pairs_of])
    print(f"{name}: {len(right)} pairs, {right.sum()} hold what was said")
    for at in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        kept, taken = np.mean(sure[right] >= at), np.mean(sure[~right] >= at)
        print(f"  {at:.2f}: kept {kept:.3f}, wrongly taken {taken:.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--head", type=Path, default=Path("voicebot/asr/data/syllables.onnx"))
    parser.add_argument("--at-most", type=int, default=160, help="utterances to calibrate on")
    parser.add_argument("--audio", type=Path, help="real clips, to check the fit on")
    given = parser.parse_args()
    model, head = WhisperModel(given.models / "whisper-base", 1), SyllableHead(given.head.read_bytes())

    def listen(samples: Samples, rate_hz: int, text: str) -> Clip:
        return Clip(text=text, scores=head.hear(model.states(model.encode(prepared(samples, rate_hz)))))

    dice = np.random.default_rng(SEED)
    clips = [listen(*one) for one in held_back(given.speech, given.at_most, dice)]
    words = sorted({clip.text for clip in clips if 0 < len(clip.text) <= 4})
    learnt = list(pairs(clips, words))
    acceptance = fitted(learnt)
    print(acceptance)
    report("held back", learnt, acceptance)
    if given.audio:
        real = [listen(*one) for one in real_clips(given.audio)]
        report("real clips", list(pairs(real, words)), acceptance)


if __name__ == "__main__":
    main()
