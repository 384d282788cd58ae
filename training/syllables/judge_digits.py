"""What a trained head makes of numbers that training held back: exact, and chosen from a list on file."""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np

from training.syllables.features import read_features
from training.syllables.voices import CHECKING
from voicebot.asr.syllable_digits import KnownNumbers, hear_digits
from voicebot.asr.syllable_head import SyllableHead, SyllableScores
from voicebot.language.digits import read_digits

SEED = 9
DECOYS = 10

Trial = tuple[SyllableScores, str]


def trials(head: SyllableHead, features: Path) -> list[Trial]:
    """Held-back clips of 4 to 11 digits, heard."""
    found = []
    for states, facts in read_features(features):
        if facts["kind"] != "digits" or (CHECKING not in facts["voices"] and facts["number"] % 20):
            continue
        number = read_digits(facts["text"])
        if number and 4 <= len(number) <= 11:
            found.append((head.hear(states.astype(np.float32)), number))
    return found


def decoys(number: str, dice: random.Random) -> list[str]:
    """Numbers one digit away."""
    made: set[str] = set()
    while len(made) < DECOYS:
        place = dice.randrange(len(number))
        digit = dice.choice([one for one in "0123456789" if one != number[place]])
        made.add(number[:place] + digit + number[place + 1 :])
    return sorted(made)


def judge(heard: list[Trial], rules: KnownNumbers) -> str:
    """One line of figures."""
    dice = random.Random(SEED)
    exact, listed, unlisted = [], [], []
    for scores, number in heard:
        found = hear_digits(scores, (len(number),))
        exact.append(bool(found) and found[0].text == number)
        others = decoys(number, dice)
        chosen = hear_digits(scores, (len(number),), sorted([*others, number]), rules)
        listed.append(bool(chosen) and chosen[0].text == number)
        wrongly = hear_digits(scores, (len(number),), others, rules)
        unlisted.append(bool(wrongly) and wrongly[0].text in others)
    right, chosen_right, taken = (float(np.mean(shares)) for shares in (exact, listed, unlisted))
    return f"{len(heard)}: exact {right:.3f}, listed {chosen_right:.3f}, unlisted taken {taken:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--head", type=Path, default=Path("voicebot/asr/data/syllables.onnx"))
    given = parser.parse_args()
    heard = trials(SyllableHead(given.head.read_bytes()), given.features)
    for worse_at_most in (2.0, 4.0):
        for margin in (0.5, 2.0):
            rules = KnownNumbers(worse_at_most=worse_at_most, margin=margin)
            print(worse_at_most, margin, judge(heard, rules), flush=True)


if __name__ == "__main__":
    main()
