"""`voicebot speak` and `voicebot prompts`, with espeak, which needs no weights."""

import json
import wave
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

from voicebot.cli import prompts, speak
from voicebot.ops.errors import UserFacingError
from voicebot.tts.prompts import PromptStore

VOICE = "cmn"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOICEBOT_PROMPTS_DIR", str(tmp_path / "prompts"))
    monkeypatch.setenv("VOICEBOT_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setattr("os.nice", lambda _: 0)  # else all later tests would run niced
    monkeypatch.setattr(prompts, "said_texts", lambda _: ["您好。", "请说。", "一百"])
    return tmp_path


def run(*arguments: str) -> Result:
    command, *rest = arguments
    chosen = {"speak": speak.command, "prompts": prompts.command}[command]
    return CliRunner().invoke(chosen, rest)


def rendered(*options: str) -> Result:
    return run("prompts", "render", "--engine", "espeak", "--voice", VOICE, *options)


def test_speak_writes_a_wav_file_and_tells_how_long_it_took(folder: Path):
    out = folder / "hello.wav"
    result = run("speak", "您好", "--engine", "espeak", "--out", str(out), "--telephone", "--json")
    told = json.loads(result.stdout)
    assert told["engine"] == "espeak-ng-1.52/cmn"
    assert told["seconds"] > 0.3
    assert told["compute_seconds"] > 0
    with wave.open(str(out)) as file:
        assert file.getframerate() == told["sample_rate_hz"] == 8000
        assert file.getnframes() / 8000 == pytest.approx(told["seconds"], abs=0.001)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("。",), "could not say it"),
        (("您好", "--voice", "klingon"), "klingon"),
        (("您好", "--out", "/nowhere/at/all.wav"), "/nowhere/at/all.wav"),
    ],
)
def test_speak_says_what_went_wrong_and_what_to_do(folder: Path, options: tuple[str, ...], named: str):
    result = run("speak", "--engine", "espeak", "--out", str(folder / "x.wav"), *options)
    assert isinstance(result.exception, UserFacingError)
    assert named in result.exception.message
    assert result.exception.hint


def test_render_makes_what_is_missing_and_then_nothing(folder: Path):
    assert rendered().stdout.startswith("3 rendered")
    assert rendered("--missing").stdout.startswith("0 rendered")
    assert rendered("--all").stdout.startswith("3 rendered")
    store = PromptStore(folder / "prompts" / "zh-CN" / VOICE)
    store.require(["您好。", "请说。", "一百"])


def test_list_shows_what_is_there_missing_and_no_longer_said(folder: Path, monkeypatch: pytest.MonkeyPatch):
    rendered()
    monkeypatch.setattr(prompts, "said_texts", lambda _: ["您好。", "再见。"])
    listed = [
        json.loads(line) for line in run("prompts", "list", "--voice", VOICE, "--json").stdout.splitlines()
    ]
    assert {entry["text"] for entry in listed} == {"您好。", "请说。", "一百"}
    assert all(entry["seconds"] > 0.1 for entry in listed)
    assert run("prompts", "list", "--voice", VOICE, "--missing").stdout == "再见。\n"
    orphans = run("prompts", "list", "--voice", VOICE, "--orphaned").stdout
    assert "请说。" in orphans
    assert "您好。" not in orphans


def test_prune_deletes_what_is_no_longer_said(folder: Path, monkeypatch: pytest.MonkeyPatch):
    rendered()
    monkeypatch.setattr(prompts, "said_texts", lambda _: ["您好。"])
    assert "2 deleted, 1 prompts" in rendered("--prune").stdout


def test_two_processes_never_render_into_one_folder(folder: Path):
    rendered()
    with FileLock(folder / "var" / f"prompts-zh-CN-{VOICE}.lock"):
        result = rendered()
    assert isinstance(result.exception, UserFacingError)
    assert "another process" in result.exception.message


def test_missing_and_orphaned_together_are_wrong_use(folder: Path):
    assert run("prompts", "list", "--missing", "--orphaned").exit_code == 2


def test_prompts_are_not_rendered_with_another_voice_than_the_one_they_are_for(folder: Path):
    result = run("prompts", "render", "--engine", "espeak", "--voice", "zf_xiaoyi")
    assert isinstance(result.exception, UserFacingError)
    assert "zf_xiaoyi" in result.exception.message


def test_a_broken_wordings_file_is_reported_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VOICEBOT_GRAMMARS_DIR", str(tmp_path))
    (tmp_path / "zh-CN").mkdir()
    (tmp_path / "zh-CN" / "wordings.yaml").write_text("wordings:\n  greeting: {a: b\n", encoding="utf-8")
    result = run("prompts", "list", "--missing")
    assert isinstance(result.exception, UserFacingError)
    assert "wordings.yaml:" in result.exception.message


def test_a_missing_wordings_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VOICEBOT_GRAMMARS_DIR", str(tmp_path))
    result = run("prompts", "list", "--missing")
    assert isinstance(result.exception, UserFacingError)
    assert "wordings.yaml" in result.exception.message


def test_everything_that_the_shop_and_the_grammar_say_is_listed():
    texts = run("prompts", "list", "--missing", "--voice", "nobody").stdout.splitlines()
    assert "一百" in texts
    assert any("优选商城" in text for text in texts)
    assert len(texts) > 700
