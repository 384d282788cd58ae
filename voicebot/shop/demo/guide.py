"""What to say when phoning as one of the demonstration shop's callers, and what the line will ask for."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.shop.demo.callers import CALLERS, STRANGER, DemoCaller


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One number to call from."""

    number: str
    who: str
    to_try: str
    """Chinese; what this number shows."""
    to_try_english: str
    answers: str
    """Chinese; the facts that the line asks for."""
    openings: tuple[str, ...]
    """Chinese; first lines that lead there."""


_TO_TRY: dict[str, tuple[str, tuple[str, ...]]] = {
    "13800000001": ("运动鞋今天派送；羽绒服签收三天，可以退", ("我的快递到哪了", "我想退羽绒服")),
    "13800000002": ("多笔订单，状态各不相同，要说清是哪一笔", ("我的充电宝到哪了", "我想退货")),
    "13800000003": ("内衣、生鲜、定制不能无理由退；面膜没拆封可以", ("我想退车厘子", "我想退面膜")),
    "13800000004": ("过了七天、没到十五天：质量问题能退，不喜欢不能退", ("卫衣坏了，我要退货",)),
    "13800000005": ("两千元以上的退款，要转人工核实", ("洗衣机我不想要了",)),
    "13800000006": ("这笔订单已经申请过退款", ("我想退连衣裙",)),
    "13800000007": ("名下没有订单", ("我的快递到哪了",)),
    "13800000008": ("两百到两千元的退款，要转人工核实", ("电饭煲我想退货",)),
    "13800000009": ("风险偏高，退款要人工审核", ("帆布鞋我想退货",)),
    "13800000010": ("一单两件只退一件，优惠按比例分摊", ("我想退绘本",)),
    "13800000011": ("包裹六天没有动静", ("我的空气炸锅怎么还没到",)),
}


def suggestions() -> tuple[Suggestion, ...]:
    """Every caller of the demonstration, in the order of their numbers, and a number that nobody has."""
    return (*(_of(caller) for caller in CALLERS), _STRANGER)


def _of(caller: DemoCaller) -> Suggestion:
    to_try, openings = _TO_TRY[caller.number]
    tails = "，".join(f"{order.lines[0].name} {order.tail}" for order in caller.orders if order.tail)
    return Suggestion(
        number=caller.number,
        who=f"{caller.name} {caller.title}",
        to_try=to_try,
        to_try_english=caller.can_try,
        answers=f"收货城市 {caller.city}" + (f"；订单尾号 {tails}" if tails else ""),
        openings=openings,
    )


_STRANGER = Suggestion(
    number=STRANGER,
    who="陌生号码",
    to_try="没登记过的号码：先报订单和手机的尾号",
    to_try_english="a number nobody has: the line asks for the last digits of order and phone",
    answers="订单尾号 3721 或 8806，手机尾号 0001，收货城市 杭州",
    openings=("查一下快递", "我要退货"),
)
