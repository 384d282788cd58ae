"""Mandarin's words and how common each of them is, by jieba's dictionary."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import jieba


@cache
def tokenizer() -> Any:
    """Jieba with its dictionary read straight from the package: no cache file is written or trusted."""
    tokenizer = jieba.Tokenizer()
    with tokenizer.get_dict_file() as dictionary:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(dictionary)
    tokenizer.initialized = True
    return tokenizer


def rarity(word: str) -> float | None:
    """How unexpected a word is in general Mandarin, in nats (的 5, 期间 9, 冲锋衣 17); None for no word."""
    count = tokenizer().FREQ.get(word, 0)
    return math.log(tokenizer().total / count) if count else None
