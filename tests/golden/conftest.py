"""The demonstration shop with the factory grammar, made once for all golden calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.golden_calls import ShopFloor
from voicebot.settings import load_settings


@pytest.fixture(scope="session")
def shop_floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopFloor]:
    floor = ShopFloor(tmp_path_factory.mktemp("shop"), load_settings())
    yield floor
    floor.close()
