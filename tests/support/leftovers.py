"""What a call may leave behind: nothing. Threads, open files and the objects of its machinery are counted."""

from __future__ import annotations

import gc
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voicebot.call.hearing import Hearing
from voicebot.call.session import CallSession
from voicebot.dialogue.conversation import Conversation
from voicebot.runtime.archive import CallFile
from voicebot.runtime.driver import CallDriver
from voicebot.runtime.mailbox import Mailbox
from voicebot.runtime.performer import Performer
from voicebot.runtime.recorder import Recorder

PARTS_OF_A_CALL = (
    CallDriver, CallFile, CallSession, Conversation, Hearing, Mailbox, Performer, Recorder,
)  # fmt: skip


def open_files() -> Counter[str]:
    """What this process holds open, by name."""
    names: Counter[str] = Counter()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            names[str(descriptor.readlink())] += 1
        except OSError:  # the one that lists the folder
            continue
    return names


def parts_alive() -> Counter[str]:
    """How many of a call's parts somebody still holds."""
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, PARTS_OF_A_CALL))


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """Fails when a thread, an open file or a part of a call is there afterwards that was not before."""
    parts, files, threads = parts_alive(), open_files(), set(threading.enumerate())
    yield
    assert parts_alive() - parts == Counter()
    assert set(threading.enumerate()) - threads == set()
    assert open_files() - files == Counter()
