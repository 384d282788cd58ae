"""Finds values in free speech: products, colours, numbers, dates and the caller's pointers to an order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from voicebot.grammar.states import AnswerSet
from voicebot.language.dates import DateRange, DateSpan, Sense, find_dates, find_times
from voicebot.language.digits import DigitSpan, find_digit_strings
from voicebot.language.identifiers import carrier_of, find_identifiers
from voicebot.language.money import find_money
from voicebot.language.numbers import MEASURE_WORDS, find_numbers, read_decimal, read_quantity
from voicebot.language.numerals import scan_cardinal
from voicebot.nlu.answers import GUESSED, LIKELY, SURE, find_answer
from voicebot.nlu.heard import Heard
from voicebot.nlu.intents import Wish
from voicebot.nlu.reading import Slot, SlotValue

_PAST = re.compile(r"买|下单|拍|订|签收|收到|付|申请|寄回|退|到账|扣|发货|前")
_FUTURE = re.compile(r"派送|配送|送[到来货]|回电|打给我|预约|上门|再送|改到|推迟|延")
_TAIL = re.compile(r"尾号|后四位?|末四位?|最后四位?|后面四位?|末尾|尾数")
_PHONE_WORD = re.compile(r"手机|电话|号码")
_ORDER_WORD = re.compile(r"订单|单号|单子|那单|这单")
_PARCEL_WORD = re.compile(r"快递|运单|物流|包裹")
_M = f"[{MEASURE_WORDS}]"
_ORDER_REF = re.compile(
    r"(?:(?:刚才|刚刚|上次|之前|最近|前几天|前阵子|前两天|昨天|前天|大前天|今天|今早|今天早上|昨晚|昨天晚上|上周|上个?月|上上周|上个?星期|这周|"
    r"周[一二三四五六日天末]|上周[一二三四五六日天末]|星期[一二三四五六日天]|[0-9一二三四五六七八九十]{1,3}[号日]|双十一|双十二)\s*)?"
    rf"(?:我)?(?:在你们家|在你们这|在这|刚刚?)?(?:买|订|下单|拍|下|购买|订购)(?:了)?的(?:那|这)?(?:[一两几二三]?{_M})?"
)
_ORDER_POINTER = re.compile(
    r"(?:刚才|刚刚|上|最近|最新|最后|前面|昨天|前天|倒数第[一二三四五六七八九十\d]+|第[一二三四五六七八九十\d]+)(?:的)?(?:那|这)?[一两]?[笔单](?:订单)?"
    r"|(?:最近|最新|最后|上次)的?(?:那|这)?一?[个笔单]?(?:订单|单子)"
)
_HEAD = re.compile(r"^(?:订单|单子|东西|货|商品|宝贝)")
_SIZE_NUMBER = re.compile(
    r"(?<![\dA-Za-z零一二三四五六七八九十百])(?P<number>\d{2,3}(?:\.5)?|[一二三四五六七八九]?十[一二三四五六七八九]?|一百[一二三四五六七八九]?[十]?)(?:码|(?P<half>码半))(?P<after>半)?"
)
_SIZE_LETTER = re.compile(
    r"(?<![A-Za-z0-9])((?:[2-6]?X{0,4}[SML])|XS|XXS|均码)(?:码|号)?(?![A-Za-z0-9])", re.IGNORECASE
)
_SIZE_TARGET = re.compile(
    r"(?:换成?|改成|换个|要)(?:一个|一双|一件)?([二三四五六七八九]?十[一二三四五六七八九]?|\d{2,3}|[2-6]?X{0,4}[SMLsml])(?:码|号)?的?(?![\d块元天件个月])"
)
"""The size that is wanted instead: 换成四十三的."""
_SIZE_WORD = re.compile(r"(?<![一两小偏])(加大|特大|大|中|小)号(?!码)")
_SIZE_CHANGE = re.compile(r"(大|小)(一|两|二|半|点|一点)(?:个)?(?:号|码)")
_NO_PIECES = ("个月", "个星", "个人", "个小", "个礼", "个单", "个订", "个字", "个电", "个快", "个工")
_NO_QUANTITY_UNITS = "次位口层岁斤克码寸度"
_SMALLEST_SIZE, _LARGEST_SIZE = 20, 200
_DEMONSTRATIVE = frozenset("这那第哪某每换另")


def _found(name: str, value: SlotValue, heard: Heard, start: int, end: int, confidence: float = SURE) -> Slot:
    return Slot(name=name, value=value, text=heard.text[start:end], confidence=confidence)


def words_of(heard: Heard, *, with_city: bool) -> list[Slot]:
    """Products, colours, carriers (and cities) by the lexicon; several products make a list."""
    slots: list[Slot] = []
    products = list(dict.fromkeys(hit.word.said for hit in heard.words if hit.word.kind == "product"))
    if products:
        first = next(hit for hit in heard.words if hit.word.kind == "product")
        value: SlotValue = products[0] if len(products) == 1 else tuple(products)
        text = heard.text[first.start : first.end] if len(products) == 1 else "、".join(products)
        slots.append(Slot(name="product", value=value, text=text, confidence=SURE))
    for kind in ("color", "carrier", *(("city",) if with_city else ())):
        hits = [hit for hit in heard.words if hit.word.kind == kind]
        if hits:
            slots.append(_found(kind, hits[-1].word.value, heard, hits[-1].start, hits[-1].end))
    return slots


def sizes(heard: Heard) -> list[Slot]:
    """Printed sizes (XL, 40, 37.5) and wishes relative to the present one (大一号 → size_change +1)."""
    target = _SIZE_TARGET.search(heard.text)
    if target:
        value = str(scan_cardinal(target[1])) if not target[1][0].isdigit() else target[1]
        if value.isdigit() and not _SMALLEST_SIZE <= int(value) <= _LARGEST_SIZE:
            return []
        return [_found("size", value.upper(), heard, target.start(1), target.end(1))]
    change = _SIZE_CHANGE.search(heard.text)
    if change:
        steps = 2 if change[2] in "两二" else 1
        return [_found("size_change", steps if change[1] == "大" else -steps, heard, *change.span())]
    letter = _SIZE_LETTER.search(heard.text)
    if letter:
        return [_found("size", letter[1].upper(), heard, *letter.span())]
    number = _SIZE_NUMBER.search(heard.text)
    if number:
        said = number["number"]
        value = said if said[0].isdigit() else str(scan_cardinal(said))
        half = "半" in number.group() and not value.endswith(".5")
        return [_found("size", value + (".5" if half else ""), heard, *number.span())]
    word = _SIZE_WORD.search(heard.text)
    return [_found("size", word.group(), heard, *word.span(), LIKELY)] if word else []


def quantities(heard: Heard) -> list[Slot]:
    """A count of pieces with a measure word; 一 before one is mostly an article and counts for nothing."""
    for number in find_numbers(heard.text):
        unit = heard.text[number.end : number.end + 1]
        before = heard.text[max(0, number.start - 1) : number.start]
        if not unit or unit not in MEASURE_WORDS or unit in _NO_QUANTITY_UNITS or before in _DEMONSTRATIVE:
            continue
        if number.value < 2 or heard.text[number.end : number.end + 2] in _NO_PIECES:
            continue
        return [_found("quantity", number.value, heard, number.start, number.end + 1, LIKELY)]
    return []


def amounts(heard: Heard) -> list[Slot]:
    spans = find_money(heard.text)
    return [_found("amount", spans[-1].fen, heard, spans[-1].start, spans[-1].end)] if spans else []


def _date_slot(heard: Heard, span: DateSpan) -> Slot:
    if isinstance(span.value, DateRange):
        value = f"{span.value.start.isoformat()}/{span.value.end.isoformat()}"
        return _found("date_range", value, heard, span.start, span.end)
    return _found("date", span.value.isoformat(), heard, span.start, span.end)


def dates(heard: Heard, today: date) -> list[Slot]:
    """The day or range named first; what happened lies in the past, what shall happen in the future."""
    sense: Sense = None
    if _FUTURE.search(heard.text):
        sense = "future"
    elif _PAST.search(heard.text):
        sense = "past"
    return [_date_slot(heard, span) for span in find_dates(heard.text, today, sense)[:1]]


def times(heard: Heard) -> list[Slot]:
    return [_found("time", span.value, heard, span.start, span.end) for span in find_times(heard.text)[:1]]


def numbers(heard: Heard) -> list[Slot]:
    """Order, tracking and telephone numbers, and tails where the words say whose."""
    slots: list[Slot] = []
    for found in find_identifiers(heard.text):
        carrier = carrier_of(found.value)
        name = "tracking_no" if carrier or _near(heard.text, found.start, _PARCEL_WORD) else "order_no"
        slots.append(_found(name, found.value, heard, found.start, found.end))
    for span in find_digit_strings(heard.text, minimum=4):
        named = _number_slot(heard, span)
        if named is not None and all(slot.name != named.name for slot in slots):
            slots.append(named)
    return slots


_NEAR = 12
_PHONE_DIGITS = 11
_ORDER_DIGITS = 10


def _near(text: str, start: int, word: re.Pattern[str]) -> int:
    """How close before a number the word stands: 0 when it does not, larger the nearer."""
    hits = list(word.finditer(text, max(0, start - _NEAR), start))
    return hits[-1].end() + 1 if hits else 0


def _number_slot(heard: Heard, span: DigitSpan) -> Slot | None:
    length = len(span.digits)
    if length == _PHONE_DIGITS and span.digits.startswith("1"):
        return _found("phone", span.digits, heard, span.start, span.end)
    phone, order = _near(heard.text, span.start, _PHONE_WORD), _near(heard.text, span.start, _ORDER_WORD)
    if length == 4:
        if phone > order:
            return _found("phone_tail", span.digits, heard, span.start, span.end)
        if order or _near(heard.text, span.start, _TAIL):
            confidence = SURE if order else GUESSED
            return _found("order_tail", span.digits, heard, span.start, span.end, confidence)
        return None
    if length >= _ORDER_DIGITS:
        parcel = _near(heard.text, span.start, _PARCEL_WORD)
        name = "tracking_no" if parcel > order else "order_no"
        return _found(name, span.digits, heard, span.start, span.end)
    return None


def order_reference(heard: Heard) -> list[Slot]:
    """The caller's pointer to an order as said: 昨天买的那件羽绒服, 刚才那笔, 倒数第二单."""
    match = _ORDER_REF.search(heard.text)
    if match is not None:
        end = match.end()
        product = next(
            (
                h
                for h in heard.words
                if h.word.kind == "product" and match.end() <= h.start <= match.end() + 4
            ),
            None,
        )
        head = _HEAD.match(heard.text[end:])
        if product is not None:
            end = product.end
        elif head is not None:
            end += head.end()
        if end > match.start() + 3:
            return [_found("order_ref", heard.text[match.start() : end], heard, match.start(), end, LIKELY)]
    pointer = _ORDER_POINTER.search(heard.text)
    if pointer is not None:
        return [_found("order_ref", pointer.group(), heard, *pointer.span(), LIKELY)]
    return []


_NO_RETURN = re.compile(r"仅退款|只退款|只要退款|不退货|不寄|只退钱|光退钱|不用寄|不想寄|货不退")
_RETURN = re.compile(r"退货|寄回|寄给你们|退换|货退|上门取")


def refund_type(heard: Heard) -> list[Slot]:
    """Whether the goods go back: said outright only; the bare 退款 leaves it open."""
    without = _NO_RETURN.search(heard.text)
    if without:
        return [_found("refund_type", "refund_only", heard, *without.span())]
    goods = _RETURN.search(heard.text)
    return [_found("refund_type", "return_refund", heard, *goods.span())] if goods else []


def reason(heard: Heard, answers: Mapping[str, AnswerSet]) -> list[Slot]:
    """Why goods go back, kept with the caller's own words; only what the words name."""
    found = find_answer(heard, answers.get("reason", {}))
    if found is None:
        return []
    key, words, confidence = found
    return [Slot(name="reason", value=key, text=words, confidence=confidence)]


def asked_quantity(heard: Heard) -> list[Slot]:
    """The answer to "how many": a bare number or pair word counts here."""
    value = read_quantity(heard.text)
    return [] if value is None else [Slot(name="quantity", value=value, text=heard.text, confidence=SURE)]


def asked_size(heard: Heard) -> list[Slot]:
    """The answer to "which size": a bare number counts here (四十二, 三十七点五, XL)."""
    found = sizes(heard)
    if found:
        return found
    value = read_decimal(heard.text)
    if value is None or not _SMALLEST_SIZE <= value <= _LARGEST_SIZE:
        return []
    return [Slot(name="size", value=f"{value:f}", text=heard.text, confidence=LIKELY)]


_REASON_OF_WISH = {
    "aftersales.repair": "quality",
    "logistics.exception": "damaged",
    "promotion.ask": "price",
    "order.urge": "late",
    "logistics.track": "late",
    "order.status": "late",
}


def reason_from_wish(heard: Heard, wishes: Sequence[Wish]) -> list[Slot]:
    """Asked why, a complaint told as a wish is the reason: 线头太多 is quality, 怎么还没到 is late."""
    for wish in wishes:
        value = _REASON_OF_WISH.get(wish.name)
        if value is not None:
            return [_found("reason", value, heard, wish.start, wish.end, LIKELY)]
    return []
