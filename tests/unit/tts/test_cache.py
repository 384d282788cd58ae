"""The bounded cache of clips that were rendered live."""

import os
import threading
from pathlib import Path

from voicebot.tts.cache import ClipCache


def used_at(folder: Path, key: str, seconds: int) -> None:
    os.utime(folder / f"{key}.clip", (seconds, seconds))


def test_a_clip_comes_back_and_another_process_sees_it(tmp_path: Path):
    ClipCache(tmp_path).put("k", b"clip")
    other = ClipCache(tmp_path)
    assert other.holds("k")
    assert other.get("k") == b"clip"
    assert other.get("other") is None
    assert not other.holds("other")


def test_the_least_recently_used_go_first(tmp_path: Path):
    cache = ClipCache(tmp_path, max_bytes=1000)
    for number, key in enumerate("abcd"):
        cache.put(key, b"x" * 200)
        used_at(tmp_path, key, 1000 + number)
    assert cache.get("a") is not None  # now the most recently used
    cache.put("e", b"x" * 200)
    assert cache.holds("a")
    assert not cache.holds("b")
    assert cache.holds("e")


def test_it_never_grows_beyond_its_bound(tmp_path: Path):
    cache = ClipCache(tmp_path, max_bytes=5000)
    for number in range(100):
        cache.put(f"k{number}", b"x" * 300)
        assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 5000


def test_what_others_wrote_counts_too(tmp_path: Path):
    first, second = ClipCache(tmp_path, max_bytes=2000), ClipCache(tmp_path, max_bytes=2000)
    for number in range(10):
        first.put(f"a{number}", b"x" * 150)
    second.put("b", b"x" * 600)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 2000
    assert second.holds("b")


def test_a_clip_larger_than_the_cache_is_not_kept(tmp_path: Path):
    cache = ClipCache(tmp_path, max_bytes=100)
    cache.put("k", b"x" * 200)
    assert not cache.holds("k")


def test_a_damaged_file_counts_as_never_kept_and_is_removed(tmp_path: Path):
    cache = ClipCache(tmp_path)
    for key, content in {"short": b"", "half": b"1234", "wrong": b"12345678clip"}.items():
        (tmp_path / f"{key}.clip").write_bytes(content)
        assert cache.get(key) is None
        assert not cache.holds(key)


def test_drafts_of_a_killed_process_are_swept_up(tmp_path: Path):
    draft = tmp_path / ".left.part"
    draft.write_bytes(b"x" * 50)
    os.utime(draft, (1000, 1000))
    ClipCache(tmp_path, max_bytes=1000).put("k", b"clip")
    assert not draft.exists()


def test_threads_that_write_at_once_lose_nothing(tmp_path: Path):
    cache = ClipCache(tmp_path)

    def write(first: int) -> None:
        for number in range(first, first + 25):
            cache.put(f"k{number}", str(number).encode() * 10)

    threads = [threading.Thread(target=write, args=(first,)) for first in (0, 25, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(cache.get(f"k{number}") == str(number).encode() * 10 for number in range(75))
