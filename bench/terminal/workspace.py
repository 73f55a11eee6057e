"""A workspace as a build and a run leave it, with as many rows as wanted: conversations of random words, and
for each a loss of the base model and two of the adapter. One in fifty is a child of the row before: another
prompt with its answer, as paraphrases are. There are no token losses."""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.terminal.findings import write_findings
from bench.terminal.ids import id_of
from schemas import arrow
from schemas.manifest import Leaks, Manifest
from schemas.run import RunInfo

_LAYOUT = 2  # of the rows: a workspace of another is left alone
_AT_ONCE = 50_000
_CHILD = 50  # one row in so many
_WORDS = 4_000  # different ones
_RECIPE = """\
name: large
system_prompt: You answer customers of Fable Outfitters, briefly and kindly.
sources:
  - path: raw/*.jsonl
"""
NEEDLE = "heliotrope"  # stands in one row of a thousand


def large_workspace(folder: Path, rows: int) -> Path:
    """The recipe of a workspace in `folder`, made where it is not there yet."""
    root = folder / f"rows-{rows}-{_LAYOUT}"
    recipe = root / "recipe.yaml"
    if not recipe.exists():
        version, run = root / ".siftune" / "datasets" / "v1", root / ".siftune" / "runs" / "r1"
        (version / "data").mkdir(parents=True, exist_ok=True)
        run.mkdir(parents=True, exist_ok=True)
        _write_rows(version / "data" / "train.parquet", rows)
        _write_rest(version, rows)
        _write_run(run, rows)
        recipe.write_text(_RECIPE, encoding="utf-8")
    return recipe


def _write_rows(path: Path, rows: int) -> None:
    schema = arrow.examples_schema(tools=False)
    with pq.ParquetWriter(path, schema) as writer:
        for part in _batches(rows):
            writer.write_table(pa.Table.from_pylist(part, schema=schema))


def _batches(rows: int) -> Iterator[list[dict[str, object]]]:
    dice = random.Random(7)
    known = ["".join(dice.choices("aeioulnrstdm", k=dice.randint(2, 9))) for _ in range(_WORDS)]
    words = dice.choices(known, k=200_000)

    def text(length: int) -> str:
        start = dice.randrange(len(words) - length)
        return " ".join(words[start : start + length])

    answer = ""
    for start in range(0, rows, _AT_ONCE):
        batch: list[dict[str, object]] = []
        for i in range(start, min(start + _AT_ONCE, rows)):
            child = i % _CHILD == _CHILD - 1
            prompt = f"Order {i - child}? {text(dice.randint(5, 40))}"
            spoken = f"{NEEDLE if i % 1000 == 501 else 'It'} {text(dice.randint(20, 90))}."
            answer = answer if child else spoken
            batch.append(
                {
                    "example_id": id_of(i),
                    "messages": [
                        {"role": "user", "content": prompt},
                        {"role": "assistant", "content": answer},
                    ],
                    "source": f"raw/tickets-{i % 7}.jsonl",
                    "line": i + 1,
                    "tags": ["billing"] if i % 3 == 0 else [],
                    "parent_id": id_of(i - 1) if child else None,
                    "origin": "augmented" if child else "imported",
                    "flags": ["contradiction"] if i % _CHILD == 0 else [],
                    "metadata": "{}",
                }
            )
        yield batch


def _write_rest(version: Path, rows: int) -> None:
    write_findings(version, rows)
    (version / "recipe.yaml").write_text(_RECIPE, encoding="utf-8")
    manifest = Manifest(
        version="v1",
        name="large",
        inputs_sha256="0" * 64,
        recipe_sha256="0" * 64,
        sources=[],
        rows_in=rows,
        rejected=0,
        created=0,
        kept=rows,
        stages=[],
        splits={"train": rows},
        leaks=Leaks(cross_split_pairs=0, cross_split_groups=0),
        system_prompt_sha256="0" * 64,
        decisions_applied=0,
    )
    (version / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")


def _write_run(run: Path, rows: int) -> None:
    dice = np.random.default_rng(5)
    adapter = dice.gamma(2.0, 1.0, rows)
    ids = pa.array([id_of(i) for i in range(rows)])
    tokens = pa.array(dice.integers(30, 110, rows), pa.int32())
    with pq.ParquetWriter(run / "losses.parquet", arrow.LOSSES) as writer:
        for model, step, losses in (
            ("base", 0, adapter + dice.gamma(1.0, 1.0, rows)),
            ("adapter", 100, adapter * dice.uniform(0.7, 1.3, rows)),
            ("adapter", 200, adapter),
        ):
            writer.write_table(_losses(ids, tokens, model, step, losses))
    info = RunInfo(
        run="r1",
        state="done",
        dataset_version="v1",
        base_model="bench",
        method="lora",
        seed=1,
        template_sha256="",
        system_prompt_sha256="",
        started_at="2026-01-01T00:00:00Z",
    )
    (run / "run.json").write_text(info.to_json(), encoding="utf-8")


def _losses(ids: pa.Array, tokens: pa.Array, model: str, step: int, losses: NDArray[np.float64]) -> pa.Table:
    rows = len(ids)
    columns = {
        "example_id": ids,
        "split": pa.repeat("train", rows),
        "kind": pa.repeat("snapshot", rows),
        "model": pa.repeat(model, rows),
        "step": pa.repeat(step, rows),
        "epoch": pa.repeat(step / 100, rows),
        "n_tokens": tokens,
        "nll_sum": losses * tokens.to_numpy(),
        "loss": losses,
        "max_token_nll": losses * 3,
        "n_correct": pa.repeat(0, rows),
        "truncated": pa.repeat(False, rows),
    }
    return pa.table(columns).cast(arrow.LOSSES)
