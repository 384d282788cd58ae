"""models/manifest.yaml as values: which files a model is made of, their hashes, and where they can be had."""

import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from voicebot.ops.errors import UserFacingError

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]

PACKAGE = re.compile(
    r"(?P<registry>pypi|npm):(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:==|@)(?P<version>[0-9][A-Za-z0-9.]*)"
    r"#(?P<member>[^!]+)(?:!/(?P<inner>[^!]+))?"
)
SOURCE = re.compile(r"https://\S+|http://(?:127\.0\.0\.1|localhost)(?::\d+)?/\S+|file:.+|" + PACKAGE.pattern)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(_Strict):
    """One piece of a file: where it comes from, and its hash where that is known."""

    source: Annotated[str, Field(alias="from")]
    skip_bytes: Annotated[int, Field(ge=0)] = 0
    sha256: Sha256 | None = None

    @field_validator("source")
    @classmethod
    def _known_form(cls, value: str) -> str:
        if SOURCE.fullmatch(value) is None:
            raise ValueError(
                "expected https://…, pypi:NAME==VERSION#PATH, npm:NAME@VERSION#PATH or file:PATH"
            )
        return value


class Mirror(_Strict):
    """One place where a whole file can be had, as parts that are joined in order."""

    parts: Annotated[tuple[Part, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"parts": [{"from": value}]}
        if isinstance(value, dict) and "from" in value:
            return {"parts": [value]}
        return value

    def __str__(self) -> str:
        return " + ".join(part.source for part in self.parts)


class WeightFile(_Strict):
    """One file of a model. `size` is in bytes; `unpack` marks a zip whose contents are what is wanted."""

    path: str
    sha256: Sha256
    size: Annotated[int, Field(gt=0)] | None = None
    group: Name | None = None
    unpack: bool = False
    mirrors: Annotated[tuple[Mirror, ...], Field(min_length=1)]

    @field_validator("path")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        path = PurePosixPath(value)
        if path.is_absolute() or ".." in path.parts or not path.parts or path.parts[0].startswith("."):
            raise ValueError("expected a relative path inside the model's folder")
        return value


class Model(_Strict):
    """A named set of files; `group` is the group of all its files that name none."""

    about: str
    licence: str
    group: Name
    files: Annotated[tuple[WeightFile, ...], Field(min_length=1)]

    def group_of(self, file: WeightFile) -> str:
        """Return the group of one of this model's files."""
        return file.group or self.group


class Group(_Strict):
    """Files fetched together. When one of a group that is not `required` cannot be had, fetching goes on."""

    required: bool
    purpose: str


class Manifest(_Strict):
    """Everything models/manifest.yaml says."""

    groups: dict[Name, Group]
    default_groups: tuple[Name, ...]
    models: dict[Name, Model]

    @model_validator(mode="after")
    def _groups_exist(self) -> Self:
        used = set(self.default_groups)
        for model in self.models.values():
            used |= {model.group_of(file) for file in model.files}
        if unknown := sorted(used - self.groups.keys()):
            raise ValueError(f"no such group: {', '.join(unknown)}")
        return self


def load_manifest(path: Path) -> Manifest:
    """Read a manifest. Raises UserFacingError that names the file and every wrong place in it."""
    try:
        return Manifest.model_validate(YAML(typ="safe").load(path))
    except FileNotFoundError as error:
        raise UserFacingError(f"{path} is missing.", "It belongs to the source; restore it.") from error
    except YAMLError as error:
        raise UserFacingError(f"{path} is not YAML: {error}", "Restore it from the source.") from error
    except ValidationError as error:
        places = (f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in error.errors(include_url=False))
        raise UserFacingError(f"{path} is wrong: " + "; ".join(places), "Correct the entry.") from error
