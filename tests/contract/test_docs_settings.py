"""docs/settings.md and the settings themselves name the same variables and defaults."""

import re
from pathlib import Path

import pytest

from voicebot.settings import ENV_FILE_VARIABLE, PROJECT_ROOT, Settings, variable_of

SECTIONS = dict(
    re.findall(
        r"^### (VOICEBOT_\w+)\n(.*?)(?=^#|\Z)",
        (PROJECT_ROOT / "docs" / "settings.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
)


def test_every_setting_has_its_heading_and_no_heading_is_left_over():
    assert set(SECTIONS) == {variable_of(name) for name in Settings.model_fields} | {ENV_FILE_VARIABLE}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is_and_its_default(name: str):
    section = SECTIONS[variable_of(name)]
    assert Settings.model_fields[name].description
    assert len(section.split("Default:")[0].split()) >= 5
    if Settings.model_fields[name].default_factory is not None:
        assert re.search(r"Default: (one|ten) for each core", section)
        return
    default = Settings.model_fields[name].default
    stated = re.search(r"Default: `([^`]*)`", section)
    match default:
        case Path():
            assert stated is not None
            assert stated[1] == str(default.relative_to(PROJECT_ROOT))
        case bool():
            assert stated is not None
            assert stated[1] == str(int(default))
        case None | () | "":
            assert re.search(r"Default: (unset|none|made once|`voicebot\.db`)", section)
        case _:
            assert stated is not None
            assert stated[1] == str(default)
