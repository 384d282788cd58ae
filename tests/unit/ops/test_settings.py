"""Settings: typed, checked, explained, and never shown with their secrets."""

import stat
from ipaddress import ip_network
from pathlib import Path

import pytest

from voicebot.ops.cores import usable_cores
from voicebot.ops.errors import UserFacingError
from voicebot.settings import ENV_FILE_VARIABLE, PROJECT_ROOT, load_settings


def test_without_any_variable_the_defaults_serve():
    settings = load_settings()
    assert settings.time_zone == "Asia/Shanghai"
    assert settings.zone.key == "Asia/Shanghai"
    assert settings.database_url == f"sqlite:///{PROJECT_ROOT / 'var' / 'voicebot.db'}"
    assert settings.asr_threads == usable_cores()
    assert settings.max_calls == 10 * usable_cores()
    assert not settings.allow_unsigned


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("VOICEBOT_MAX_CALLS", "many", "valid integer"),
        ("VOICEBOT_MAX_CALLS", "0", "greater than or equal to 1"),
        ("VOICEBOT_RECORDINGS", "perhaps", "boolean"),
        ("VOICEBOT_PUBLIC_URL", "http://hotline.example.com", "https://"),
        ("VOICEBOT_PUBLIC_URL", "hotline", "https://"),
        ("VOICEBOT_DATABASE_URL", "mysql://u:secretword@host/db", "postgresql://"),
        ("VOICEBOT_TIME_ZONE", "Mars/Olympus", "Asia/Shanghai"),
        ("VOICEBOT_TRUSTED_PROXIES", "10.0.0.0/8, nowhere", "IPv4 or IPv6"),
        ("VOICEBOT_TWILIO_ACCOUNT_SID", "AC123", "32 hexadecimal digits"),
        ("VOICEBOT_AGENT_NUMBER", "138", r"\+86"),
        ("VOICEBOT_LOG_LEVEL", "loud", "'DEBUG'"),
        ("VOICEBOT_SECRET_KEY", "secretword", "at least 32"),
    ],
)
def test_a_wrong_value_names_the_variable_and_what_is_expected(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
):
    monkeypatch.setenv(variable, value)
    with pytest.raises(UserFacingError, match=f"{variable}.*{expected}") as raised:
        load_settings()
    assert "secretword" not in raised.value.message
    assert "docs/settings.md" in raised.value.hint


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VOICEBOT_MAX_CALLS", "many")
    monkeypatch.setenv("VOICEBOT_LOG_LEVEL", "loud")
    with pytest.raises(UserFacingError) as raised:
        load_settings()
    assert len(raised.value.message.splitlines()) == 2


def test_values_are_read_as_what_they_mean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("VOICEBOT_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.7")
    monkeypatch.setenv("VOICEBOT_PUBLIC_URL", "https://hotline.example.com/")
    monkeypatch.setenv("VOICEBOT_LOG_LEVEL", "debug")
    monkeypatch.setenv("VOICEBOT_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("VOICEBOT_AGENT_NUMBER", "")
    settings = load_settings()
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("192.0.2.7/32"))
    assert settings.public_url == "https://hotline.example.com"
    assert settings.log_level == "DEBUG"
    assert settings.database_url == f"sqlite:///{tmp_path / 'voicebot.db'}"
    assert settings.agent_number is None


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "settings.env").write_text("VOICEBOT_MAX_CALLS=7\nVOICEBOT_VOICE=zm_yunxia\nOTHER=1\n")
    monkeypatch.setenv(ENV_FILE_VARIABLE, str(tmp_path / "settings.env"))
    monkeypatch.setenv("VOICEBOT_MAX_CALLS", "9")
    settings = load_settings()
    assert (settings.max_calls, settings.voice) == (9, "zm_yunxia")
    assert load_settings(max_calls=3).max_calls == 3


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VOICEBOT_TWILIO_AUTH_TOKEN", "secretword")
    monkeypatch.setenv("VOICEBOT_DATABASE_URL", "postgresql://u:secretword@host/db")
    settings = load_settings()
    assert "secretword" not in f"{settings!r} {settings}"


def test_the_signing_key_is_made_once_and_readable_by_the_owner_alone(tmp_path: Path):
    key = load_settings(var_dir=tmp_path / "var").signing_key()
    assert len(key) >= 32
    assert load_settings(var_dir=tmp_path / "var").signing_key() == key
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_a_signing_key_that_is_set_is_used(tmp_path: Path):
    settings = load_settings(var_dir=tmp_path, secret_key="k" * 32)
    assert settings.signing_key() == "k" * 32
    assert not list(tmp_path.iterdir())
