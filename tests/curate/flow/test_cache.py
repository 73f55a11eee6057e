"""Results that are kept while a build goes on."""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from curate.flow.cache import UNUSED_DAYS, StageCache
from curate.flow.keys import digest


def test_what_is_kept_soon_is_there_when_all_is_settled(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)
    arrays = {digest([bytes([n])]): {"rows": np.full(100_000, n)} for n in range(20)}
    for key, kept in arrays.items():
        cache.soon(partial(cache.keep_arrays, key, kept))
    cache.settle()
    for key, kept in arrays.items():
        found = StageCache(tmp_path).arrays(key)
        assert found is not None
        assert np.array_equal(found["rows"], kept["rows"])


def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = StageCache(tmp_path / "file")
    cache.soon(partial(cache.keep_arrays, digest([]), {"rows": np.zeros(1)}))
    with pytest.raises(OSError, match="file"):
        cache.settle()


def test_results_may_be_written_while_old_ones_are_removed(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)
    with ThreadPoolExecutor(1) as beside:
        kept = beside.submit(lambda: [cache.keep_arrays(f"ab{n}", {"a": np.arange(n)}) for n in range(2_000)])
        while not kept.done():
            cache.prune()
    assert all(cache.arrays(f"ab{n}") is not None for n in range(2_000))


def test_what_cannot_be_removed_stays(tmp_path: Path) -> None:
    cache = StageCache(tmp_path)
    for key in ("ab1", "cd2"):
        cache.keep_arrays(key, {"a": np.arange(4)})
        (tmp_path / key[:2] / "a folder").mkdir()
    grow_old(tmp_path)
    cache.prune()
    assert {path.name for path in tmp_path.glob("*/*")} == {"a folder"}


def test_the_cache_may_be_removed_while_old_results_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = StageCache(tmp_path)
    for key in ("ab1", "cd2"):
        cache.keep_arrays(key, {"a": np.arange(4)})
    grow_old(tmp_path)
    monkeypatch.setattr(Path, "unlink", lambda _: shutil.rmtree(tmp_path))
    cache.prune()
    assert not tmp_path.exists()


def grow_old(folder: Path) -> None:
    old = time.time() - 2 * UNUSED_DAYS * 86_400
    for path in folder.glob("*/*"):
        os.utime(path, (old, old))
