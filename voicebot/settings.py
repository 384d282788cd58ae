"""Every setting: read from the environment or `.env`, typed, checked, documented in docs/settings.md."""

import os
import re
import secrets
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from voicebot.ops.cores import usable_cores
from voicebot.ops.errors import UserFacingError

PREFIX = "VOICEBOT_"
ENV_FILE_VARIABLE = "VOICEBOT_ENV_FILE"
PROJECT_ROOT = Path(__file__).resolve().parent.parent
DATABASE_SCHEMES = ("sqlite", "postgresql")
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")

Network = IPv4Network | IPv6Network
CALLS_A_CORE = 10
"""How many calls a core serves in time: docs/operations.md, Capacity."""
NAME = r"^[a-z][a-z0-9_-]*$"


class Settings(BaseSettings):
    """Where the voicebot runs and how; frozen, made once at start by `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )

    database_url: Annotated[str, Field(repr=False)] = ""
    """Database, as an SQLAlchemy URL of SQLite or PostgreSQL; by default voicebot.db in VAR_DIR."""
    public_url: str | None = None
    """The address under which Twilio reaches this machine, such as https://hotline.example.com."""
    twilio_account_sid: Annotated[str | None, Field(pattern=r"^AC[0-9a-fA-F]{32}$")] = None
    """Account SID from the Twilio console: AC and 32 hexadecimal digits."""
    twilio_auth_token: SecretStr | None = None
    """Auth token from the Twilio console; while it is unset, webhooks are refused."""
    allow_unsigned: bool = False
    """Take unsigned webhooks, from this machine's loopback addresses only."""
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    """Addresses or networks, comma-separated, whose forwarded headers are believed."""
    agent_number: Annotated[str | None, Field(pattern=r"^\+[1-9][0-9]{6,14}$")] = None
    """Telephone number of the human side, as +86…; calls are handed over to it."""
    agent_queue: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "agents"
    """Name of the Twilio queue that callers wait in when AGENT_NUMBER is unset."""
    asr: Annotated[str, Field(pattern=NAME)] = "auto"
    """Recogniser: auto, whisper, vosk, or another one that is installed."""
    asr_threads: Annotated[int, Field(ge=1, le=64)] = Field(default_factory=usable_cores)
    """Threads that recognition may use, all calls together; by default one a core."""
    tts: Annotated[str, Field(pattern=NAME)] = "auto"
    """Voice engine: auto, kokoro, espeak, or another one that is installed."""
    voice: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "zf_xiaoyi"
    """The voice that speaks to callers."""
    locale: Annotated[str, Field(pattern=r"^[a-z]{2}-[A-Z]{2}$")] = "zh-CN"
    """Language of calls; names a folder in GRAMMARS_DIR and PROMPTS_DIR."""
    time_zone: str = "Asia/Shanghai"
    """IANA time zone of the business: what “tomorrow” and opening hours mean."""
    max_calls: Annotated[int, Field(ge=1, le=500)] = Field(
        default_factory=lambda: min(CALLS_A_CORE * usable_cores(), 500)
    )
    """Calls served at once, by default ten a core; the next caller gets the keypad menu."""
    recordings: bool = True
    """Record calls; the greeting says so."""
    softphone: bool = False
    """Offer /softphone, a page to phone from the browser; for development."""
    softphone_password: Annotated[SecretStr | None, Field(min_length=8)] = None
    """Password, 8 characters or more, for the softphone from elsewhere; unset: from this machine only."""
    secret_key: Annotated[SecretStr | None, Field(min_length=32)] = None
    """Kept for signed sessions, 32 characters or more; by default made once and kept in VAR_DIR."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least severe level that is logged."""
    redis_url: Annotated[str | None, Field(pattern=r"^rediss?://", repr=False)] = None
    """Kept for what several machines share, as redis://host:port/number; nothing reads it so far."""
    var_dir: Path = PROJECT_ROOT / "var"
    """Folder of everything written while running: call logs, recordings, cache, the SQLite database."""
    models_dir: Path = PROJECT_ROOT / "models"
    """Folder of the model weights."""
    grammars_dir: Path = PROJECT_ROOT / "grammars"
    """Folder of the factory set of grammars, one folder a locale."""
    prompts_dir: Path = PROJECT_ROOT / "audio_prompts"
    """Folder of rendered or recorded prompts, locale/voice."""
    offline: bool = False
    """Forbid fetching model weights over the network."""

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())

    @field_validator("public_url")
    @classmethod
    def _absolute_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        match = re.fullmatch(r"(https?)://([^/?#@\s]+)(/[^?#\s]*)?", value)
        if match is None:
            raise ValueError("expected an address such as https://hotline.example.com")
        host = re.sub(r":\d+$", "", match[2])
        if match[1] == "http" and host not in LOOPBACK_HOSTS:
            raise ValueError("expected https://; plain http:// is for this machine's own addresses only")
        return value.rstrip("/")

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("expected an IANA time zone such as Asia/Shanghai")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        scheme = re.match(r"([a-z]+)(\+[a-z0-9]+)?://", value)
        if value and (scheme is None or scheme[1] not in DATABASE_SCHEMES):
            raise ValueError("expected a URL that begins with sqlite:/// or postgresql://")
        return value

    @field_validator("var_dir", "models_dir", "grammars_dir", "prompts_dir")
    @classmethod
    def _full_path(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @model_validator(mode="after")
    def _default_database(self) -> "Settings":
        if not self.database_url:
            # frozen: this runs before anybody holds the object
            object.__setattr__(self, "database_url", f"sqlite:///{self.var_dir / 'voicebot.db'}")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The business's time zone."""
        return ZoneInfo(self.time_zone)

    def signing_key(self) -> str:
        """Return SECRET_KEY, or the key in VAR_DIR/secret_key, which is made on first use (mode 0600)."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        self.var_dir.mkdir(parents=True, exist_ok=True)
        kept = self.var_dir / "secret_key"
        if not kept.exists():
            draft = self.var_dir / f"secret_key.{secrets.token_hex(8)}"
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_hex(32))
            try:
                kept.hardlink_to(draft)  # two processes at once: the first link wins, both read it
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return kept.read_text().strip()


def variable_of(field: str) -> str:
    """Return the environment variable of a field: max_calls → VOICEBOT_MAX_CALLS."""
    return PREFIX + field.upper()


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment and `.env`; `overrides` (by field name) win over both.

    VOICEBOT_ENV_FILE names another file instead of `.env` in the present folder.
    Raises UserFacingError that names each wrong variable and what it expects.
    """
    try:
        return Settings(_env_file=os.environ.get(ENV_FILE_VARIABLE, ".env"), **overrides)
    except ValidationError as error:
        lines = [_explain(problem) for problem in error.errors(include_url=False)]
        raise UserFacingError(
            "\n".join(lines),
            "Correct it in the environment or in .env; docs/settings.md explains every setting.",
        ) from error


def _explain(problem: Any) -> str:
    field = Settings.model_fields[str(problem["loc"][0])]
    variable = variable_of(str(problem["loc"][0]))
    expected = problem["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    if problem["type"] == "string_pattern_mismatch":
        expected = f"expected: {field.description}"
    if "SecretStr" in str(field.annotation) or variable.endswith("_URL"):
        return f"{variable}: {expected}"  # the value may hold a password
    return f"{variable} is {str(problem['input'])!r}; {expected}"
