"""G.711 mu-law, against its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.audio import mulaw

samples_of_16_bits = st.lists(st.integers(-32768, 32767), max_size=400)


@given(coded=st.binary(max_size=400))
def test_every_byte_survives_decoding_and_encoding_except_negative_zero(coded: bytes) -> None:
    assert mulaw.encode(mulaw.decode(coded)) == coded.replace(b"\x7f", b"\xff")


@given(values=samples_of_16_bits)
def test_the_error_is_at_most_half_a_step_of_the_segment(values: list[int]) -> None:
    samples = np.array(values, dtype=np.int16)
    error = np.abs(mulaw.decode(mulaw.encode(samples)).astype(int) - samples.astype(int))
    clipped = np.minimum(np.abs(samples.astype(int)), 32635)
    half_step = 2.0 ** (np.floor(np.log2(clipped + 132)) - 7 + 2)
    over = np.abs(samples.astype(int)) - clipped
    assert (error <= half_step + over).all()


@given(values=samples_of_16_bits)
def test_one_byte_a_sample_and_louder_stays_louder(values: list[int]) -> None:
    samples = np.array(sorted(values), dtype=np.int16)
    assert len(mulaw.encode(samples)) == samples.size
    assert (np.diff(mulaw.decode(mulaw.encode(samples)).astype(int)) >= 0).all()


@pytest.mark.parametrize(
    ("byte", "value"),
    [(0xFF, 0), (0x7F, 0), (0x80, 32124), (0x00, -32124), (0xFE, 8), (0x7E, -8), (0xEF, 132), (0xF0, 120)],
)
def test_the_values_of_the_recommendation(byte: int, value: int) -> None:
    assert mulaw.decode(bytes([byte])).tolist() == [value]


def test_silence_is_zero_both_ways() -> None:
    assert mulaw.decode(bytes([mulaw.SILENCE]) * 3).tolist() == [0, 0, 0]
    assert mulaw.encode(np.zeros(3, dtype=np.int16)) == bytes([mulaw.SILENCE]) * 3


def test_a_slice_with_a_stride_is_encoded_as_its_copy() -> None:
    samples = np.arange(-800, 800, dtype=np.int16)
    assert mulaw.encode(samples[::2]) == mulaw.encode(samples[::2].copy())
