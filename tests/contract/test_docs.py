"""The pages in docs/ and the READMEs name everything there is, and nothing that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import pytest

from voicebot.call.actions import Action
from voicebot.call.deadlines import Deadline
from voicebot.call.events import Event
from voicebot.cli import root
from voicebot.grammar.names import ACTS
from voicebot.ops.weights import open_store
from voicebot.settings import ENV_FILE_VARIABLE, Settings, variable_of
from voicebot.shop.demo.callers import CALLERS, STRANGER

ROOT = Path(__file__).parents[2]
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
READMES = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in ("README.md", "README.zh-CN.md", "CHANGELOG.md")
}
SOURCES = [
    path
    for pattern in ("voicebot/**/*.py", "tests/**/*.py", "grammars/**/*.yaml", "*.py", "models/manifest.yaml")
    for path in sorted(ROOT.glob(pattern))
]
FENCED = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)


def commands(group: click.Group = root, name: str = "voicebot") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its whole name."""
    context = click.Context(group)
    for sub in group.list_commands(context):
        found = group.get_command(context, sub)
        assert found is not None, f"{name} {sub}"
        if isinstance(found, click.Group):
            yield from commands(found, f"{name} {sub}")
        else:
            yield f"{name} {sub}", found


def prose(text: str) -> str:
    return FENCED.sub("", text)


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)


def anchor(heading: str) -> str:
    """As code hosts make it: lower case, marks dropped, spaces to hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def sections(page: str) -> dict[str, str]:
    return dict(re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", PAGES[page], re.MULTILINE | re.DOTALL))


def test_every_command_has_its_heading_and_no_heading_is_left_over() -> None:
    assert sorted(sections("cli.md")) == sorted(name for name, _ in commands())


@pytest.mark.parametrize(("name", "command"), [pytest.param(*found, id=found[0]) for found in commands()])
def test_every_command_shows_an_example_here_and_in_its_help(name: str, command: click.Command) -> None:
    assert re.search(rf"^```\n(?:.*\n)*?.*{name}\b", sections("cli.md")[name], re.MULTILINE)
    assert f"{name}" in (command.help or "").partition("Example")[2]


@pytest.mark.parametrize(("name", "command"), [pytest.param(*found, id=found[0]) for found in commands()])
def test_every_option_that_a_page_names_exists(name: str, command: click.Command) -> None:
    known = {"--help", *(option for parameter in command.params for option in parameter.opts)}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", sections("cli.md")[name])) <= known


def test_every_metric_is_documented_and_no_other() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "voicebot").rglob("*.py"))
    made = set(re.findall(r"(?:Counter|Gauge|Histogram|Summary)\(\s*\"(voicebot_\w+)\"", source))
    documented = set(re.findall(r"^\| `(voicebot_\w+)` \|", PAGES["operations.md"], re.MULTILINE))
    assert made
    assert documented == made


def test_every_event_action_deadline_and_act_is_on_the_architecture_page() -> None:
    page = PAGES["architecture.md"]
    names = [kind.__name__ for kind in (*get_args(Event), *get_args(Action))]
    missing = [name for name in (*names, *get_args(Deadline), *ACTS) if f"`{name}`" not in page]
    assert missing == []


def test_every_folder_of_the_house_that_holds_code_is_named() -> None:
    folders = [init.parent.name for init in (ROOT / "voicebot").glob("*/__init__.py")]
    holds_code = [name for name in folders if len(list((ROOT / "voicebot" / name).rglob("*.py"))) > 1]
    missing = [name for name in holds_code if f"`voicebot/{name}/`" not in PAGES["architecture.md"]]
    assert missing == []


def test_what_comments_refer_to_exists() -> None:
    lost = []
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        for page, heading in re.findall(r"docs/([\w-]+\.md)(?:,\s+\"([^\"]+)\")?", text):
            if page not in PAGES or (heading and heading not in headings(PAGES[page])):
                lost.append(f"{path.relative_to(ROOT)}: docs/{page} {heading}".rstrip())
    assert lost == []


@pytest.mark.parametrize("name", [*PAGES, *READMES])
def test_every_link_leads_somewhere(name: str) -> None:
    here = ROOT / ("docs" if name in PAGES else ".") / name
    lost = []
    for target in re.findall(r"\]\(([^)]+)\)", prose(here.read_text(encoding="utf-8"))):
        if "://" in target:
            continue
        path, _, place = target.partition("#")
        file = (here.parent / path).resolve() if path else here
        places = map(anchor, headings(file.read_text(encoding="utf-8"))) if place and file.exists() else ()
        if not file.exists() or (place and place not in places):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("name", [*PAGES, *READMES])
def test_settings_targets_and_commands_that_a_page_names_exist(name: str) -> None:
    text = {**PAGES, **READMES}[name]
    variables = {variable_of(field) for field in Settings.model_fields} | {ENV_FILE_VARIABLE}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    known = {part for whole, _ in commands() for part in _beginnings(whole)}
    assert set(re.findall(r"VOICEBOT_[A-Z]+(?:_[A-Z]+)*", text)) <= variables
    assert set(re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)$", text, re.MULTILINE)) <= {
        pair for target in targets for pair in ((target, ""), ("", target))
    }
    named = set(re.findall(r"(?:`|bin/|^)(voicebot [a-z]+)\b", text, re.MULTILINE))
    assert named <= known


def _beginnings(whole: str) -> list[str]:
    words = whole.split()
    return [" ".join(words[:count]) for count in range(1, len(words) + 1)]


def test_every_page_is_reached_from_both_readmes() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        assert set(re.findall(r"\]\(docs/([\w-]+\.md)", READMES[name])) == set(PAGES)


def test_every_model_is_named_with_its_licence() -> None:
    for name, model in open_store(ROOT / "models").manifest.models.items():
        assert re.search(rf"^\| {name} \| {re.escape(model.licence)}", PAGES["engines.md"], re.MULTILINE), (
            name
        )


def test_both_readmes_are_in_step() -> None:
    english, chinese = READMES["README.md"], READMES["README.zh-CN.md"]
    assert [found.count("\n") for found in FENCED.findall(english)] == [
        found.count("\n") for found in FENCED.findall(chinese)
    ]
    blocks = [[found[0] for found in FENCED.finditer(text)] for text in (english, chinese)]
    assert blocks[0] == blocks[1]
    levels = [re.findall(r"^(#+) ", prose(text), re.MULTILINE) for text in (english, chinese)]
    assert levels[0] == levels[1]
    links = [re.findall(r"\]\((docs/[^)]+|LICENSE)\)", text) for text in (english, chinese)]
    assert links[0] == links[1]
    assert [len(re.findall(r"^\|", text, re.MULTILINE)) for text in (english, chinese)] == [
        len(re.findall(r"^\|", english, re.MULTILINE))
    ] * 2


def test_the_numbers_to_call_from_are_those_of_the_demonstration_shop() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        listed = re.findall(r"^\| (\d{11}) \|", READMES[name], re.MULTILINE)
        assert listed == [*(caller.number for caller in CALLERS), STRANGER]
    for caller in CALLERS:
        assert f"| {caller.number} | {caller.can_try} |" in READMES["README.md"]


def test_the_changelog_begins_with_what_is_not_released() -> None:
    assert re.search(r"^## \[Unreleased\]\n\n### Added\n\n- ", READMES["CHANGELOG.md"], re.MULTILINE)
