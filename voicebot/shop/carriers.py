"""The carriers that take the shop's parcels: code → the name that is spoken."""

SPOKEN_NAMES: dict[str, str] = {"SF": "顺丰", "YTO": "圆通", "ZTO": "中通", "JD": "京东", "EMS": "邮政"}


def spoken_name(code: str) -> str:
    """Return the name as said; raises KeyError for a carrier that the shop does not use."""
    return SPOKEN_NAMES[code]
