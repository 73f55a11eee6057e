"""Large tables are laid out once, made anew when their source changes, and go with it."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from curate.workspace import Workspace
from tui.model.corpus import Corpus
from tui.model.losses import Losses
from tui.model.mapped import Mapped
from tui.model.workbench import Workbench


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the person is told of each table: rows, their ids, losses, ledger, duplicates; all are large."""
    told: list[str] = []
    monkeypatch.setattr("tui.model.mapped.WORTH_ROWS", 1)
    monkeypatch.setattr("tui.model.id_index._FEW", 1)
    monkeypatch.setattr("tui.model.workbench.say", told.append)
    return told


def look(bench: Workbench) -> list[Any]:
    corpus, losses = bench.review.corpus, bench.review.losses
    assert losses is not None
    told = [[*bench.ledger.events(name), *bench.ledger.stood_for(name)] for name in corpus.ids]
    rows = [corpus.example(row) for row in range(len(corpus))]
    places = [corpus.row_of(name) for name in reversed(corpus.ids)]
    return [corpus.ids, places, rows, told, losses.step, *_arrays(losses)]


def _arrays(losses: Losses) -> list[list[float]]:
    columns = (losses.base, losses.adapter, losses.lowest, losses.max_token_nll, losses.n_tokens)
    return [np.asarray(column).tolist() for column in (*columns, losses.truncated)]


def cached(desk: Any) -> set[str]:
    return {path.name for path in (desk.recipe.parent / ".siftune" / "cache" / "review").iterdir()}


def test_mapped_tables_say_the_same(desk: Any, said: list[str]) -> None:
    with pytest.MonkeyPatch.context() as small, desk.bench() as bench:
        small.setattr("tui.model.mapped.WORTH_ROWS", 50_000)
        unmapped = look(bench)
    with desk.bench() as bench:
        first = look(bench)
    assert len(said) == 5
    with desk.bench() as bench:
        assert unmapped == first == look(bench)
    assert len(said) == 5


def test_a_run_that_went_on_is_read_anew(desk: Any, said: list[str]) -> None:
    with desk.bench():
        before = cached(desk)
    losses = desk.recipe.parent / ".siftune" / "runs" / "r1" / "losses.parquet"
    losses.write_bytes(losses.read_bytes())
    with desk.bench() as bench:
        assert look(bench)
    after = cached(desk)
    assert len(said) == 6
    assert len(before) == len(after) == 5
    assert before != after


def test_what_was_made_of_a_version_goes_with_it(desk: Any, said: list[str]) -> None:
    datasets: Path = desk.recipe.parent / ".siftune" / "datasets"
    with desk.bench():
        pass
    shutil.copytree(datasets / "v1", datasets / "v2")
    manifest = datasets / "v2" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"v1"', '"v2"'))
    shutil.rmtree(datasets / "v1")
    with desk.bench():
        assert all("v1" not in name for name in cached(desk))
    assert len(said) == 10


def test_a_damaged_table_is_made_again(desk: Any, said: list[str]) -> None:
    with desk.bench() as bench:
        whole = look(bench)
    for path in (desk.recipe.parent / ".siftune" / "cache" / "review").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    for _ in range(2):
        with desk.bench() as bench:
            assert look(bench) == whole
    assert len(said) == 10


def test_without_room_for_a_cache_tables_stay_in_memory(desk: Any, said: list[str]) -> None:
    cache = desk.recipe.parent / ".siftune" / "cache"
    cache.write_text("no folder")
    with desk.bench() as bench:
        assert look(bench)
    assert len(said) == 5


def test_small_tables_leave_nothing_behind(desk: Any) -> None:
    with desk.bench() as bench:
        mapped = Mapped(Workspace.open(desk.recipe), pytest.fail)
        assert len(Corpus.open(bench.dataset, mapped)) == 12
    assert not (desk.recipe.parent / ".siftune" / "cache").exists()


@pytest.mark.parametrize("many", [1, 6], ids=["few ids", "many ids"])
def test_rows_are_found_by_id_however_many_are_asked(many: int, bench: Workbench) -> None:
    corpus = bench.review.corpus
    wanted = [corpus.id_of(3), "unknown", corpus.id_of(3)][:many] * many
    expected = [3, -1, 3][:many] * many
    assert corpus.rows_of(wanted).tolist() == expected
