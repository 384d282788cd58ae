"""Callers with a fixed part in the demonstration shop: numbers, orders, what can be tried with them."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.dialogue.requests import OrderState, ParcelState
from voicebot.storage.tables import RefundState, Risk, Title


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    name: str
    color: str | None = None
    size: str | None = None
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOrder:
    """An order before its dates are counted back from the clock."""

    state: OrderState
    lines: tuple[PlannedLine, ...]
    placed_days_ago: int
    delivered_days_ago: int | None = None
    tail: str | None = None
    """Last four digits of the order number; None: whatever comes."""
    carrier: str | None = None
    parcel: ParcelState | None = None
    """None: not handed over yet."""
    quiet_days: int = 0
    """For a parcel under way: days since its carrier last said anything."""
    discount_fen: int = 0
    shipping_fen: int = 0
    refund: RefundState | None = None
    """A refund on file, of the first line; of all lines where the order is ``refunded``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCaller:
    number: str
    name: str
    title: Title
    city: str
    can_try: str
    orders: tuple[PlannedOrder, ...]
    risk: Risk = "low"


def _one(name: str, color: str | None = None, size: str | None = None) -> tuple[PlannedLine, ...]:
    return (PlannedLine(name=name, color=color, size=size),)


def _received(
    lines: tuple[PlannedLine, ...],
    days_ago: int,
    tail: str,
    carrier: str = "ZTO",
    *,
    discount_fen: int = 0,
    refund: RefundState | None = None,
) -> PlannedOrder:
    return PlannedOrder(
        state="delivered",
        lines=lines,
        placed_days_ago=days_ago + 3,
        delivered_days_ago=days_ago,
        tail=tail,
        carrier=carrier,
        parcel="delivered",
        discount_fen=discount_fen,
        refund=refund,
    )


CALLERS: tuple[DemoCaller, ...] = (
    DemoCaller(
        number="13800000001",
        name="沈若兰",
        title="女士",
        city="杭州",
        can_try="the demonstration: sneakers out for delivery, a down jacket received 3 days ago to return",
        orders=(
            PlannedOrder(
                state="shipped",
                lines=_one("运动鞋", "白色", "38码"),
                placed_days_ago=2,
                tail="3721",
                carrier="SF",
                parcel="out_for_delivery",
            ),
            _received(_one("羽绒服", "藏青色", "M"), 3, "8806", "YTO"),
        ),
    ),
    DemoCaller(
        number="13800000002",
        name="何明远",
        title="先生",
        city="上海",
        can_try="several orders: unpaid, paid, packed, under way, received; which one is meant must be asked",
        orders=(
            PlannedOrder(state="unpaid", lines=_one("台灯", "白色"), placed_days_ago=0, tail="1102"),
            PlannedOrder(state="paid", lines=_one("衬衫", "白色", "L"), placed_days_ago=1, tail="2203"),
            PlannedOrder(state="packed", lines=_one("茶叶"), placed_days_ago=1, tail="3304"),
            PlannedOrder(
                state="shipped",
                lines=_one("充电宝", "黑色"),
                placed_days_ago=3,
                tail="4405",
                carrier="JD",
                parcel="in_transit",
            ),
            _received(_one("皮鞋", "黑色", "42码"), 0, "5506"),
            _received(_one("毛衣", "米色", "XL"), 5, "6607", "EMS"),
        ),
    ),
    DemoCaller(
        number="13800000003",
        name="姜静怡",
        title="女士",
        city="南京",
        can_try="no return without a reason: underwear, fresh food, custom-made; if unopened: beauty",
        orders=(
            _received(_one("保暖内衣", "黑色", "M"), 2, "7101"),
            _received(_one("车厘子"), 1, "7202", "SF"),
            _received(_one("水杯"), 3, "7303"),
            _received(_one("面膜"), 2, "7404"),
        ),
    ),
    DemoCaller(
        number="13800000004",
        name="严志成",
        title="先生",
        city="成都",
        can_try="past seven days, within fifteen: a fault is taken back, a change of mind is not",
        orders=(_received(_one("卫衣", "黑色", "L"), 12, "8123", "EMS"),),
    ),
    DemoCaller(
        number="13800000005",
        name="魏浩然",
        title="先生",
        city="北京",
        can_try="an order above 2,000 yuan: needs a one-time code and a review, so a person",
        orders=(_received(_one("洗衣机", "白色"), 2, "9234", "JD"),),
    ),
    DemoCaller(
        number="13800000006",
        name="陶晓月",
        title="女士",
        city="武汉",
        can_try="a refund that is already on file",
        orders=(_received(_one("连衣裙", "米色", "S"), 4, "1357", refund="approved"),),
    ),
    DemoCaller(
        number="13800000007",
        name="孔立群",
        title="先生",
        city="西安",
        can_try="a customer without orders",
        orders=(),
    ),
    DemoCaller(
        number="13800000008",
        name="许佳宁",
        title="女士",
        city="广州",
        can_try="a refund between 200 and 2,000 yuan: needs a one-time code",
        orders=(_received(_one("电饭煲", "白色"), 1, "2468", "JD"),),
    ),
    DemoCaller(
        number="13800000009",
        name="曹一鸣",
        title="先生",
        city="深圳",
        can_try="raised risk: the refund goes to review",
        orders=(_received(_one("帆布鞋", "白色", "40码"), 2, "3579"),),
        risk="raised",
    ),
    DemoCaller(
        number="13800000010",
        name="吕秋云",
        title="女士",
        city="苏州",
        can_try="one of two items, with a coupon to be shared out between them",
        orders=(
            _received(
                (PlannedLine(name="绘本"), PlannedLine(name="坚果")), 3, "4680", "YTO", discount_fen=2_000
            ),
        ),
    ),
    DemoCaller(
        number="13800000011",
        name="施建平",
        title="先生",
        city="重庆",
        can_try="a parcel that has not moved for six days",
        orders=(
            PlannedOrder(
                state="shipped",
                lines=_one("空气炸锅", "黑色"),
                placed_days_ago=9,
                tail="5791",
                carrier="EMS",
                parcel="in_transit",
                quiet_days=6,
            ),
        ),
    ),
)
STRANGER = "19900000000"
"""A number that no customer has: tails are asked for (3721 or 8806 with 0001, for example)."""
