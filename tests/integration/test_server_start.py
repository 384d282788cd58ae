"""Starts that cannot be, each with a message that names thing and remedy; and starts that serve by keypad."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.support.servers import AGENT, STRANGER, Site, Sites
from voicebot.cli import main
from voicebot.demonstration.server import free_port
from voicebot.settings import load_settings
from voicebot.storage.database import Database

Arrange = Callable[[Path, Site], Mapping[str, str]]
"""Given an empty folder and the site: what is set differently, so that the start fails."""


@dataclass(frozen=True)
class Refusal:
    arrange: Arrange
    says: tuple[str, ...]
    """Each of these patterns is in the message: the thing, and what to do."""


def models_without(folder: Path, *absent: str) -> Path:
    """A folder of models that has all but these."""
    models = load_settings().models_dir
    folder.mkdir()
    for present in models.iterdir():
        if present.is_dir() and present.name not in absent and not present.name.startswith("."):
            (folder / present.name).symlink_to(present)
    return folder


def wrong_hash_of_the_recogniser(folder: Path, site: Site) -> Mapping[str, str]:
    models = models_without(folder / "models", "whisper-base")
    damaged = models / "whisper-base"
    damaged.mkdir()
    for file in (load_settings().models_dir / "whisper-base").iterdir():
        if file.name == "config.json":
            (damaged / file.name).write_bytes(file.read_bytes()[:-1] + b" ")
        elif not file.name.startswith("."):
            (damaged / file.name).symlink_to(file)
    return {"VOICEBOT_MODELS_DIR": str(models), "VOICEBOT_ASR": "auto"}


def no_voice_model(folder: Path, site: Site) -> Mapping[str, str]:
    return {"VOICEBOT_MODELS_DIR": str(models_without(folder / "models", "kokoro")), "VOICEBOT_TTS": "kokoro"}


def no_recogniser_that_was_asked_for(folder: Path, site: Site) -> Mapping[str, str]:
    models = models_without(folder / "models", "whisper-base")
    return {"VOICEBOT_MODELS_DIR": str(models), "VOICEBOT_ASR": "whisper"}


def prompts_copied(folder: Path) -> Path:
    prompts = folder / "prompts"
    shutil.copytree(load_settings().prompts_dir, prompts, copy_function=os.link)
    return prompts


def a_prompt_is_missing(folder: Path, site: Site) -> Mapping[str, str]:
    prompts = prompts_copied(folder)
    next((prompts / "zh-CN" / "zf_xiaoyi").glob("0*.ulaw")).unlink()
    return {"VOICEBOT_PROMPTS_DIR": str(prompts)}


def grammars_copied(folder: Path) -> Path:
    return Path(shutil.copytree(load_settings().grammars_dir, folder / "grammars"))


def broken_grammars(folder: Path, site: Site) -> Mapping[str, str]:
    grammars = grammars_copied(folder)
    for file, wrong in {
        "states.yaml": "  broken_state: {kind: loud}\n",
        "wordings.yaml": "  - : ][\n",
        "policies.yaml": "no_such_key: 1\n",
    }.items():
        with (grammars / "zh-CN" / file).open("a", encoding="utf-8") as text:
            text.write(wrong)
    return {"VOICEBOT_GRAMMARS_DIR": str(grammars)}


def a_database_nobody_serves(folder: Path, site: Site) -> Mapping[str, str]:
    return {"VOICEBOT_DATABASE_URL": f"postgresql://shop:sesame@127.0.0.1:{free_port()}/shop"}


def a_database_without_tables(folder: Path, site: Site) -> Mapping[str, str]:
    empty = Database(f"sqlite:///{folder / 'empty.db'}")
    empty.check()
    empty.close()
    return {"VOICEBOT_DATABASE_URL": f"sqlite:///{folder / 'empty.db'}"}


def a_folder_that_is_a_file(folder: Path, site: Site) -> Mapping[str, str]:
    (folder / "var").write_text("")
    return {"VOICEBOT_VAR_DIR": str(folder / "var")}


def bad_settings(folder: Path, site: Site) -> Mapping[str, str]:
    return {"VOICEBOT_MAX_CALLS": "many", "VOICEBOT_PUBLIC_URL": "hotline.example.com"}


REFUSALS = {
    "wrong hash of the recogniser": Refusal(
        wrong_hash_of_the_recogniser, ("whisper-base/config.json is damaged", "voicebot models fetch")
    ),
    "no voice model": Refusal(no_voice_model, ("kokoro/model.onnx is missing", "voicebot models fetch")),
    "no recogniser that was asked for": Refusal(
        no_recogniser_that_was_asked_for, ("whisper-base", "is missing", "voicebot models fetch")
    ),
    "a prompt's file is missing": Refusal(a_prompt_is_missing, (".ulaw", "voicebot prompts render")),
    "broken grammars": Refusal(
        broken_grammars, (
            r"states\.yaml:\d+:\d+: ",
            r"wordings\.yaml:\d+:\d+: ",
            r"policies\.yaml:\d+:\d+: ",
            "voicebot grammar check",
        )
    ),
    "a database nobody serves": Refusal(
        a_database_nobody_serves, ("127.0.0.1", "Check that PostgreSQL runs there", "VOICEBOT_DATABASE_URL")
    ),
    "a database without tables": Refusal(
        a_database_without_tables, ("empty.db", "has no tables yet", "voicebot db upgrade")
    ),
    "a folder that is a file": Refusal(
        a_folder_that_is_a_file, ("logs of calls cannot be written into", "/var/calls", "VOICEBOT_VAR_DIR")
    ),
    "bad settings": Refusal(
        bad_settings, ("VOICEBOT_MAX_CALLS", "VOICEBOT_PUBLIC_URL", "docs/settings.md")
    ),
}  # fmt: skip


PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["gunicorn.app.base", "voicebot.bootstrap", "voicebot.cli.serve"])


def serve(environment: Mapping[str, str], said: Path) -> None:
    """Be `voicebot serve` in this process, which has imported everything already."""
    os.environ.update(environment)
    sys.path[:0] = environment["PYTHONPATH"].split(os.pathsep)
    output = os.open(said, os.O_WRONLY | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    main(["serve", "--port", str(free_port())])


def served(environment: Mapping[str, str], said: Path) -> tuple[int | None, str]:
    """Exit status and output of a server that was started so and is expected to end."""
    process = PROCESSES.Process(target=serve, args=(dict(environment), said))
    process.start()
    process.join(60)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode, said.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def unstarted(sites: Sites) -> Site:
    """A site with everything in order, whose server was not started."""
    return sites.make()


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_start_that_cannot_be_names_the_thing_and_the_remedy(
    unstarted: Site, tmp_path: Path, refusal: Refusal
) -> None:
    environment = {**unstarted.environment, **refusal.arrange(tmp_path, unstarted)}
    status, said = served(environment, tmp_path / "said.log")
    assert status == 1, said
    assert "Traceback" not in said
    assert "ready:" not in said
    assert "Error: " in said
    assert [words for words in refusal.says if re.search(words, said) is None] == [], said
    assert "sesame" not in said


def test_without_a_recogniser_callers_get_their_order_and_a_human_by_keypad(
    sites: Sites, tmp_path: Path
) -> None:
    models = models_without(tmp_path / "models", "whisper-base", "vosk-cn")
    site = sites.make({"VOICEBOT_MODELS_DIR": str(models), "VOICEBOT_ASR": "auto", "VOICEBOT_TTS": "kokoro"})
    site.start()
    try:
        ready = site.await_answer("/readyz")
        assert ready.status_code == requests.codes.service_unavailable
        report = ready.json()
        assert (report["ready"], report["asr"]) == (False, "none")
        assert report["tts"].startswith("kokoro")
        assert "whisper-base" in report["trouble"]
        assert "voicebot models fetch" in report["trouble"]
        assert requests.get(f"{site.url}/healthz", timeout=5).status_code == requests.codes.ok
        call = site.phone(
            [
                {"after": "nothing", "press": "1"},
                {"after": "nothing", "press": "3721"},
                {"after": "nothing", "press": "0001"},
                {"after": "nothing", "expect": ["运动鞋.*已经发货.*正在派送"], "press": "0"},
            ],
            from_number=STRANGER,
        )
        record = call.result()
        assert call.caller.unmet == []
        assert record.error is None
        assert record.streams == []
        assert (record.transferred_to, record.agent_answered) == (AGENT, True)
    finally:
        site.stop()
