"""What the training voices say: digits, short answers, hotline sentences, and all syllables of Mandarin."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import jieba
import yaml

from voicebot.grammar.bundle import Bundle
from voicebot.language.digits import say_digits
from voicebot.language.pinyin import syllables
from voicebot.nlu.training import Corpus

GRAMMAR = Path(__file__).parents[2] / "grammars" / "zh-CN"
SHARES = {"digits": 0.33, "short": 0.27, "sentence": 0.24, "words": 0.16}
"""Of the utterances. ``words`` are runs of dictionary words, chosen so that every syllable comes often."""

_DIGIT_COUNTS = (1, 2, 3, 4, 4, 4, 4, 5, 6, 6, 7, 8, 8, 9, 10, 11, 11, 11, 11)
_BEFORE_DIGITS = (
    *(
        "嗯，",
        "呃，",
        "是，",
        "是",
        "尾号是",
        "尾号",
        "后四位是",
        "我的手机号是",
        "手机号",
        "订单号是",
        "号码是",
        "验证码是",
    ),
    *("您记一下，", "那个，", "应该是", "好的，", "就是", "电话是"),
)
_AFTER_DIGITS = ("。", "对", "，没错", "吧", "，谢谢")
_COUNTED = "零零两三四五六七八九"
_ANSWERS = (
    *(
        "对",
        "好",
        "是",
        "不",
        "嗯",
        "行",
        "要",
        "没",
        "有",
        "喂",
        "哦",
        "啊",
        "不要",
        "不是",
        "不用",
        "不对",
        "没有",
        "可以",
        "好的",
    ),
    *(
        "对的",
        "是的",
        "对对对",
        "好好好",
        "嗯嗯",
        "嗯对",
        "行吧",
        "等一下",
        "等等",
        "稍等",
        "我想想",
        "我看看",
        "让我看一下",
    ),
    *(
        "什么",
        "什么意思",
        "听不清",
        "再说一遍",
        "你说什么",
        "人工",
        "转人工",
        "人工客服",
        "退款",
        "退货",
        "换货",
        "查订单",
        "查快递",
    ),
    *(
        "物流",
        "发票",
        "投诉",
        "修改地址",
        "取消订单",
        "保修",
        "维修",
        "优惠券",
        "第一个",
        "第二个",
        "第三个",
        "最后一个",
        "都不是",
    ),
    *(
        "谢谢",
        "再见",
        "没有了",
        "不用了",
        "算了",
        "先这样",
        "不知道",
        "不清楚",
        "忘了",
        "没听清",
        "我不要",
        "不退了",
        "确认",
        "取消",
    ),
    *(
        "返回",
        "继续",
        "上一个",
        "下一个",
        "零",
        "一",
        "二",
        "三",
        "四",
        "五",
        "六",
        "七",
        "八",
        "九",
        "十",
        "幺",
        "两个",
        "好了",
    ),
)


def plan(count: int, seed: int) -> list[tuple[str, str]]:
    """``count`` pairs of a kind of SHARES and a text, in random order; the same seed gives the same plan."""
    dice = random.Random(seed)
    sources = _sources(dice)
    kinds = dice.choices(list(SHARES), weights=list(SHARES.values()), k=count)
    return [(kind, next(sources[kind])) for kind in kinds]


def _sources(dice: random.Random) -> dict[str, Iterator[str]]:
    return {
        "digits": _drawn(lambda: _digits(dice)),
        "short": _short(dice),
        "sentence": _sentences(dice),
        "words": _words(dice),
    }


def _drawn(draw: Callable[[], str]) -> Iterator[str]:
    while True:
        yield draw()


def _digits(dice: random.Random) -> str:
    count = dice.choice(_DIGIT_COUNTS)
    digits = "".join(dice.choice("0123456789") for _ in range(count))
    if count == 11:
        digits = "1" + dice.choice("3456789") + digits[2:]
    said = say_digits(digits, _groups(count, dice), telephone=dice.random() < 0.6)
    if dice.random() < 0.3:
        said = said.replace("，", "")
    if dice.random() < 0.06:
        place = dice.randrange(len(said) + 1)
        said = f"{said[:place]}{dice.choice('两三四')}个{dice.choice('零一二三四五六七八九')}{said[place:]}"
    if dice.random() < 0.03:
        said = said.replace("二", "两")
    before = dice.choice(_BEFORE_DIGITS) if dice.random() < 0.22 else ""
    after = dice.choice(_AFTER_DIGITS) if dice.random() < 0.06 else ""
    return before + said + after


def _groups(count: int, dice: random.Random) -> tuple[int, ...]:
    if count == 11 and dice.random() < 0.7:
        return dice.choice(((3, 4, 4), (3, 4, 4), (3, 3, 5), (4, 4, 3), (3, 2, 2, 2, 2)))
    groups: list[int] = []
    while (left := count - sum(groups)) > 0:
        groups.append(min(left, dice.choice((2, 3, 4, 4, 5, 6, 11))))
    return tuple(groups)


def _short(dice: random.Random) -> Iterator[str]:
    """Answers of the closed sets, words of the trade, common words of one to three characters."""
    answers = yaml.safe_load((GRAMMAR / "answers.yaml").read_text(encoding="utf-8"))["answers"]
    said = [text for phrases in answers.values() for says in phrases.values() for text in says]
    trade = list(_trade_words())
    common = _common_words()
    usual = list(common)[:4000]
    while True:
        pool = dice.choices((said, list(_ANSWERS), trade, usual), weights=(3, 3, 2, 4))[0]
        yield dice.choice(pool)


def _trade_words() -> Iterator[str]:
    lexicon = yaml.safe_load((GRAMMAR / "lexicon.yaml").read_text(encoding="utf-8"))
    for entries in lexicon.values():
        if isinstance(entries, list):
            for entry in entries:
                if isinstance(entry, dict) and "name" in entry:
                    yield from (str(word) for word in (entry["name"], *entry.get("says", ())))


class _CleanCorpus(Corpus):
    """The classifier's sentences without its simulated mishearings: what is said is what is labelled."""

    def _misheard(self, text: str) -> str:
        return text


def _sentences(dice: random.Random) -> Iterator[str]:
    sources = {
        str(path.relative_to(GRAMMAR)): path.read_text(encoding="utf-8")
        for path in sorted(GRAMMAR.rglob("*.yaml"))
    }
    bundle, diagnostics = Bundle.from_sources(sources)
    if bundle is None:
        raise SystemExit("\n".join(diagnostic.render() for diagnostic in diagnostics))
    by_intent: dict[str, list[str]] = {}
    for sentence in _CleanCorpus(bundle).sentences():
        if 3 <= len(sentence.text) <= 22:
            by_intent.setdefault(sentence.intent, []).append(sentence.text)
    while True:
        yield dice.choice(by_intent[dice.choice(sorted(by_intent))])


def _common_words() -> dict[str, tuple[str, ...]]:
    """Common words of two and three characters with their syllables, the commonest first."""
    jieba.initialize()
    found = [
        (word, frequency)
        for word, frequency in jieba.dt.FREQ.items()
        if frequency >= 20 and 2 <= len(word) <= 3 and all("\u4e00" <= one <= "\u9fff" for one in word)
    ]
    found.sort(key=lambda pair: (-pair[1], pair[0]))
    return {word: syllables(word) for word, _ in found[:30_000]}


def _words(dice: random.Random) -> Iterator[str]:
    """Runs of three to five words; each is the one of some that holds the syllables said least so far."""
    words = _common_words()
    names = list(words)
    said: dict[str, int] = {}
    while True:
        run: list[str] = []
        for _ in range(dice.randint(2, 5)):
            drawn = dice.sample(names, 12)
            word = min(drawn, key=lambda one: sum(said.get(s, 0) for s in words[one]) / len(words[one]))
            run.append(word)
            for syllable in words[word]:
                said[syllable] = said.get(syllable, 0) + 1
        yield "".join(run) if dice.random() < 0.6 else "，".join(run)
