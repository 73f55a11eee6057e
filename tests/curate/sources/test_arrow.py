"""Parquet, Arrow and Hugging Face datasets: batches, types that JSON lacks, damage."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from curate.sources import Imported
from schemas.errors import SourceError

Importer = Callable[..., Imported]
Apart = Callable[[str], tuple[int, int, int]]

TABLE = pa.table(
    {
        "messages": [
            [{"role": "user", "content": f"q{i}"}, {"role": "assistant", "content": f"a{i}"}]
            for i in range(3)
        ],
        "score": [0.5, float("nan"), None],
        "day": [datetime.date(2026, 1, 2)] * 3,
        "price": [Decimal("1.50")] * 3,
        "blob": [b"\x00\xff"] * 3,
    }
)


def test_parquet_by_batches(imports: Importer, tmp_path: Path) -> None:
    table = pa.table({"prompt": [f"q{i}" for i in range(2_500)], "completion": ["a"] * 2_500})
    pq.write_table(table, tmp_path / "x.parquet")
    imported = imports(sources=[{"path": "x.parquet"}])
    assert [(e.line, e.prompt) for e in imported.examples] == [(i + 1, f"q{i}") for i in range(2_500)]


def test_values_that_json_has_no_type_for(imports: Importer, tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "x.parquet")
    first, second, third = imports(sources=[{"path": "x.parquet"}]).examples
    assert first.metadata == {"score": 0.5, "day": "2026-01-02", "price": "1.50", "blob": "AP8="}
    assert second.metadata["score"] == "nan"
    assert "score" not in third.metadata


@pytest.mark.parametrize("writer", [pa.ipc.new_file, pa.ipc.new_stream])
def test_arrow_files_and_streams(
    imports: Importer, tmp_path: Path, writer: Callable[[str, pa.Schema], pa.ipc.RecordBatchStreamWriter]
) -> None:
    with writer(str(tmp_path / "x.arrow"), TABLE.schema) as sink:
        sink.write_table(TABLE)
    assert [e.prompt for e in imports(sources=[{"path": "x.arrow"}]).examples] == ["q0", "q1", "q2"]


def test_invalid_utf8_in_a_table_costs_its_row(imports: Importer, tmp_path: Path) -> None:
    broken = pa.array([b"q0", b"caf\xe9", b"q2"]).view(pa.string())
    pq.write_table(pa.table({"prompt": broken, "completion": ["a"] * 3}), tmp_path / "x.parquet")
    imported = imports(sources=[{"path": "x.parquet"}])
    assert [(e.line, e.prompt) for e in imported.examples] == [(1, "q0"), (3, "q2")]
    assert [(r.line, r.reason, r.raw) for r in imported.rejects] == [(2, "invalid UTF-8", "caf\\xe9\ta")]


LONG = "x" * (17 * 2**20)


def write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".parquet":
        pq.write_table(table, path, store_schema=False)  # so that a dictionary is the file's own encoding
    else:
        feather.write_feather(table, str(path))


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow"])
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_a_cell_that_is_too_long_costs_its_row(
    imports: Importer, tmp_path: Path, name: str, kind: pa.DataType
) -> None:
    prompts = pa.array(["q1", "q2", LONG, "q4", "q5"]).cast(kind)
    write(pa.table({"prompt": prompts, "completion": ["a"] * 5}), tmp_path / name)
    imported = imports(sources=[{"path": name}])
    assert [(e.line, e.prompt) for e in imported.examples] == [(1, "q1"), (2, "q2"), (4, "q4"), (5, "q5")]
    [reject] = imported.rejects
    assert (reject.line, reject.reason) == (3, "longer than 16 MiB")
    assert reject.raw.startswith("xxxx")
    assert len(reject.raw) < 70_000


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow"])
def test_a_conversation_that_is_too_long_costs_its_row(imports: Importer, tmp_path: Path, name: str) -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": LONG}]
    short = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    write(pa.table({"messages": [short, turns, short], "n": [1, 2, 3]}), tmp_path / name)
    imported = imports(sources=[{"path": name}])
    assert [e.line for e in imported.examples] == [1, 3]
    assert [(r.line, r.reason) for r in imported.rejects] == [(2, "longer than 16 MiB")]


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow"])
def test_a_small_file_of_large_rows_takes_no_more_memory_than_a_batch_may(
    tmp_path: Path, imports_apart: Apart, name: str
) -> None:
    cell = pa.DictionaryArray.from_arrays(pa.array([0] * 1_500, pa.int32()), ["word " * 200_000])
    write(pa.table({"prompt": ["q"] * 1_500, "completion": cell}), tmp_path / name)
    assert (tmp_path / name).stat().st_size < 2**21
    examples, _, mib = imports_apart(name)
    assert examples == 1_500
    assert mib < 800


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow"])
def test_a_damaged_file_is_an_error(imports: Importer, name: str) -> None:
    with pytest.raises(SourceError) as caught:
        imports(name, b"PAR1 this is no table PAR1")
    assert name in caught.value.problem


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "train.jsonl").write_text(
        '{"question":"q1","answer":"a1","n":1}\n{"question":"q2","answer":"a2","n":2}\n'
    )
    (folder / "test.jsonl").write_text('{"question":"q3","answer":"a3","n":3}\n')
    return folder


@pytest.mark.usefixtures("dataset")
def test_a_dataset_with_all_its_splits(imports: Importer, said: list[str]) -> None:
    imported = imports(sources=[{"path": "hf:mine"}])
    assert [(e.source, e.line, e.prompt) for e in imported.examples] == [
        ("hf:mine:train", 1, "q1"),
        ("hf:mine:train", 2, "q2"),
        ("hf:mine:test", 1, "q3"),
    ]
    assert said == [
        "hf:mine:train: 2 rows, prompt and completion",
        "hf:mine:test: 1 row, prompt and completion",
    ]


def test_one_split_and_its_hash_over_the_rows(imports: Importer, dataset: Path) -> None:
    first = imports(sources=[{"path": "hf:mine:test"}])
    assert [e.prompt for e in first.examples] == ["q3"]
    assert imports(sources=[{"path": "hf:mine:test"}]).sources == first.sources
    (dataset / "test.jsonl").write_text('{"question":"q3","answer":"a3","n":4}\n')
    assert imports(sources=[{"path": "hf:mine:test"}]).sources[0].sha256 != first.sources[0].sha256


@pytest.mark.usefixtures("dataset")
def test_a_split_that_is_not_there_is_an_error(imports: Importer) -> None:
    with pytest.raises(SourceError, match="Unknown split"):
        imports(sources=[{"path": "hf:mine:tests"}])


@pytest.fixture
def configs(dataset: Path) -> Path:
    for name in ("main", "socratic"):
        (dataset / f"in-{name}").mkdir()
        (dataset / f"in-{name}" / "train.jsonl").write_text(f'{{"question":"{name}?","answer":"a"}}\n')
    listed = "".join(f"- config_name: {n}\n  data_files: in-{n}/*.jsonl\n" for n in ("main", "socratic"))
    (dataset / "README.md").write_text(f"---\nconfigs:\n{listed}---\n")
    return dataset


@pytest.mark.usefixtures("configs")
@pytest.mark.parametrize("split", ["", ":train"])
def test_a_dataset_by_its_config(imports: Importer, split: str) -> None:
    imported = imports(sources=[{"path": f"hf:./mine/socratic{split}"}])
    assert [(e.source, e.prompt) for e in imported.examples] == [("hf:./mine/socratic:train", "socratic?")]


@pytest.mark.usefixtures("configs")
@pytest.mark.parametrize("path", ["hf:./mine", "hf:./mine/none", "hf:./mine/none:train"])
def test_configs_are_named_where_the_path_names_none_of_them(imports: Importer, path: str) -> None:
    with pytest.raises(SourceError) as caught:
        imports(sources=[{"path": path}])
    assert caught.value.mend == "name one of its configs: hf:./mine/main, hf:./mine/socratic"


def test_a_dataset_that_is_a_script_is_an_error_of_ours(imports: Importer, dataset: Path) -> None:
    (dataset / "mine.py").write_text("import datasets\n")
    with pytest.raises(SourceError, match="scripts are no longer supported"):
        imports(sources=[{"path": "hf:mine"}])


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_columns_of_one_name_are_told_apart(imports: Importer, tmp_path: Path, suffix: str) -> None:
    table = pa.Table.from_arrays([["q"], ["a"], ["b"]], names=["prompt", "completion", "completion"])
    if suffix == "parquet":
        pq.write_table(table, tmp_path / "x.parquet")
    else:
        feather.write_feather(table, tmp_path / "x.arrow")
    [row] = imports(sources=[{"path": f"x.{suffix}"}]).examples
    assert (row.prompt, row.answer, row.metadata) == ("q", "a", {"completion_3": "b"})


def test_fields_of_one_name_inside_a_cell_are_an_error_of_ours(imports: Importer, tmp_path: Path) -> None:
    inside = pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], names=["id", "id"])
    table = pa.Table.from_arrays([["q"], ["a"], inside], names=["prompt", "completion", "about"])
    pq.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(SourceError, match="duplicate field names"):
        imports(sources=[{"path": "x.parquet"}])
