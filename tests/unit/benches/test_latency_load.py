"""Many calls at once: what happened while all were on the line counts, and no caller is another."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import click
import pytest
from sqlalchemy import select

from voicebot.benches import latency_server
from voicebot.benches.latency_callers import THINKING_SECONDS, own_callers
from voicebot.benches.latency_load_figures import HeldCall, LoadFigures, Moment, load_figures
from voicebot.benches.latency_run import chosen
from voicebot.benches.latency_server import ServerFigures, figures_of
from voicebot.call.log import Entry
from voicebot.cli.bench_latency import _rungs
from voicebot.shop.demo.seed import seed_shop
from voicebot.simulator.recording import TimelineEvent
from voicebot.storage.database import Database
from voicebot.storage.tables import Customer, Order

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 12, tzinfo=ZONE)


def a_moment(
    at_seconds: float, *, line: float = 0.0, callers: float = 0.0, machine: float | None = None
) -> Moment:
    return Moment(
        at_seconds=at_seconds,
        server=ServerFigures(
            cpu_seconds=line,
            recognition_seconds=line / 2,
            final_waits=at_seconds / 10,
            final_wait_seconds=at_seconds / 100,
        ),
        callers_cpu_seconds=callers,
        machine_busy_seconds=machine,
    )


def a_call(began_seconds: float, *answered: tuple[float, float], seconds: float = 60.0) -> HeldCall:
    """A call whose caller fell silent at the first of each pair, and heard an answer at the second."""
    events = [TimelineEvent(at_seconds=0.1, event="bot_began")]
    for number, (ended, heard) in enumerate(answered):
        events += [
            TimelineEvent(at_seconds=ended - 1, event="caller_speech_began"),
            TimelineEvent(at_seconds=ended, event="caller_speech_ended", detail={"text": f"句{number}"}),
            TimelineEvent(at_seconds=heard, event="bot_began"),
            TimelineEvent(at_seconds=heard + 0.5, event="underrun", detail={"seconds": 0.02}),
        ]
    entries = [
        Entry(seq=number, at_seconds=heard, kind="event", type="TranscriptReady", body={})
        for number, (_, heard) in enumerate(answered)
    ]
    return HeldCall(
        name="一",
        began_seconds=began_seconds,
        ended_seconds=began_seconds + seconds,
        entries=entries,
        events=events,
    )


def the_figures(*calls: HeldCall, first: Moment, last: Moment) -> LoadFigures:
    return load_figures(2, calls, failed=[], first=first, last=last, late_seconds=[0.001])


def test_only_what_was_said_while_all_were_on_the_line_counts() -> None:
    early, late = a_call(0.0, (5.0, 9.0), (20.0, 20.7)), a_call(12.0, (10.0, 11.0), (50.0, 59.0))
    figures = the_figures(early, late, first=a_moment(12.0), last=a_moment(60.0))
    assert figures.response.count == 2
    assert (figures.response.p50, figures.response.p95) == (0.7, 1.0)
    assert figures.underruns == 2
    assert figures.greeting.count == 2
    assert figures.recognitions_an_answer == 1.0
    assert figures.call_minutes == pytest.approx(96 / 60, abs=0.01)


def test_computing_is_shared_out_over_the_minutes_of_the_calls() -> None:
    first = a_moment(10.0, line=100.0, callers=50.0, machine=500.0)
    last = a_moment(40.0, line=104.0, callers=51.0, machine=520.0)
    figures = the_figures(a_call(0.0), a_call(5.0), first=first, last=last)
    assert figures.line_cpu_seconds == pytest.approx(4.0)
    assert figures.callers_cpu_seconds == pytest.approx(1.0)
    assert figures.recognition_cores == pytest.approx(2 / 30, abs=0.001)
    assert figures.elsewhere_cores == pytest.approx(15 / 30)
    assert figures.final_wait_seconds == pytest.approx(0.1)


def test_where_nothing_was_said_there_are_no_figures_and_no_error() -> None:
    figures = the_figures(first=a_moment(10.0), last=a_moment(10.0))
    assert figures.response.p95 is None
    assert figures.elsewhere_cores is None
    assert not any(isinstance(value, float) and math.isnan(value) for value in vars_of(figures))


def vars_of(figures: LoadFigures) -> list[object]:
    return [getattr(figures, name) for name in LoadFigures.__slots__]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    database.upgrade()
    seed_shop(database, NOW, ZONE)
    yield database
    database.close()


def test_no_two_callers_share_an_order_and_strangers_stay_strangers(shop: Database) -> None:
    models = chosen(8)
    callers = own_callers(models, shop, NOW, Random(1))
    numbers = [caller.from_number for caller in callers]
    assert len(set(numbers)) == 8
    with shop.reading() as session:
        for model, caller in zip(models, callers, strict=True):
            there = [
                session.scalar(select(Customer).where(Customer.phone == str(number)[3:]))
                for number in (model.from_number, caller.from_number)
            ]
            bought = [
                None
                if customer is None
                else sorted(
                    line.product.name
                    for order in session.scalars(select(Order).where(Order.customer_id == customer.id))
                    for line in order.lines
                )
                for customer in there
            ]
            assert bought[0] == bought[1]
    assert sum(number is not None and number.startswith("+86199") for number in numbers) == 2


def test_each_caller_thinks_in_a_way_of_their_own_and_the_same_in_each_run(shop: Database) -> None:
    pauses = [
        step.quiet_seconds for caller in own_callers(chosen(2), shop, NOW, Random(1)) for step in caller.steps
    ]
    assert len(set(pauses)) == len(pauses)
    assert all(THINKING_SECONDS[0] <= pause <= THINKING_SECONDS[1] for pause in pauses)


def test_the_server_s_figures_are_read_from_its_metrics() -> None:
    text = """
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 12.5
# TYPE voicebot_recognition_seconds histogram
voicebot_recognition_seconds_bucket{le="+Inf"} 4
voicebot_recognition_seconds_sum 1.5
voicebot_recognition_seconds_count 4
# TYPE voicebot_recognition_wait_seconds histogram
voicebot_recognition_wait_seconds_sum{priority="final"} 0.75
voicebot_recognition_wait_seconds_count{priority="final"} 3
voicebot_recognition_wait_seconds_sum{priority="speculative"} 9
voicebot_recognition_wait_seconds_count{priority="speculative"} 9
"""
    assert figures_of(text) == ServerFigures(
        cpu_seconds=12.5, recognition_seconds=1.5, final_waits=3, final_wait_seconds=0.75
    )


def test_how_busy_the_machine_is_counts_neither_idling_nor_waiting_for_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 10 50 9000 800 5 5 30 0 0\ncpu0 1 1 1 1\n")
    monkeypatch.setattr(latency_server, "_MACHINE", stat)
    monkeypatch.setattr(os, "sysconf", lambda _name: 100)
    assert latency_server.machine_busy_seconds() == 2.0
    monkeypatch.setattr(latency_server, "_MACHINE", tmp_path / "nothing")
    assert latency_server.machine_busy_seconds() is None


@pytest.mark.parametrize("wrong", ["0", "1,", "a", "1;2", "1,999"])
def test_a_ladder_is_a_list_of_numbers(wrong: str) -> None:
    context, option = click.Context(click.Command("latency")), click.Option(["--simultaneous"])
    assert _rungs(context, option, "1, 4,20") == (1, 4, 20)
    assert _rungs(context, option, None) == ()
    with pytest.raises(click.BadParameter, match="no list of numbers"):
        _rungs(context, option, wrong)
