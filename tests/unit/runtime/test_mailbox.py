"""The mailbox of a call: order, and moments from which items count as there."""

from __future__ import annotations

import threading

from tests.support.lines import Clock
from voicebot.runtime.mailbox import Mailbox


def test_items_come_out_once_in_the_order_in_which_they_came() -> None:
    mailbox: Mailbox[str] = Mailbox()
    for item in "cab":
        mailbox.post(item)
    assert mailbox.drain(0.0) == ["c", "a", "b"]
    assert mailbox.drain(0.0) == []


def test_an_item_is_there_from_its_stamp_on() -> None:
    done_at = Clock(1.5)
    mailbox: Mailbox[str] = Mailbox(done_at)
    mailbox.post("late")
    done_at.now = 0.5
    mailbox.post("early")
    assert mailbox.drain(0.4) == []
    assert mailbox.drain(1.0) == ["early"]
    assert mailbox.drain(1.5) == ["late"]


def test_items_that_cannot_be_compared_keep_their_order_at_the_same_moment() -> None:
    mailbox: Mailbox[object] = Mailbox(lambda: 1.0)
    items = [object() for _ in range(5)]
    for item in items:
        mailbox.post(item)
    assert mailbox.drain(1.0) == items


def test_nothing_is_lost_between_threads() -> None:
    mailbox: Mailbox[tuple[int, int]] = Mailbox()

    def post(sender: int) -> None:
        for number in range(200):
            mailbox.post((sender, number))

    senders = [threading.Thread(target=post, args=(sender,)) for sender in range(4)]
    for thread in senders:
        thread.start()
    taken: list[tuple[int, int]] = []
    for thread in senders:
        taken += mailbox.drain(0.0)
        thread.join(10)
    taken += mailbox.drain(0.0)
    assert len(taken) == 800
    for sender in range(4):
        assert [number for who, number in taken if who == sender] == list(range(200))
