"""`voicebot demo`: a simulated caller phones the real server; the conversation is printed as it happens."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from voicebot.demonstration.call import Demonstration, Outcome
from voicebot.settings import load_settings
from voicebot.simulator.latency import percentile

_STYLES = {
    "line": ("  line ", "cyan"),
    "heard": ("caller ", "bold yellow"),
    "understood": ("     = ", "green"),
    "did": ("     · ", "dim"),
    "time": ("     ⏱ ", "magenta"),
}


@click.command(name="demo")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object instead.")
def command(as_json: bool) -> None:
    """Start the real server on a free port and phone it: where is my parcel, take back the jacket, a human.

    Exit status 0 only when the refund exists exactly once, the transfer carries the order and the replay of
    the call's log is identical.

    \b
    Example:
      voicebot demo
    """  # noqa: D301 - click reads this backspace
    console = Console(quiet=as_json, highlight=False, soft_wrap=True)

    def show(kind: str, text: str) -> None:
        label, style = _STYLES[kind]
        console.print(Text(label, style="dim") + Text(text, style=style))

    outcome = Demonstration(load_settings(), lambda step: console.print(f"[dim]… {step}[/dim]"), show).run()
    failures = outcome.failures()
    if as_json:
        click.echo(json.dumps(_as_json(outcome, failures), ensure_ascii=False))
    else:
        _print(console, outcome, failures)
    if failures:
        raise SystemExit(1)


def _print(console: Console, outcome: Outcome, failures: list[str]) -> None:
    console.print()
    for unmet in outcome.unmet:
        said = " / ".join(unmet.said)
        console.print(f"[red]step {unmet.step_no} expected {unmet.expected}[/red], the line said: {said}")
    rows = Table(title="rows written", title_justify="left")
    for name in ("table", "number", "order", "state", "what"):
        rows.add_column(name)
    for refund in outcome.refunds:
        what = f"{refund.reason}, {refund.refund_type}, ¥{refund.amount_fen / 100:.2f}"
        rows.add_row("refunds", refund.refund_no, refund.order.order_no, refund.state, what)
    ticket = outcome.ticket
    if ticket is not None:
        rows.add_row("tickets", ticket.ticket_no, ticket.order_no, ticket.state, ticket.reason)
    console.print(rows)
    if ticket is not None:
        console.print(f"transfer to {outcome.record.transferred_to}, with this story:")
        for line in ticket.summary:
            console.print(f"  {line}")
    _print_figures(console, outcome)
    for recording in outcome.recordings:
        console.print(f"recording: {recording}")
    if outcome.replayed is not None:
        same = "identical" if outcome.replayed.difference is None else "DIFFERENT"
        console.print(
            f"replay of call {outcome.call_id}: {outcome.replayed.events} events, "
            f"{outcome.replayed.actions} actions, {same}"
        )
    for failure in failures:
        console.print(f"[bold red]failed:[/bold red] {failure}")
    if not failures:
        console.print(
            "[bold green]done:[/bold green] one refund, the transfer carries the order, the replay matches"
        )


def _print_figures(console: Console, outcome: Outcome) -> None:
    latency = outcome.latency
    answers = [turn.response_seconds for turn in latency.turns if turn.response_seconds is not None]
    p50, p95 = percentile(answers, 0.5), percentile(answers, 0.95)
    if latency.greeting_seconds is not None and p50 is not None and p95 is not None:
        console.print(
            f"answers: {len(answers)}, p50 {p50:.2f} s, p95 {p95:.2f} s; "
            f"greeting {latency.greeting_seconds:.2f} s; under-runs {len(latency.underruns_seconds)}"
        )


def _as_json(outcome: Outcome, failures: list[str]) -> dict[str, object]:
    answers = [turn.response_seconds for turn in outcome.latency.turns if turn.response_seconds is not None]
    return {
        "call_id": outcome.call_id,
        "refunds": [refund.refund_no for refund in outcome.refunds],
        "ticket": outcome.ticket.ticket_no if outcome.ticket else None,
        "summary": list(outcome.ticket.summary) if outcome.ticket else [],
        "replay_identical": outcome.replayed is not None and outcome.replayed.difference is None,
        "answer_seconds": [round(answer, 3) for answer in answers],
        "greeting_seconds": outcome.latency.greeting_seconds,
        "recordings": [str(path) for path in outcome.recordings],
        "unmet": [unmet.expected for unmet in outcome.unmet],
        "failures": failures,
    }
