"""Evaluations as `train eval` writes them, for the tests of votes."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.arrow import generations_schema
from schemas.evaluation import EvalInfo

SAME = 2  # of the questions


def evaluate(run: Path, ids: Sequence[str], systems: Sequence[str]) -> None:
    """An evaluation as `train eval` writes it; the first answers of all systems are the same."""
    folder = run / "evals/test: one"
    folder.mkdir(parents=True)
    rows = [
        {
            "set": "test",
            "example_id": name,
            "turn": 2,
            "system": system,
            "request": f"{run.name}{system}{at}",
            "prediction": "The same." if at < SAME else f"{system} of {run.name} says {at}",
            "reference": f"reference {at}",
            "finish": "end",
            "n_tokens": 3,
            "n_prompt_tokens": 9,
            "shots": [],
        }
        for at, name in enumerate(ids)
        for system in systems
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=generations_schema([])), folder / "generations.parquet")
    info = EvalInfo(
        name="test: one",
        run=run.name,
        key="k",
        dataset_version="v1",
        settings={},
        device="cpu",
        dtype="float32",
        packages={},
        made_at="2026-01-01T00:00:00Z",
        sets=(),
    )
    (folder / "eval.json").write_text(info.to_json(), encoding="utf-8")


def two_runs(desk: Any) -> Any:
    """Gives a desk runs r1 and r2, of which r2 has the base model's answers, too."""
    runs = desk.recipe.parent / ".siftune/runs"
    shutil.copytree(runs / "r1", runs / "r2")
    info = json.loads((runs / "r2/run.json").read_bytes())
    info |= {"run": "r2", "started_at": "2026-01-02T00:00:00Z"}
    (runs / "r2/run.json").write_text(json.dumps(info), encoding="utf-8")
    ids = [e.example_id for e in desk.examples]
    evaluate(runs / "r1", ids, ["adapter"])
    evaluate(runs / "r2", ids, ["base", "adapter"])
    return desk
