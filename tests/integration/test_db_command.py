"""`voicebot db` at a terminal: what it does, what it refuses, and what it says then."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.business import Shop
from voicebot.cli import main
from voicebot.shop.backends.fake import a_bought_order, a_customer
from voicebot.storage.database import Database

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
JACKET = a_bought_order(NOW)


class Ran:
    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        self.code = ended.value.code or 0
        self.out, self.err = capsys.readouterr()


@pytest.fixture
def at_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "var" / "voicebot.db"
    monkeypatch.setenv("VOICEBOT_DATABASE_URL", f"sqlite:///{path}")
    return path


def test_upgrade_then_seed_then_seed_again(at_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Ran(capsys, "db", "upgrade").code == 0
    seeded = Ran(capsys, "db", "seed")
    assert (seeded.code, at_file.exists()) == (0, True)
    assert "13800000001" in seeded.out
    again = Ran(capsys, "db", "seed", "--json")
    assert again.code == 0
    assert json.loads(again.out)["already_there"] is True
    reset = Ran(capsys, "db", "seed", "--reset", "--seed", "3", "--json")
    assert json.loads(reset.out)["seed"] == 3


def test_seed_before_upgrade_names_the_upgrade(at_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at_file.parent.mkdir()
    ran = Ran(capsys, "db", "seed")
    assert ran.code == 1
    assert "voicebot db upgrade" in ran.err


@pytest.mark.parametrize("command", ["upgrade", "seed"])
def test_an_unreachable_database_is_named_with_its_remedy(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VOICEBOT_DATABASE_URL", "postgresql://voicebot:secret@127.0.0.1:1/shop")
    ran = Ran(capsys, "db", command)
    assert ran.code == 1
    assert "127.0.0.1:1/shop" in ran.err
    assert "VOICEBOT_DATABASE_URL" in ran.err
    assert "secret" not in ran.out + ran.err


def test_a_foreign_shop_is_refused_by_reset(at_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Ran(capsys, "db", "upgrade")
    database = Database(f"sqlite:///{at_file}")
    Shop(customers=[a_customer()], orders=[JACKET]).write(database, NOW)
    database.close()
    ran = Ran(capsys, "db", "seed", "--reset")
    assert ran.code == 1
    assert "Nothing was changed" in ran.err
