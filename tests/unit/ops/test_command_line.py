"""The root command: found lazily, errors with a remedy, exit status 0, 1 or 2."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import voicebot.cli
from voicebot.cli import main
from voicebot.ops.errors import UserFacingError


def status_of(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code is None or isinstance(left.value.code, int)
    return left.value.code or 0


@pytest.fixture
def extra_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(voicebot.cli, "__path__", [*voicebot.cli.__path__, str(tmp_path)])
    return tmp_path


def test_help_lists_every_module_as_a_command(capsys: pytest.CaptureFixture[str]):
    assert status_of("--help") == 0
    assert "models" in capsys.readouterr().out


def all_commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        yield (*path, name)
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from all_commands(found, *path, name)


def test_every_command_has_help_with_an_example_on_a_line_of_its_own(capsys: pytest.CaptureFixture[str]):
    commands = [(), *all_commands(voicebot.cli.root)]
    assert ("models", "fetch") in commands
    assert ("bench", "latency") in commands
    for command in commands:
        assert status_of(*command, "--help") == 0, command
        assert re.search(r"^  Example:\n    \S", capsys.readouterr().out, re.MULTILINE), command


def test_wrong_use_exits_2(capsys: pytest.CaptureFixture[str]):
    assert status_of("no-such-command") == 2
    assert status_of("models", "fetch", "--no-such-option") == 2
    capsys.readouterr()


def test_an_error_for_the_operator_shows_its_remedy_and_no_traceback(
    extra_command: Path, capsys: pytest.CaptureFixture[str]
):
    (extra_command / "fail_kindly.py").write_text(
        "import click\nfrom voicebot.ops.errors import UserFacingError\n"
        "@click.command()\ndef command():\n    raise UserFacingError('The line is cut.', 'Mend it.')\n"
    )
    assert status_of("fail-kindly") == 1
    assert capsys.readouterr().err == "Error: The line is cut.\n  Mend it.\n"
    sys.modules.pop("voicebot.cli.fail_kindly")


def test_a_module_without_a_command_is_our_bug(extra_command: Path):
    (extra_command / "hollow.py").write_text('"""No command here."""\n')
    with pytest.raises(TypeError, match=r"voicebot\.cli\.hollow has no click command"):
        main(["hollow"])
    sys.modules.pop("voicebot.cli.hollow")


def test_asking_for_the_version_loads_no_engine():
    look = "import sys; sys.argv=['voicebot','--version']\nfrom voicebot.cli import main\n"
    look += "try:\n    main()\nexcept SystemExit:\n    pass\n"
    look += "print([m for m in ('numpy', 'flask', 'sqlalchemy', 'vosk') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "[]"


def test_models_list_is_one_json_object_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert status_of("models", "list", "--json", "--models-dir", str(tmp_path)) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["state"] for row in rows} == {"missing"}
    assert {"model", "file", "group", "size", "sha256", "licence", "mirrors"} <= rows[0].keys()


def test_models_verify_fails_when_a_required_file_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert status_of("models", "verify", "--models-dir", str(tmp_path)) == 1
    said = capsys.readouterr().err
    assert "whisper-base/model.bin is missing" in said
    assert "voicebot models fetch" in said
    assert "vosk-cn" not in said


def test_models_fetch_offline_exits_1_and_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("VOICEBOT_OFFLINE", "1")
    assert status_of("models", "fetch", "--models-dir", str(tmp_path)) == 1
    assert "Unset VOICEBOT_OFFLINE" in capsys.readouterr().err


def test_an_error_may_come_without_a_hint():
    assert UserFacingError("The line is cut.").hint == ""
