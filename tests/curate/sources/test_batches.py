"""Import by batches: bounded, in order, and together what an import at once gives."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from curate.sources import (
    ImportedBatch,
    import_batches,
    import_file,
    import_sources,
    located_files,
)
from schemas.errors import SourceError
from schemas.recipe import Recipe

ROW = '{{"prompt":"question {0}","completion":"answer {0}"}}'


def recipe_for(*paths: str) -> Recipe:
    return Recipe.model_validate({"system_prompt": None, "sources": [{"path": path} for path in paths]})


def silent(_: str) -> None: ...


@given(
    broken=st.lists(st.lists(st.booleans(), max_size=12), min_size=1, max_size=3),
    batch_rows=st.integers(1, 7),
)
def test_batches_are_bounded_and_together_the_whole(
    broken: list[list[bool]], batch_rows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("batches")
    for number, rows in enumerate(broken):
        lines = ["{broken" if bad else ROW.format(i) for i, bad in enumerate(rows)]
        (root / f"{number}.jsonl").write_text("".join(f"{line}\n" for line in lines))
    recipe = recipe_for("*.jsonl")
    whole = import_sources(recipe, root, silent)
    batches = list(import_batches(recipe, root, silent, batch_rows))
    assert all(len(b.examples) + len(b.rejects) <= batch_rows for b in batches)
    assert [e for b in batches for e in b.examples] == whole.examples
    assert [r for b in batches for r in b.rejects] == whole.rejects
    assert [b.count for b in batches if b.count] == whole.sources
    assert len(whole.sources) == len(broken)


def test_the_count_stands_in_the_last_batch_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(map(ROW.format, range(5))))
    (tmp_path / "b.jsonl").write_text("")
    batches = list(import_batches(recipe_for("*.jsonl"), tmp_path, silent, 2))
    assert [(len(b.examples), b.count.path if b.count else None) for b in batches] == [
        (2, None),
        (2, None),
        (1, "a.jsonl"),
        (0, "b.jsonl"),
    ]


def test_huge_rows_end_a_batch_early(tmp_path: Path) -> None:
    row = '{"prompt":"q","completion":"' + "x" * 8_000_000 + '"}\n'
    (tmp_path / "x.jsonl").write_text(row * 20)
    sizes = [len(b.examples) for b in import_batches(recipe_for("x.jsonl"), tmp_path, silent)]
    assert sum(sizes) == 20
    assert max(sizes) < 10


def test_files_are_listed_with_their_hashes_and_imported_one_by_one(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl"):
        (tmp_path / name).write_text(ROW.format(name))
    recipe = recipe_for("b.jsonl", "*.jsonl")
    files = located_files(recipe, tmp_path, silent)
    assert [(f.name, f.source) for f in files] == [("b.jsonl", 0), ("a.jsonl", 1)]
    assert [f.sha256 for f in files] == [
        hashlib.sha256((tmp_path / f.name).read_bytes()).hexdigest() for f in files
    ]
    one: list[ImportedBatch] = [b for f in files for b in import_file(f, recipe, tmp_path)]
    assert [e for b in one for e in b.examples] == import_sources(recipe, tmp_path, silent).examples


MEMORY = """
import sys
from pathlib import Path
from curate.sources import import_batches
from schemas.recipe import Recipe

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024

def run(name):
    recipe = Recipe.model_validate({"system_prompt": None, "sources": [{"path": name}]})
    return sum(len(b.examples) for b in import_batches(recipe, Path.cwd(), lambda _: None))

run(sys.argv[1])
before = peak()
rows = run(sys.argv[2])
print(rows, peak() - before)
"""


@pytest.mark.parametrize("name", ["x.jsonl", "x.json", "x.csv", "x.parquet", "x.arrow", "x.jsonl.zst"])
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_memory_does_not_grow_with_the_file(name: str, tmp_path: Path) -> None:
    # The smaller file first, which is longer than a window: code and buffers are there already.
    rows = [{"prompt": f"question {i}", "completion": f"{i} " * 500} for i in range(1_000)]
    write(tmp_path / f"small{name[1:]}", rows, 48)
    write(tmp_path / name, rows, 120)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, f"small{name[1:]}", name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    count, grown_mib = map(int, done.stdout.split())
    assert count == 120_000
    assert grown_mib < 40  # of 140 MB more text


def write(path: Path, rows: list[dict[str, str]], times: int) -> None:
    lines = [json.dumps(row) for row in rows] * times
    if path.name.endswith(".json"):
        path.write_text(f"[{', '.join(lines)}]")
    elif path.name.endswith(".jsonl"):
        path.write_text("\n".join(lines))
    elif path.name.endswith(".zst"):
        path.write_bytes(zstandard.compress("\n".join(lines).encode()))
    elif path.name.endswith(".csv"):
        pairs = [f"{row['prompt']},{row['completion']}\n" for row in rows] * times
        path.write_text("".join(["prompt,completion\n", *pairs]))
    elif path.name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows * times), path, row_group_size=2_000)
    else:
        table = pa.Table.from_pylist(rows)
        with pa.ipc.new_stream(str(path), table.schema) as sink:
            for _ in range(times):
                sink.write_table(table)


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(map(ROW.format, range(4))))
    batches = import_batches(recipe_for("x.jsonl"), tmp_path, silent, 2)
    next(batches)
    path.write_text("\n".join(map(ROW.format, range(9))))
    with pytest.raises(SourceError, match="changed while it was read"):
        list(batches)
