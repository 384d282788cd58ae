"""Opening the engine that is asked for."""

import logging
from pathlib import Path

import pytest

from voicebot.ops.errors import UserFacingError
from voicebot.ops.weights import DamagedWeightsError
from voicebot.tts.choice import installed, open_engine
from voicebot.tts.kokoro import KokoroEngine, KokoroModelError


def test_both_engines_are_installed():
    assert {"kokoro", "espeak"} <= set(installed())


def test_an_engine_that_is_not_installed_is_named_with_those_that_are(tmp_path: Path):
    with pytest.raises(UserFacingError, match="'bell'") as caught:
        open_engine("bell", models_dir=tmp_path)
    assert "kokoro" in caught.value.hint


def test_without_weights_auto_speaks_with_espeak_and_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING):
        engine = open_engine("auto", models_dir=tmp_path, voice="zf_xiaoyi")
    try:
        assert engine.name.startswith("espeak-ng")
    finally:
        engine.close()
    assert "speaking with espeak instead" in caplog.text


def test_without_weights_kokoro_names_the_file_and_the_remedy(tmp_path: Path):
    with pytest.raises(KokoroModelError, match=r"kokoro.*is missing") as caught:
        KokoroEngine.open(models_dir=tmp_path)
    assert "voicebot models fetch" in caught.value.hint


@pytest.mark.parametrize(("file", "content"), [("voices/zf_xiaoyi.bin", b"123"), ("vocab.json", b"{")])
def test_a_damaged_file_is_named_with_the_remedy(tmp_path: Path, file: str, content: bytes):
    folder = tmp_path / "kokoro"
    (folder / "voices").mkdir(parents=True)
    (folder / "voices" / "zf_xiaoyi.bin").write_bytes(bytes(1024))
    (folder / file).write_bytes(content)
    with pytest.raises(KokoroModelError, match=Path(file).name) as caught:
        KokoroEngine(folder)
    assert "voicebot models verify" in caught.value.hint


@pytest.mark.parametrize("engine", ["kokoro", "auto"])
def test_weights_with_a_wrong_hash_are_never_spoken_with(tmp_path: Path, engine: str):
    (tmp_path / "kokoro").mkdir()
    (tmp_path / "kokoro" / "model.onnx").write_bytes(b"half a model")
    with pytest.raises(DamagedWeightsError, match=r"kokoro/model\.onnx is damaged") as caught:
        open_engine(engine, models_dir=tmp_path)
    assert "voicebot models fetch" in caught.value.hint
