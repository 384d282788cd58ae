"""`voicebot transcribe`: what the recogniser hears in WAV files, one JSON object a line."""

import json
import sys
from pathlib import Path

import click

from voicebot.asr.choice import choose
from voicebot.asr.engine import RecognitionEngine, RecognitionFailedError, Transcript, transcribe
from voicebot.asr.recording import TELEPHONE_RATE_HZ, over_the_telephone, read_recording
from voicebot.cli._progress import counted
from voicebot.grammar.bundle import Bundle
from voicebot.nlu.asking import expectation_for
from voicebot.nlu.expectation import OPEN, Expectation, Phrase
from voicebot.ops.errors import UserFacingError
from voicebot.settings import Settings, load_settings

_PHRASES_AT_MOST = 1_000
_DECIDED_BY_THE_SET = {"closed": "phrases", "digits": "digits"}


@click.command(name="transcribe")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--expect", "state", help="What was asked: order_tail, phone, confirm:refund.apply, menu, …")
@click.option(
    "--phrases",
    "phrases_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A closed set instead: one phrase a line, its other spoken forms after |.",
)
@click.option("--telephone", is_flag=True, help="Hear the files as over a telephone: 8 kHz, mu-law.")
@click.option("--engine", help="The recogniser; by default VOICEBOT_ASR.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line (also without this option).")
def command(
    files: tuple[Path, ...],
    state: str | None,
    phrases_file: Path | None,
    telephone: bool,
    engine: str | None,
    as_json: bool,  # noqa: ARG001  the output is JSON anyway
) -> None:
    """Write down what is said in each of FILES (WAV, 16 bit).

    `text` is empty when nothing was said, or nothing of what was expected.

    \b
    Example:
      voicebot transcribe call.wav --telephone
      voicebot transcribe answer.wav --expect confirm:refund.apply
    """  # noqa: D301 - click reads this backspace
    if state and phrases_file:
        raise click.UsageError("--expect and --phrases exclude each other.")
    settings = load_settings(**({"asr": engine} if engine else {}))
    expect = _expectation(settings, state, phrases_file)
    recogniser = choose(settings)
    try:
        # at a terminal the lines themselves show how far it is
        for file in files if sys.stdout.isatty() else counted(files, "listening"):
            click.echo(json.dumps(_line(recogniser, file, expect, telephone=telephone), ensure_ascii=False))
    finally:
        recogniser.close()


def _expectation(settings: Settings, state: str | None, phrases_file: Path | None) -> Expectation:
    if phrases_file:
        return phrases_in(phrases_file)
    if state is None:
        return OPEN
    folder = settings.grammars_dir / settings.locale
    bundle = _bundle(folder)
    spec = bundle.state(state)
    known = state in bundle.states or (state.startswith("confirm:") and state != "confirm:")
    if not known:
        states = ", ".join(sorted(bundle.states))
        raise UserFacingError(
            f"No question is called {state!r}.", f"Known: {states}, confirm:<intent or slot>."
        )
    if spec.kind == "closed" and not spec.answers:
        raise UserFacingError(
            f"What may be said to {state!r} depends on the call.",
            "Give the offered names with --phrases FILE.",
        )
    return expectation_for(bundle, state, strict=state.startswith("confirm:"))


def _bundle(folder: Path) -> Bundle:
    sources = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.yaml"))
    }
    bundle, diagnostics = Bundle.from_sources(sources)
    if bundle is None:
        raise UserFacingError(
            f"The grammar in {folder} has {len(diagnostics)} findings, so no question can be expected.",
            "See them with: voicebot grammar check",
        )
    return bundle


def phrases_in(file: Path) -> Expectation:
    """The closed set written in ``file``; each line's first form stands for its meaning."""
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    phrases = tuple(
        Phrase(key=forms[0], says=tuple(forms))
        for line in lines
        if (forms := [form.strip() for form in line.split("|") if form.strip()])
    )
    if not phrases or len(phrases) > _PHRASES_AT_MOST:
        raise UserFacingError(
            f"{file} holds {len(phrases)} phrases.", f"Write 1 to {_PHRASES_AT_MOST}, one a line."
        )
    return Expectation(kind="closed", phrases=phrases)


def _line(
    recogniser: RecognitionEngine, file: Path, expect: Expectation, *, telephone: bool
) -> dict[str, object]:
    samples, rate_hz = read_recording(file)
    if telephone:
        samples, rate_hz = over_the_telephone(samples, rate_hz), TELEPHONE_RATE_HZ
    try:
        transcript = transcribe(recogniser, samples, rate_hz, expect)
    except RecognitionFailedError as error:
        raise UserFacingError(f"{file}: {error}", "Another --engine may hear it.") from error
    return _as_printed(file, transcript, expect)


def _as_printed(file: Path, transcript: Transcript, expect: Expectation) -> dict[str, object]:
    wanted = _DECIDED_BY_THE_SET.get(expect.kind)
    heard = transcript.alternatives if wanted in (None, transcript.decided_by) else ()
    return {
        "file": str(file),
        "text": heard[0].text if heard else "",
        "confidence": round(heard[0].confidence, 3) if heard else 0.0,
        "alternatives": [{"text": one.text, "confidence": round(one.confidence, 3)} for one in heard],
        "audio_seconds": round(transcript.audio_seconds, 3),
        "compute_seconds": round(transcript.compute_seconds, 3),
    }
