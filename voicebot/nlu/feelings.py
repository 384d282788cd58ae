"""How annoyed or distressed the caller's words are."""

from __future__ import annotations

from voicebot.grammar.feelings import FeelingWords


def frustration(text: str, words: FeelingWords) -> float:
    """0..1 from the words alone; several add up towards 1, overlapping ones count once (the longest)."""
    taken = [False] * len(text)
    calm = 1.0
    lower = text.lower()
    for word, weight in words.frustration:
        start = lower.find(word)
        while start >= 0:
            if not any(taken[start : start + len(word)]):
                taken[start : start + len(word)] = [True] * len(word)
                calm *= 1.0 - weight
            start = lower.find(word, start + len(word))
    return round(1.0 - calm, 3)
