"""A file that is read in pieces, here and by workers, gives what it gives in one go."""

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from curate.building.features import load as load_features
from curate.building.features import of_imported
from curate.flow import pooled
from curate.flow import reading as module
from curate.flow.batch_read import Learning
from curate.flow.cache import StageCache
from curate.flow.engine import Engine
from curate.flow.features import FeatureStore
from curate.flow.file_read import FileRead
from curate.flow.pooled import Pool
from curate.flow.reading import Reading, parts_of
from curate.sources import located_files
from curate.stages.quality import Quality
from schemas import recipe
from schemas.recipe import Recipe

RECIPE = Recipe.model_validate({"name": "pieces", "system_prompt": None, "sources": [{"path": "rows.jsonl"}]})
ROWS = 700
FEATURES = of_imported(recipe.Dedup())(0)


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rows of two shapes and lines that are none, a hundred of these together; pieces are small."""
    monkeypatch.setattr(module, "PART_ROWS", 50)
    monkeypatch.setattr(pooled, "MANY_BYTES", 0)
    draw = random.Random(5)
    lines = []
    for row in range(ROWS):
        asked, said = f"what is {row} — ИТ?", f"it is {row * 7} " * draw.randrange(1, 9)
        turns = [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
        whole = {"messages": turns, "n": row} if row % 3 else {"instruction": asked, "output": said}
        lines.append("" if row % 97 == 0 or 200 <= row < 300 else json.dumps(whole))
    lines[40] = '{"messages": [{"role": "user", "content": "only asked"}]}'
    (tmp_path / "rows.jsonl").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    return tmp_path


def read(raw: Path, pool: Pool | None, cache: Path | None = None) -> tuple[FileRead, Reading]:
    scratch = raw / f"scratch-{time.monotonic_ns()}"
    scratch.mkdir()
    files = located_files(RECIPE, raw, lambda _: None)
    kept = StageCache(cache or scratch / "cache")
    reading = Reading(RECIPE, raw, files, kept, scratch, lambda _: None)
    (found,) = reading.read(lambda _: None, pool)
    kept.settle()
    return found, reading


def assert_as_in_one_go(raw: Path, found: FileRead, reading: Reading) -> None:
    expected, plain = read(raw, None)
    assert all(one.equals(other) for one, other in zip(found.tables(), expected.tables(), strict=True))
    assert found.arrays().keys() == expected.arrays().keys()
    assert all(np.array_equal(found.arrays()[name], own) for name, own in expected.arrays().items())
    for part in parts_of([found]):
        index = pa.array(range(len(part.keys))).to_numpy()
        assert reading.rows(part, index).equals(plain.rows(part, index))


@pytest.mark.parametrize("end", ["", "\n"])
def test_pieces_read_here(raw: Path, end: str) -> None:
    with (raw / "rows.jsonl").open("a") as file:
        file.write(end)
    with Engine([], jobs=1) as workers:
        found, reading = read(raw, Pool(workers, Learning(FEATURES, raw / "learned")))
        assert_as_in_one_go(raw, found, reading)
    assert not (raw / "learned").exists()


def test_pieces_read_by_workers_who_learn_what_will_be_asked(raw: Path) -> None:
    with Engine([Quality(recipe.Quality())], jobs=2, loads=[load_features]) as workers:
        workers.expect(many=True)
        until = time.monotonic() + 60
        while not workers.ready and time.monotonic() < until:
            time.sleep(0.05)
        assert workers.ready
        pool = Pool(workers, Learning(FEATURES, raw / "learned"))
        found, reading = read(raw, pool)
        store = FeatureStore(StageCache(raw / "learned"))
        store.after(pool.learnt)
        for part in parts_of([found]):
            for feature in FEATURES:
                (segment,) = store.segments(feature, part.id)
                assert segment.keys.tolist() == part.keys.tolist()
    assert_as_in_one_go(raw, found, reading)


def test_workers_learn_of_rows_that_were_added(raw: Path) -> None:
    before, _ = read(raw, None, raw / "cache")
    with (raw / "rows.jsonl").open("a") as file:
        turns = [{"role": "user", "content": "what is new?"}, {"role": "assistant", "content": "this row"}]
        file.write("\n" + json.dumps({"messages": turns}))
    with Engine([Quality(recipe.Quality())], jobs=2, loads=[load_features]) as workers:
        pool = Pool(workers, Learning(FEATURES, raw / "learned"))
        found, reading = read(raw, pool, raw / "cache")
        store = FeatureStore(StageCache(raw / "learned"))
        store.after(pool.learnt)
        (*_, last) = parts_of([found])
        for feature in FEATURES:
            (segment,) = store.segments(feature, last.id)
            assert segment.keys.tolist() == last.keys.tolist()
    assert_as_in_one_go(raw, found, reading)
    assert len(found.keys) == len(before.keys) + 1


def test_huge_rows_are_read_in_one_go(raw: Path) -> None:
    with (raw / "rows.jsonl").open("a") as file:
        turns = [{"role": "user", "content": "x" * (17 << 20)}, {"role": "assistant", "content": "y"}]
        file.write("\n" + json.dumps({"messages": turns}))
    with Engine([], jobs=1) as workers:
        found, reading = read(raw, Pool(workers, Learning(FEATURES, raw / "learned")))
    assert_as_in_one_go(raw, found, reading)


def test_threads_that_ask_for_rows_of_one_file_read_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART_ROWS", 200)
    rows = [{"instruction": f"What is {n}?", "output": f"It is {n * 7}."} for n in range(4000)]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    settings = RECIPE.model_copy(update={"sources": (recipe.Source(path="rows.json"),)})

    def reading(name: str) -> tuple[Reading, FileRead]:
        (tmp_path / name).mkdir()
        cache = StageCache(tmp_path / "cache")
        files = located_files(settings, tmp_path, lambda _: None)
        made = Reading(settings, tmp_path, files, cache, tmp_path / name, lambda _: None)
        (found,) = made.read(lambda _: None)
        cache.settle()
        return made, found

    first, found = reading("first")
    parts = list(parts_of([found]))
    expected = [first.rows(part, np.arange(len(part.keys))) for part in parts]
    again, _ = reading("again")
    assert not any(again.at_hand(part) for part in parts)
    with ThreadPoolExecutor(8) as pool:
        asked = pool.map(lambda part: again.rows(part, np.arange(len(part.keys))), parts)
        assert all(one.equals(other) for one, other in zip(asked, expected, strict=True))
