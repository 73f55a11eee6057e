"""Parquet files put together of row groups, which a rebuild takes over from the version before."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from desk import built, built_from_nothing
from hypothesis import given
from hypothesis import strategies as st

import curate
from curate.building import splits
from curate.building.row_groups import ParquetFile, encoded
from curate.building.standing import Standing
from curate.building.thrift import decode, encode
from curate.flow.cache import StageCache
from curate.flow.keys import row_keys
from curate.flow.table import Table, in_memory
from curate.workspace import Workspace
from schemas.arrow import examples_schema
from schemas.example import Example, Message, hash_value
from schemas.row_table import rows_table
from schemas.stage import Delta

SCHEMA = pa.schema(
    [("n", pa.int64()), ("text", pa.string()), ("some", pa.list_(pa.struct([("a", pa.string())])))]
)


def _table(values: list[str | None]) -> pa.Table:
    some = [None if v is None else [{"a": v}, {"a": None}] * (len(v) % 3) for v in values]
    return pa.table([list(range(len(values))), values, some], schema=SCHEMA)


@given(st.lists(st.lists(st.none() | st.text(max_size=8), min_size=1, max_size=40), max_size=20))
def test_row_groups_put_together_are_one_file(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[str | None]]
) -> None:
    path = tmp_path_factory.mktemp("groups") / "some.parquet"
    tables = [_table(values) for values in groups]
    with ParquetFile(path, SCHEMA) as file:
        for table in tables:
            file.add(encoded(table))
        file.close()
    assert pq.read_table(path).equals(pa.concat_tables([SCHEMA.empty_table(), *tables]))
    whole = pq.ParquetFile(path)
    assert [whole.read_row_group(n).to_pylist() for n in range(len(tables))] == [
        table.to_pylist() for table in tables
    ]


def test_a_footer_read_and_written_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "plain.parquet"
    table = pa.table({f"column {n}": [n, None, n + 1] for n in range(20)} | {"x": [0.5, -1.0, None]})
    pq.write_table(table, path, row_group_size=1, write_page_index=True, compression="zstd")
    data = path.read_bytes()
    footer = data[-8 - int.from_bytes(data[-8:-4], "little") : -8]
    assert encode(decode(footer)) == footer
    with pytest.raises(ValueError, match="end"):
        decode(footer[:-1])


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of each row group that was made and not taken over; they are small."""
    rows: list[int] = []

    def counted(table: pa.Table) -> object:
        rows.append(table.num_rows)
        return encoded(table)

    monkeypatch.setattr(splits, "encoded", counted)
    monkeypatch.setattr(splits, "ROW_GROUP", 8)
    monkeypatch.setattr(splits, "_PART", 4)
    return rows


def test_a_decision_makes_the_row_group_of_its_row(workspace: Path, tmp_path: Path, made: list[int]) -> None:
    built(workspace)
    before = len(made)
    some = Workspace.open(workspace).version().examples("train")[20]
    curate.decide(some.example_id, "drop", annotator="ada", recipe=workspace)
    made.clear()
    again = built(workspace)
    assert before > 6
    assert 1 <= len(made) <= 2  # the row's, and the next one where that now begins elsewhere
    assert again == built_from_nothing(workspace, tmp_path / "fresh")


def _damaged(data: bytes) -> bytes:
    return data[:40] + bytes([data[40] ^ 1]) + data[41:]


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("change", [_damaged, lambda data: data[:50], lambda _: None])
def test_a_version_that_was_damaged_is_not_copied(
    workspace: Path, tmp_path: Path, change: Callable[[bytes], bytes | None]
) -> None:
    built(workspace)
    version = Workspace.open(workspace).version()
    curate.decide(version.pairs()[0].kept_id, "drop", annotator="ada", recipe=workspace)
    path = version.path / "data/train.parquet"
    data = change(path.read_bytes())
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)
    again = built(workspace)
    assert again == built_from_nothing(workspace, tmp_path / "fresh")


@pytest.mark.parametrize("what", ["group", "cluster", "flags", "split", "key"])
def test_a_row_group_is_made_anew_where_any_row_has_changed(
    tmp_path: Path, made: list[int], what: str
) -> None:
    """Also where its text has not."""
    rows = [Example(hash_value(str(n)), (Message("user", f"{n}?"),), "a", n) for n in range(40)]
    table = Table(StageCache(tmp_path / "cache"))
    ids = np.array([row.example_id.encode() for row in rows], table.ids.dtype)
    table.extend([(ids, row_keys(rows), in_memory(rows_table(rows)))])
    table.splits[:] = b"train"
    table.groups[:] = ids

    def written(name: str, standing: StageCache) -> bytes:
        (tmp_path / name / "data").mkdir(parents=True)
        before = Standing(standing, tmp_path)
        splits.write_splits(tmp_path / name, name, table, None, examples_schema(tools=False), before)
        before.keep()
        return (tmp_path / name / "data/train.parquet").read_bytes()

    first = written("first", table.cache)
    assert len(made) == 5
    if what == "group":
        table.groups[20] = ids[0]
    elif what == "cluster":
        table.clusters[20] = ids[0]
    elif what == "flags":
        table.flags[20] = ("odd",)
    elif what == "split":
        table.splits[20] = b"test"
    else:
        table.apply(Delta([], [], replaced={20: replace(rows[20], line=77)}), np.arange(40))
    made.clear()
    second = written("second", table.cache)
    assert len(made) == (4 if what == "split" else 1)  # and those behind, which begin elsewhere
    assert second != first
    assert second == written("fresh", StageCache(tmp_path / "none"))
