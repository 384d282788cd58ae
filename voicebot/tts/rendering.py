"""Rendering prompts ahead: which texts are needed, and making the clips that are missing."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from voicebot.tts.choice import open_engine
from voicebot.tts.clip import clip_key, clip_of
from voicebot.tts.engine import VoiceEngine
from voicebot.tts.prompts import Prompt, PromptStore
from voicebot.tts.speakers import inventory
from voicebot.tts.spoken_text import is_speakable, normalised, without_leading_marks

NICENESS = 10
_SAVED_EVERY = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a process needs to open an engine of its own (`voicebot.tts.choice.open_engine`)."""

    engine: str
    models_dir: Path
    voice: str


def texts_to_render(clauses: Iterable[str], names: Iterable[str]) -> list[str]:
    """Every text that has to be there: fixed clauses, names, and the units of typed values; each once."""
    wanted: dict[str, None] = {}
    for text in (*clauses, *names, *inventory()):
        bare = normalised(without_leading_marks(text)[1])
        if is_speakable(bare):
            wanted[bare] = None
    return list(wanted)


def missing(store: PromptStore, texts: Iterable[str], engine: str, speed: float = 1.0) -> list[str]:
    """Those texts that this engine (with version and voice) has not rendered yet."""
    present = {prompt.key for prompt in store.prompts()}
    return [text for text in texts if clip_key(engine, speed, text) not in present]


def orphaned(store: PromptStore, texts: Iterable[str], engine: str | None = None) -> list[Prompt]:
    """Prompts whose text is no longer said, or that another version of the engine made (recordings stay)."""
    said = {normalised(text) for text in texts}
    return [
        prompt
        for prompt in store.prompts()
        if prompt.text not in said or (engine is not None and prompt.engine not in (engine, "recorded"))
    ]


def render(
    store: PromptStore,
    texts: list[str],
    engine: VoiceEngine,
    *,
    speed: float = 1.0,
    rendered: Callable[[Prompt], object] = lambda _: None,
) -> None:
    """Render and keep the texts one by one; saves every now and then, and at an interruption."""
    _keep(
        store, ((text, clip_of(engine.render(text, speed))) for text in texts), engine.name, speed, rendered
    )


def render_in_processes(
    store: PromptStore,
    texts: list[str],
    source: Source,
    *,
    jobs: int,
    speed: float = 1.0,
    rendered: Callable[[Prompt], object] = lambda _: None,
) -> None:
    """The same in `jobs` niced processes, each with an engine of its own (400 MB each)."""
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        jobs, mp_context=spawned, initializer=_open_in_process, initargs=(source,)
    ) as pool:
        clips = pool.map(_render_in_process, texts, [speed] * len(texts))
        name = pool.submit(_name_in_process).result()
        _keep(store, zip(texts, clips, strict=True), name, speed, rendered)


def _keep(
    store: PromptStore,
    clips: Iterator[tuple[str, bytes]],
    engine: str,
    speed: float,
    rendered: Callable[[Prompt], object],
) -> None:
    try:
        for count, (text, clip) in enumerate(clips, 1):
            rendered(store.add(text, clip, engine=engine, speed=speed))
            if count % _SAVED_EVERY == 0:
                store.save()
    finally:
        store.save()


_process_engine: list[VoiceEngine] = []


def _open_in_process(source: Source) -> None:
    os.nice(NICENESS)
    _process_engine.append(open_engine(source.engine, models_dir=source.models_dir, voice=source.voice))


def _render_in_process(text: str, speed: float) -> bytes:
    return clip_of(_process_engine[0].render(text, speed))


def _name_in_process() -> str:
    return _process_engine[0].name
