"""What augmentation adds to a build: `python -m bench.augment --build 20000 100000 [--beside TREE]`.

Generated rows, a paraphrase for each train row, an endpoint that answers at once from a process of its own.
Three builds a size, each in a fresh process and a fresh workspace: without augmentation, asking for every
child, and with all answers at hand, so that what the endpoint's client costs stands apart from the rest.
`beside` is another checkout of this project, which takes turns with this one.
"""

import json
import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.corpus.messages import RECIPE, write
from bench.corpus.process import timed

ASKED = """\
augment: {{model: constant, base_url: "{url}", strategies: {{paraphrase: 1}}, max_usd: 1000.0,
  concurrency: 32, usd_per_million_input: 0.15, usd_per_million_output: 0.6}}
"""
ANSWERS = Path(".siftune/cache/answers.db")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one build: `cpu_s` is that of its workers too, and `children` are the rows it made."""

    seconds: float
    cpu_s: float
    peak_mb: float
    children: int

    def __str__(self) -> str:
        return (
            f"{self.seconds:7.1f} s  {self.cpu_s:7.1f} s of processor  {self.peak_mb:6,.0f} MB at most  "
            f"{self.children:,} children"
        )


def compare(url: str, rows: int, beside: Path | None) -> None:
    """Prints the builds of one size."""
    trees = {"": None} | ({" (beside)": beside} if beside is not None else {})
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "rows.jsonl"
        write(raw, rows)
        print(f"{rows:,} rows")
        for name, tree in trees.items():
            with _workspace(raw, RECIPE) as root:
                print(f"  {'without' + name:<24} {_build(root, tree)}", flush=True)
        at_hand: dict[str, Path] = {}
        for name, tree in trees.items():
            with _workspace(raw, RECIPE + ASKED.format(url=url)) as root:
                print(f"  {'asking' + name:<24} {_build(root, tree)}", flush=True)
                at_hand[name] = Path(folder) / f"answers{len(at_hand)}.db"
                shutil.copy(root / ANSWERS, at_hand[name])
        for name, tree in trees.items():
            with _workspace(raw, RECIPE + ASKED.format(url=url), at_hand[name]) as root:
                print(f"  {'all answers at hand' + name:<24} {_build(root, tree)}", flush=True)


@contextmanager
def _workspace(raw: Path, recipe: str, answers: Path | None = None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "recipe.yaml").write_text(recipe)
        (root / "raw").mkdir()
        os.link(raw, root / "raw" / raw.name)
        if answers is not None:
            (root / ANSWERS).parent.mkdir(parents=True)
            shutil.copy(answers, root / ANSWERS)
        yield root


def _build(root: Path, tree: Path | None) -> Cost:
    before = _cpu_s()
    environment = os.environ | ({"PYTHONPATH": str(tree)} if tree is not None else {})
    run = timed(["-m", "curate", "build", "--json"], root, environment=environment)
    return Cost(run.seconds, _cpu_s() - before, run.peak_mb, json.loads(run.output)["created"])


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
