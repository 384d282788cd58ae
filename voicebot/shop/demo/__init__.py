"""优选商城, a fictitious shop to try the hotline with."""

from __future__ import annotations

from voicebot.shop.carriers import SPOKEN_NAMES
from voicebot.shop.demo.catalogue import WARES
from voicebot.shop.demo.people import CITIES, WAREHOUSES


def spoken_names() -> list[str]:
    """Return every product, carrier and city of the shop as said, for rendering prompts ahead; no doubles."""
    products = (ware.name for ware in WARES)
    return list(dict.fromkeys([*products, *SPOKEN_NAMES.values(), *CITIES, *WAREHOUSES]))
