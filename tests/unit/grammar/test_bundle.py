"""Grammar sets compile into bundles, and bad ones into lists of findings."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from voicebot.cli.grammar import command as grammar_command
from voicebot.cli.understand import command as understand_command
from voicebot.grammar.bare import bare, bare_text
from voicebot.grammar.bundle import Bundle, sources_hash
from voicebot.grammar.diagnostics import Diagnostic
from voicebot.grammar.source import parse_document
from voicebot.ops.errors import UserFacingError
from voicebot.ops.grammar_files import read_folder

ROOT = Path(__file__).parents[3]


def _builders() -> Any:
    spec = importlib.util.spec_from_file_location("grammar_builders", Path(__file__).with_name("builders.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


a_set = _builders().a_set


def test_a_diagnostic_renders_with_its_place_and_hint() -> None:
    found = Diagnostic(
        code="yaml-tab", path="acts.yaml", line=3, column=1, message="a tab", hint="Use spaces."
    )
    assert found.render() == "acts.yaml:3:1: error: a tab [yaml-tab]\n    Use spaces."


def test_the_factory_set_has_no_findings() -> None:
    bundle, diagnostics = Bundle.from_sources(read_folder(ROOT / "grammars" / "zh-CN"))
    assert bundle is not None
    assert diagnostics == []


def test_all_findings_come_at_once_in_reading_order() -> None:
    sources = a_set(
        acts='acts:\n  agree: {}\n  affirm: {whole: ["(对"]}\n',
        states="states:\n  open: {kind: loud}\n  other: {kid: free}\n",
    )
    bundle, diagnostics = Bundle.from_sources(sources)
    assert bundle is None
    places = [(found.path, found.line, found.code) for found in diagnostics]
    assert places == [
        ("acts.yaml", 2, "unknown-act"),
        ("acts.yaml", 3, "template-syntax"),
        ("states.yaml", 2, "bad-state"),
        ("states.yaml", 3, "unknown-key"),
    ]


def test_the_hash_depends_on_every_path_and_text_and_not_on_their_order() -> None:
    one = {"a": "1", "b": "2"}
    assert sources_hash(one) == sources_hash({"b": "2", "a": "1"})
    assert sources_hash(one) != sources_hash({"a": "1", "b": "3"})
    assert sources_hash({"a": "12", "b": ""}) != sources_hash({"a": "1", "b": "2"})


def test_other_files_are_there_as_plain_data() -> None:
    bundle, _ = Bundle.from_sources(a_set(wordings='greeting: 您好\nids: ["007", yes]\n'))
    assert bundle is not None
    assert bundle.document("wordings.yaml") == {"greeting": "您好", "ids": ["007", "yes"]}


def test_a_bomb_of_aliases_is_one_finding_a_use_and_no_explosion() -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9))
    document, diagnostics = parse_document("x.yaml", f"l0: &l0 [拉]\n{levels}\n")
    assert document is not None
    assert {found.code for found in diagnostics} == {"yaml-alias"}
    assert len(diagnostics) == 72


def test_endless_nesting_is_a_finding() -> None:
    document, diagnostics = parse_document("x.yaml", "[" * 5_000)
    assert document is None
    assert [found.code for found in diagnostics] == ["yaml-syntax"]


@given(st.text(max_size=200))
def test_no_text_whatever_makes_the_reader_of_files_raise(text: str) -> None:
    _, diagnostics = parse_document("x.yaml", text)
    assert all(found.line >= 1 and found.column >= 1 for found in diagnostics)


@given(st.text(max_size=80))
def test_bare_text_knows_where_it_came_from(text: str) -> None:
    found = bare(text)
    assert len(found.text) == len(found.starts) == len(found.ends) or not text.isascii()
    assert all(0 <= start < len(text) for start in found.starts)


def test_bare_text_drops_particles_and_keeps_words_that_hold_them() -> None:
    assert bare_text("嗯，我的快递呢？到哪儿了啊") == "我的快递呢到哪了"
    assert bare_text("哈尔滨的酒吧") == "哈尔滨的酒吧"
    assert bare_text("婴儿车有货么") == "婴儿车有货吗"


def test_the_matcher_finds_a_template_inside_a_sentence() -> None:
    bundle, _ = Bundle.from_sources(a_set())
    assert bundle is not None
    (match,) = bundle.matcher.find(bare_text("你好我的快递到哪了谢谢"))
    assert (match.intent, match.start, match.end) == ("logistics.track", 4, 9)


def test_longer_products_win_and_one_character_needs_a_measure_word() -> None:
    bundle, _ = Bundle.from_sources(read_folder(ROOT / "grammars" / "zh-CN"))
    assert bundle is not None
    find = bundle.lexicon.find
    assert [hit.word.value for hit in find("定制T恤和平板电脑")] == ["定制T恤", "平板电脑"]
    assert [hit.word.value for hit in find("那本书")] == ["书"]
    assert find("说明书") == []
    assert find("我手机尾号是") == []
    assert bundle.lexicon.canonical("电饭锅") == "电饭煲"


def test_a_folder_is_read_with_slashes_and_without_links(tmp_path: Path) -> None:
    (tmp_path / "intents").mkdir()
    (tmp_path / "intents" / "a.yaml").write_text("intents: {}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_bytes("a: 中".encode("gb18030"))
    (tmp_path / "c.yaml").symlink_to("/etc/hostname")
    (tmp_path / "notes.txt").write_text("no", encoding="utf-8")
    sources = read_folder(tmp_path)
    assert sorted(sources) == ["b.yaml", "intents/a.yaml"]
    assert "\ufffd" in sources["b.yaml"]


def test_a_folder_that_is_none_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(UserFacingError, match="no grammar folder"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(UserFacingError, match="holds no"):
        read_folder(tmp_path)


def test_grammar_check_prints_every_finding_and_exits_1(tmp_path: Path) -> None:
    for path, text in a_set(acts="acts:\n\taffirm: {}\n").items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    shown = CliRunner().invoke(grammar_command, ["check", str(tmp_path)])
    assert shown.exit_code == 1
    assert "acts.yaml:2:1: error:" in shown.stdout
    as_json = CliRunner().invoke(grammar_command, ["check", "--json", str(tmp_path)])
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout.splitlines()[0])["code"] == "yaml-tab"


def test_grammar_check_of_the_factory_set_exits_0() -> None:
    assert CliRunner().invoke(grammar_command, ["check", str(ROOT / "grammars" / "zh-CN")]).exit_code == 0


def test_understand_refuses_unknown_states_and_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    class NothingTrained:
        bundle, _ = Bundle.from_sources(read_folder(ROOT / "grammars" / "zh-CN"))

    monkeypatch.setattr("voicebot.cli.understand.reader_from_files", lambda _settings: NothingTrained)
    runner = CliRunner()
    assert runner.invoke(understand_command, ["--state", "nonsense"]).exit_code == 2
    assert runner.invoke(understand_command, ["--now", "yesterday"]).exit_code == 2
