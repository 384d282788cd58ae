"""The names that grammar files, readings and call logs share (docs/grammar.md explains each)."""

from __future__ import annotations

INTENTS = (
    "order.status",
    "order.urge",
    "order.cancel",
    "order.change",
    "logistics.track",
    "logistics.exception",
    "refund.apply",
    "refund.status",
    "exchange.apply",
    "aftersales.repair",
    "product.ask",
    "product.recommend",
    "promotion.ask",
    "invoice.ask",
    "payment.problem",
    "account.problem",
    "request.withdraw",
    "complaint",
    "agent.request",
    "faq",
    "oos",
)
ACTS = (
    "affirm",
    "deny",
    "correct",
    "repeat",
    "wait",
    "slower",
    "louder",
    "back",
    "stop",
    "greet",
    "thanks",
    "goodbye",
    "backchannel",
    "robot",
)
REASONS = (
    "quality",
    "wrong_item",
    "not_as_described",
    "damaged",
    "missing_parts",
    "size",
    "unwanted",
    "late",
    "price",
    "other",
)
CARRIERS = ("SF", "YTO", "ZTO", "STO", "YD", "JD", "EMS", "JT")
