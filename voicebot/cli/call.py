"""`voicebot call`: place one simulated call to a running server."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from voicebot.demonstration.caller_voice import CallerVoice
from voicebot.demonstration.placing import UNSIGNED, PlacedCall, needs_the_log, place
from voicebot.ops.errors import UserFacingError
from voicebot.settings import Settings, load_settings
from voicebot.simulator.latency import percentile
from voicebot.simulator.script import CallerScript, load_script
from voicebot.simulator.twilio import Account
from voicebot.storage.database import Database, DatabaseUnavailableError

_LABELS = {
    "line": "  line ",
    "heard": "caller ",
    "understood": "     = ",
    "did": "     · ",
    "time": "     ⏱ ",
}


@click.command(name="call")
@click.argument("script", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--server", default="http://127.0.0.1:8080", show_default=True, help="Where the server listens."
)
@click.option("--account-sid", help="By default VOICEBOT_TWILIO_ACCOUNT_SID.")
@click.option("--auth-token", help="Signs the webhooks; by default VOICEBOT_TWILIO_AUTH_TOKEN.")
@click.option("--from", "from_number", help="The calling number, instead of the script's.")
@click.option(
    "--audio-out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that gets the stereo recording and the timeline.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
def command(
    script: Path,
    server: str,
    account_sid: str | None,
    auth_token: str | None,
    from_number: str | None,
    audio_out: Path | None,
    as_json: bool,
) -> None:
    """Phone a running server as SCRIPT says, over real HTTP and WebSocket, and check what it answers.

    What the line says is read from the call's log: VOICEBOT_DATABASE_URL must name the server's database.
    Exit status 0 only when everything that the script expects was met.

    \b
    Example:
      voicebot call examples/callers/where-is-my-parcel.yaml
      voicebot call examples/callers/keypad-only.yaml --audio-out calls --json
    """  # noqa: D301 - click reads this backspace
    settings = load_settings()
    read = load_script(script)
    database = _database(settings, read)
    voice = CallerVoice(settings.var_dir / "caller-voice", settings.models_dir)
    console = Console(quiet=as_json, highlight=False, soft_wrap=True)

    def show(kind: str, text: str) -> None:
        console.print(Text(_LABELS[kind], style="dim") + Text(text))

    try:
        placed = place(
            read,
            server_url=server,
            public_url=settings.public_url,
            account=_account(settings, account_sid, auth_token),
            from_number=from_number,
            speak=voice,
            database=database,
            show=show,
            keep_in=audio_out,
        )
    finally:
        voice.close()
        if database is not None:
            database.close()
    if as_json:
        click.echo(json.dumps(as_dict(placed), ensure_ascii=False))
    else:
        _print(console, placed, settings)
    if placed.failures:
        raise SystemExit(1)


def _account(settings: Settings, account_sid: str | None, auth_token: str | None) -> Account:
    token = settings.twilio_auth_token
    return Account(
        account_sid=account_sid or settings.twilio_account_sid or UNSIGNED.account_sid,
        auth_token=auth_token or (UNSIGNED.auth_token if token is None else token.get_secret_value()),
    )


def _database(settings: Settings, script: CallerScript) -> Database | None:
    """The server's database, to read along; a script that expects nothing does without."""
    database = Database(settings.database_url)
    try:
        database.check()
    except DatabaseUnavailableError as error:
        database.close()
        if not needs_the_log(script):
            return None
        raise UserFacingError(
            f"{error.message} What this script expects of the line is read from the call's log there.",
            "Set VOICEBOT_DATABASE_URL to the database that the server uses.",
        ) from error
    return database


def as_dict(placed: PlacedCall) -> dict[str, object]:
    """The shape of ``voicebot call --json``."""
    record, latency = placed.record, placed.latency
    answers = _answers(placed)
    return {
        "call_sid": record.call_sid,
        "call_id": placed.call_id,
        "verbs": record.verbs,
        "carrier_said": record.said,
        "transferred_to": record.transferred_to,
        "agent_answered": record.agent_answered,
        "greeting_seconds": None if latency is None else latency.greeting_seconds,
        "answer_seconds": [round(answer, 3) for answer in answers],
        "p50_seconds": percentile(answers, 0.5),
        "p95_seconds": percentile(answers, 0.95),
        "yield_seconds": [] if latency is None else [round(one, 3) for one in latency.yield_seconds],
        "underruns": 0 if latency is None else len(latency.underruns_seconds),
        "unanswered": 0 if latency is None else latency.unanswered,
        "unmet": [
            {"step": unmet.step_no, "expected": unmet.expected, "said": list(unmet.said)}
            for unmet in placed.unmet
        ],
        "failures": placed.failures,
        "files": [str(path) for path in placed.files],
    }


def _answers(placed: PlacedCall) -> list[float]:
    turns = () if placed.latency is None else placed.latency.turns
    return [turn.response_seconds for turn in turns if turn.response_seconds is not None]


def _print(console: Console, placed: PlacedCall, settings: Settings) -> None:
    record, latency = placed.record, placed.latency
    for said in record.said:
        console.print(f"[dim]carrier[/dim] {said}")
    if latency is not None:
        console.print(_figures(placed))
    if record.transferred_to is not None:
        answered = "answered" if record.agent_answered else "not answered"
        console.print(f"transferred to {record.transferred_to}, {answered}")
    for path in placed.files:
        console.print(f"kept: {path}")
    if placed.call_id is not None:
        console.print(f"call {placed.call_id}: `voicebot replay {placed.call_id}` repeats it", style="dim")
    for unmet in placed.unmet:
        said = " / ".join(unmet.said) or "nothing"
        console.print(f"[red]step {unmet.step_no} expected {unmet.expected}[/red], the line said: {said}")
    for failure in placed.failures[len(placed.unmet) :]:
        console.print(f"[red]{failure}[/red]")
    if placed.unmet and record.streams and placed.call_id is None:
        address = Database(settings.database_url).address
        console.print(f"The call is not in {address}: is VOICEBOT_DATABASE_URL the server's database?")
    if not placed.failures:
        console.print("[green]done:[/green] nothing is unmet")


def _figures(placed: PlacedCall) -> str:
    """The timeline's figures, as docs/telephony.md defines them."""
    latency = placed.latency
    if latency is None:
        return "no stream was opened"
    answers = _answers(placed)
    p50, p95 = percentile(answers, 0.5), percentile(answers, 0.95)
    greeting = latency.greeting_seconds
    parts = [
        "no greeting" if greeting is None else f"greeting {greeting:.2f} s",
        f"answers: {len(answers)}"
        + ("" if p50 is None or p95 is None else f", p50 {p50:.2f} s, p95 {p95:.2f} s"),
        *(f"gave way in {seconds:.2f} s" for seconds in latency.yield_seconds),
        f"unanswered {latency.unanswered}",
        f"under-runs {len(latency.underruns_seconds)}",
    ]
    return "; ".join(parts)
