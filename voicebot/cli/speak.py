"""`voicebot speak`: say a text with one of the voices, into a WAV file."""

import json
import time
import wave
from pathlib import Path

import click

from voicebot.audio import mulaw
from voicebot.audio.framing import SAMPLE_RATE_HZ
from voicebot.cli._progress import working
from voicebot.ops.errors import UserFacingError
from voicebot.settings import load_settings
from voicebot.tts.choice import open_engine
from voicebot.tts.clip import clip_of
from voicebot.tts.engine import Speech, VoiceFailedError


@click.command(name="speak")
@click.argument("text")
@click.option("--voice", help="The voice; by default VOICEBOT_VOICE.")
@click.option("--engine", help="kokoro, espeak or another one installed; by default VOICEBOT_TTS.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("speech.wav"),
    show_default=True,
    help="The WAV file to write.",
)
@click.option("--speed", type=click.FloatRange(0.5, 2.0), default=1.0, show_default=True)
@click.option("--telephone", is_flag=True, help="As the caller hears it: 8 kHz, through mu-law.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    text: str, voice: str | None, engine: str | None, out: Path, speed: float, telephone: bool, as_json: bool
) -> None:
    """Say TEXT (Chinese, numbers in words) and write it to a WAV file.

    \b
    Example:
      voicebot speak 您好，请问有什么可以帮您？ --telephone --out greeting.wav
    """  # noqa: D301 - click reads this backspace
    settings = load_settings()
    try:
        opened = open_engine(
            engine or settings.tts, models_dir=settings.models_dir, voice=voice or settings.voice
        )
        try:
            began = time.perf_counter()
            with working("rendering"):
                speech = opened.render(text, speed)
            compute_seconds = time.perf_counter() - began
        finally:
            opened.close()
        heard = _over_the_telephone(speech) if telephone else speech
    except VoiceFailedError as error:
        raise UserFacingError(
            f"the voice could not say it: {error}", "Another --voice or --engine may."
        ) from error
    _write_wave(out, heard)
    if as_json:
        result = {
            "file": str(out),
            "engine": opened.name,
            "sample_rate_hz": heard.sample_rate_hz,
            "seconds": round(heard.seconds, 3),
            "compute_seconds": round(compute_seconds, 3),
        }
        click.echo(json.dumps(result, ensure_ascii=False))
    else:
        click.echo(
            f"{out}: {heard.seconds:.2f} s by {opened.name}, rendered in {compute_seconds:.2f} s", err=True
        )


def _over_the_telephone(speech: Speech) -> Speech:
    return Speech(samples=mulaw.decode(clip_of(speech)), sample_rate_hz=SAMPLE_RATE_HZ)


def _write_wave(path: Path, speech: Speech) -> None:
    try:
        with path.open("wb") as opened, wave.open(opened) as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(speech.sample_rate_hz)
            file.writeframes(speech.samples.astype("<i2").tobytes())
    except OSError as error:
        raise UserFacingError(
            f"{path} cannot be written: {error.strerror}", "Name another file with --out."
        ) from error
