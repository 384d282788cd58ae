"""From a studio voice to a caller's: another throat, a room, noise, a telephone, lost frames."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import soundfile
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from voicebot.audio import mulaw
from voicebot.audio.resample import resample

Sound = npt.NDArray[np.float32]
"""Mono, full scale 1.0, shape (n,)."""
Dice = np.random.Generator

SOURCE_RATE_HZ = 24_000
WIDE_RATE_HZ = 16_000
TELEPHONE_RATE_HZ = 8_000
_FRAME_SECONDS = 0.02


def as_called(
    speech: npt.NDArray[np.int16], others: Sequence[npt.NDArray[np.int16]], dice: Dice
) -> tuple[npt.NDArray[np.int16], int]:
    """One caller's version of ``speech`` (24 kHz): what arrives, and its sample rate.

    ``others``: further utterances, for babble behind the caller.
    """
    sound = speech.astype(np.float32) / 32768
    if dice.random() < 0.7:
        sound = _other_throat(sound, float(dice.uniform(0.86, 1.18)))
    sound = np.concatenate([_silence(dice, 0.5), sound, _silence(dice, 0.9)])
    if dice.random() < 0.4:
        sound = _room(sound, dice)
    if dice.random() < 0.6:
        sound = _coloured(sound, dice)
    sound = sound / max(1e-4, _speech_rms(sound)) * 0.1
    if dice.random() < 0.65:
        behind = noise(len(sound), others, dice)
        snr_db = float(dice.uniform(3, 28))
        sound = sound + behind * (0.1 / 10 ** (snr_db / 20) / max(1e-6, _rms(behind)))
    return carried(sound, dice)


def noise_alone(seconds: float, dice: Dice) -> tuple[npt.NDArray[np.int16], int]:
    """A clip in which nobody says anything."""
    sound = noise(int(seconds * SOURCE_RATE_HZ), (), dice)
    sound = sound * _envelope(len(sound), dice)
    return carried(sound / max(1e-6, _rms(sound)) * 0.1, dice)


def carried(sound: Sound, dice: Dice) -> tuple[npt.NDArray[np.int16], int]:
    """Over one of the ways a call comes: mu-law, GSM, or wideband; at some level, sometimes with losses."""
    gain = 10 ** (float(dice.uniform(-35, -10)) / 20) / 0.1
    if dice.random() < 0.08:
        gain = 10 ** (float(dice.uniform(-6, 4)) / 20) / 0.1  # clips
    pcm = np.clip(sound * gain, -1, 1)
    way = dice.random()
    if way < 0.15:
        return _losses(resample(_int16(pcm), SOURCE_RATE_HZ, WIDE_RATE_HZ), WIDE_RATE_HZ, dice), WIDE_RATE_HZ
    narrow = resample(_int16(pcm), SOURCE_RATE_HZ, TELEPHONE_RATE_HZ)
    if dice.random() < 0.5:
        band = butter(
            2,
            [float(dice.uniform(150, 350)), float(dice.uniform(3000, 3700))],
            "bandpass",
            fs=TELEPHONE_RATE_HZ,
            output="sos",
        )
        narrow = _int16(sosfilt(band, narrow / 32768.0))
    if way < 0.4:
        narrow = _gsm(narrow)
    narrow = mulaw.decode(mulaw.encode(narrow))
    return _losses(narrow, TELEPHONE_RATE_HZ, dice), TELEPHONE_RATE_HZ


def noise(samples: int, others: Sequence[npt.NDArray[np.int16]], dice: Dice) -> Sound:
    """Noise of one kind or two at 24 kHz, at no particular level."""
    kinds = [_white, _pink, _brown, _hum, _clicks, _tones, _gusts]
    made = sum(
        (
            _unit(kinds[int(dice.integers(len(kinds)))](samples, dice))
            for _ in range(int(dice.integers(1, 3)))
        ),
        np.zeros(samples, np.float32),
    )
    if others and dice.random() < 0.35:
        made = made * 0.2 + _unit(_babble(samples, others, dice))
    return made.astype(np.float32)


def _other_throat(sound: Sound, factor: float) -> Sound:
    """Higher and faster, or lower and slower, as a tape does it: pitch and formants move together."""
    places = np.arange(0, len(sound) - 1, factor)
    smooth = lfilter([0.25, 0.5, 0.25], [1.0], sound) if factor > 1 else sound
    return np.interp(places, np.arange(len(sound)), smooth).astype(np.float32)


def _room(sound: Sound, dice: Dice) -> Sound:
    seconds = float(dice.uniform(0.05, 0.35))
    length = int(seconds * SOURCE_RATE_HZ)
    tail = dice.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
    tail *= float(dice.uniform(0.1, 0.6)) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return fftconvolve(sound, tail)[: len(sound)].astype(np.float32)


def _coloured(sound: Sound, dice: Dice) -> Sound:
    """A microphone's frequency response: a few random bumps of up to 8 dB."""
    spectrum = np.fft.rfft(sound)
    octaves = np.linspace(0, 1, len(spectrum)) ** 0.5
    gains_db = np.interp(octaves, np.linspace(0, 1, 7), dice.uniform(-8, 8, 7))
    return np.fft.irfft(spectrum * 10 ** (gains_db / 20), len(sound)).astype(np.float32)


def _gsm(narrow: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    coded = io.BytesIO()
    soundfile.write(coded, narrow, TELEPHONE_RATE_HZ, format="WAV", subtype="GSM610")
    coded.seek(0)
    decoded, _ = soundfile.read(coded, dtype="int16")
    return np.asarray(decoded[: len(narrow)], np.int16)


def _losses(pcm: npt.NDArray[np.int16], rate_hz: int, dice: Dice) -> npt.NDArray[np.int16]:
    if dice.random() > 0.2:
        return pcm
    width = int(rate_hz * _FRAME_SECONDS)
    kept = pcm.copy()
    share = float(dice.uniform(0.005, 0.04))
    for begin in range(0, len(kept), width):
        if dice.random() < share:
            kept[begin : begin + width * int(dice.integers(1, 3))] = 0
    return kept


def _silence(dice: Dice, at_most_seconds: float) -> Sound:
    return np.zeros(int(dice.uniform(0, at_most_seconds) * SOURCE_RATE_HZ), np.float32)


def _white(samples: int, dice: Dice) -> Sound:
    return dice.standard_normal(samples).astype(np.float32)


def _sloped(samples: int, dice: Dice, power: float) -> Sound:
    spectrum = np.fft.rfft(dice.standard_normal(samples))
    spectrum /= np.maximum(1, np.arange(len(spectrum))) ** power
    return np.fft.irfft(spectrum, samples).astype(np.float32)


def _pink(samples: int, dice: Dice) -> Sound:
    return _sloped(samples, dice, 0.5)


def _brown(samples: int, dice: Dice) -> Sound:
    return _sloped(samples, dice, 1.0)


def _hum(samples: int, dice: Dice) -> Sound:
    """A motor: harmonics of a low tone that wavers."""
    base = float(dice.uniform(45, 220))
    phase = 2 * np.pi * np.cumsum(base * (1 + 0.02 * _slow(samples, dice))) / SOURCE_RATE_HZ
    parts = [float(dice.uniform(0.1, 1)) / order * np.sin(order * phase) for order in range(1, 12)]
    return np.sum(parts, axis=0).astype(np.float32)


def _clicks(samples: int, dice: Dice) -> Sound:
    """Knocks, ticks and crackling."""
    sound = np.zeros(samples, np.float32)
    for at in dice.integers(0, samples, int(dice.integers(1, 4 + samples // 2000))):
        length = int(dice.uniform(0.002, 0.06) * SOURCE_RATE_HZ)
        knock = dice.standard_normal(length) * np.exp(-6 * np.arange(length) / length) * dice.uniform(0.1, 1)
        end = min(samples, at + length)
        sound[at:end] += knock[: end - at]
    return sound + 1e-4 * dice.standard_normal(samples).astype(np.float32)


def _tones(samples: int, dice: Dice) -> Sound:
    """Beeps, whistles and cries: harmonic tones that glide and stop."""
    sound = np.zeros(samples, np.float32)
    for _ in range(int(dice.integers(1, 6))):
        length = min(samples, int(dice.uniform(0.05, 0.9) * SOURCE_RATE_HZ))
        at = int(dice.integers(0, samples - length + 1))
        glide = np.linspace(float(dice.uniform(200, 2400)), float(dice.uniform(200, 2400)), length)
        glide = glide * (
            1 + 0.03 * np.sin(2 * np.pi * dice.uniform(3, 9) * np.arange(length) / SOURCE_RATE_HZ)
        )
        phase = 2 * np.pi * np.cumsum(glide) / SOURCE_RATE_HZ
        orders = range(1, int(dice.integers(2, 8)))
        sound[at : at + length] += np.sum([np.sin(o * phase) / o for o in orders], axis=0) * np.hanning(
            length
        )
    return sound + 1e-4 * dice.standard_normal(samples).astype(np.float32)


def _gusts(samples: int, dice: Dice) -> Sound:
    """Wind, breath and traffic: filtered noise that swells."""
    low = float(dice.uniform(60, 1500))
    band = butter(2, [low, low * float(dice.uniform(2, 6))], "bandpass", fs=SOURCE_RATE_HZ, output="sos")
    return (sosfilt(band, dice.standard_normal(samples)) * (0.05 + np.abs(_slow(samples, dice)))).astype(
        np.float32
    )


def _babble(samples: int, others: Sequence[npt.NDArray[np.int16]], dice: Dice) -> Sound:
    sound = np.zeros(samples, np.float32)
    for index in dice.integers(0, len(others), int(dice.integers(3, 7))):
        voice = np.resize(others[index].astype(np.float32), samples)
        sound += np.roll(voice, int(dice.integers(samples))) / max(1.0, float(_rms(voice)))
    return sound


def _slow(samples: int, dice: Dice) -> Sound:
    knots = dice.standard_normal(max(3, samples // (SOURCE_RATE_HZ // 6)))
    return np.interp(np.linspace(0, 1, samples), np.linspace(0, 1, len(knots)), knots).astype(np.float32)


def _envelope(samples: int, dice: Dice) -> Sound:
    if dice.random() < 0.4:
        return np.ones(samples, np.float32)
    return np.maximum(0.02, _slow(samples, dice)).astype(np.float32)


def _unit(sound: Sound) -> Sound:
    return sound / max(1e-6, _rms(sound))


def _rms(sound: Sound) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0


def _speech_rms(sound: Sound) -> float:
    width = int(_FRAME_SECONDS * SOURCE_RATE_HZ)
    frames = np.square(sound[: len(sound) // width * width]).reshape(-1, width).mean(axis=1)
    return float(np.sqrt(frames[frames >= frames.max() / 100].mean())) if frames.size else 0.0


def _int16(sound: npt.NDArray[np.floating]) -> npt.NDArray[np.int16]:
    return np.clip(np.rint(sound * 32767), -32768, 32767).astype(np.int16)
