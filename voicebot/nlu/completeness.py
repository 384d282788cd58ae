"""Whether a caller is done, as far as the words tell: an answer, a sentence that breaks off, or neither."""

from __future__ import annotations

import re
from typing import Literal

from voicebot.grammar.bare import bare_text
from voicebot.language.digits import find_digit_strings, read_digits
from voicebot.nlu.expectation import Expectation
from voicebot.nlu.keys import TAIL_DIGITS, is_yes_no
from voicebot.nlu.reading import Reading

Completeness = Literal["complete", "open", "unfinished"]

CLEAR_ACT, CLEAR_INTENT, CLEAR_SLOT = 0.8, 0.7, 0.8
"""Less sure than this, an act, an intent or an answer is no reason to answer early."""
LEAST_INTENT = 0.4
"""Less sure than this, an intent is a guess at words that mean nothing yet."""
SHORT_ANSWER = 6
"""A yes or no with as many bare characters says nothing else."""
PHONE_DIGITS = 11
LONGEST_ORDER_DIGITS = 20

_MARKS = "，。？！；：、…,.?!;: "
_FILLERS = re.compile(
    r"(?:嗯|呃|额|啊|哦|噢|喔|唔|诶|欸|唉|哎|哼|那个|这个|就是说?|那么|那|然后|我说|我看看?|让我)+"
)
_NOD = re.compile(r"(?:嗯|哦|啊|噢|喔|诶|哎|唔|哼)+")
_GREETING = re.compile(r"^(?:你好|您好|喂|哈喽|早上好|下午好|晚上好|上午好)+")
_OPENING = re.compile(
    r"(?:嗯|呃|那个|这个|就是|我|想|要|就|请问|请|麻烦|你|帮忙?|给|先|再|来|能不能|可不可以|可以|能|是)*"
    r"(?:查询|查|看|问|咨询|了解|打听|申请|反映|说|办理|办|处理|弄)?(?:一下子?|下|一个|个|一件|件)?(?:事情?|问题)?"
)
"""A sentence that has not come to its point: 你好，我想查一下."""
_DANGLING = re.compile(
    r"(?:我的|你的|他的|就是说?|因为|所以|然后|还有|但是|不过|可是|而且|如果|要是|的话|我想要?|我要|想要|需要|请问|"
    r"帮我|给我|帮忙|麻烦你?|把|跟|和|与|或者|还是|在|从|关于|对于|由于|比如说?|我说|我是|[号码尾名址单]是|"
    r"(?:那|就|所以|然后|但是|因为)我|我就)$"
)
_POINTS_ON = re.compile(r"(?:的|[那这](?:个|件|双|条|单|笔|台|款|种))$")
"""我昨天买的, 就是那个: a name may follow, unless this answers the question."""
_SENTENCE_END = re.compile(
    r"(?:吗|呢|没有|到哪里?了?|在哪里?|哪儿|哪里|多少钱?|多久|几天|什么时候|怎么办|怎么回事|谢谢你?|行不行|好不好|可不可以)$"
)
_ACTION = re.compile(r"查|转|退|换|开|取消|催|投诉|人工|客服|改|修|订")
SHORT_WISH = 6
"""A wish in as many bare characters (我要退款, 转人工) is a whole sentence; longer ones may lead on."""
_UNITS = re.compile(r"[十百千万亿点块元毛角]")
_NUMBER_STATES = frozenset({"order_tail", "phone_tail", "phone", "order_no"})
_DONE_ACTS = frozenset({"repeat", "slower", "louder", "goodbye", "robot", "back"})


def is_nod(text: str) -> bool:
    """嗯, 哦 and their kind, alone."""
    return bool(_NOD.fullmatch(_plain(text)))


def completeness(reading: Reading, text: str, expect: Expectation) -> Completeness:
    """Judge an utterance that pauses: ``text`` as recognised so far, ``reading`` as answer to ``expect``."""
    plain = _plain(text)
    if is_yes_no(expect) and _NOD.fullmatch(plain):
        return "open"  # 嗯 may be the yes, or lead up to a no
    if not plain or _FILLERS.fullmatch(plain):
        return "unfinished"
    number = _number(plain, expect)
    if number is not None:
        return number
    if _answers(reading, plain, expect):
        return "complete"
    if _breaks_off(reading, plain) or not _makes_sense(reading):
        return "unfinished"
    return "complete" if _is_sentence(reading, plain) else "open"


def _plain(text: str) -> str:
    return "".join(character for character in text if character not in _MARKS).replace("您", "你")


def _number(plain: str, expect: Expectation) -> Completeness | None:
    """A digit string as an answer: whether more digits may follow. None when it is none."""
    if not expect.digit_counts:
        return None
    digits = _digits_at_end(plain)
    if digits is None:
        return None
    if digits in expect.known:
        return "complete"
    count, longest = len(digits), max(expect.digit_counts)
    if count in expect.digit_counts:
        return "complete" if count == longest else "unfinished"
    if count < longest:
        return "unfinished"
    # The whole telephone or order number where its tail was asked for: it comes in groups.
    if longest != TAIL_DIGITS or count >= LONGEST_ORDER_DIGITS:
        return "complete"
    return "open" if count == PHONE_DIGITS and digits.startswith("1") else "unfinished"


def _digits_at_end(plain: str) -> str | None:
    """The digits that the words end with; amounts and other cardinals are none."""
    if _UNITS.search(plain):
        return None
    whole = read_digits(plain)
    if whole is not None:
        return whole
    found = find_digit_strings(plain, minimum=1)
    return found[-1].digits if found and found[-1].end == len(plain) else None


def _answers(reading: Reading, plain: str, expect: Expectation) -> bool:
    """The answer that the question wants, and no more begun."""
    acts = {act.name for act in reading.acts if act.confidence >= CLEAR_ACT}
    bare = bare_text(plain)
    if is_yes_no(expect):
        one_way = len(acts & {"affirm", "deny"}) == 1
        return one_way and not reading.intents and len(bare) <= SHORT_ANSWER and not _DANGLING.search(bare)
    if expect.kind == "closed":
        return bool(reading.slots or reading.intents) and not _DANGLING.search(bare)
    if expect.state is None or reading.intents:
        return False
    if "deny" in acts and len(bare) <= SHORT_ANSWER:
        return not _DANGLING.search(bare)  # 不知道, 都不是
    if expect.state in _NUMBER_STATES:
        return False
    answer = reading.slot("city" if expect.state == "order_fact" else expect.state)
    if answer is None or answer.confidence < CLEAR_SLOT or _DANGLING.search(bare):
        return False
    return len(bare_text(answer.text)) >= 0.5 * len(bare)


def _makes_sense(reading: Reading) -> bool:
    """Something was understood. What was not would only be asked again, so the rest of it is waited for."""
    if reading.slots or any(act.name not in ("greet", "backchannel") for act in reading.acts):
        return True
    return any(found.confidence >= LEAST_INTENT for found in reading.intents)


def _breaks_off(reading: Reading, plain: str) -> bool:
    """The words want something after them."""
    asks_or_answers = any(act.name not in ("greet", "backchannel") for act in reading.acts)
    rest = _GREETING.sub("", plain)
    if rest and not asks_or_answers and _OPENING.fullmatch(rest):
        return True
    if _DANGLING.search(plain):
        return not asks_or_answers or len(bare_text(plain)) > SHORT_ANSWER
    answered = asks_or_answers or bool(reading.intents) or bool(reading.slots)
    return bool(_POINTS_ON.search(plain)) and not answered


def _is_sentence(reading: Reading, plain: str) -> bool:
    """A wish or a move of the talk, said to its end."""
    if any(act.name in _DONE_ACTS and act.confidence >= CLEAR_ACT for act in reading.acts):
        return not reading.intents or bool(_SENTENCE_END.search(plain))
    if not any(found.name != "oos" and found.confidence >= CLEAR_INTENT for found in reading.intents):
        return False
    if _POINTS_ON.search(plain):
        return False
    is_command = len(bare_text(plain)) <= SHORT_WISH and bool(_ACTION.search(plain))
    return is_command or bool(_SENTENCE_END.search(plain))
