"""Takes a picture of every screen of the review: `make pictures`, after `make demo`. It is
`python docs/picture.py demo`; of some screens alone where they are named behind it.

The decisions that they show are made up, in a journal of their own: the demo's stays as it is. Votes are
about answers to thirty questions, which each run of the demo is asked for once. The augmented examples are
asked of an endpoint on this machine, for a copy of the workspace.
"""

import asyncio
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reworded import reworded
from textual.pilot import Pilot

from curate.journal import Journal
from curate.journal.lines import plain
from curate.workspace import JOURNAL_VARIABLE, Workspace
from schemas.canonical import to_json
from schemas.decision import Decision, Verdict
from train.evaluation.evaluate import evaluate
from train.store import list_runs
from tui.actions.registry import Registry
from tui.app import ReviewApp
from tui.catalogue import SCREENS
from tui.model.workbench import open_workbench

SIZE = (112, 30)
ANNOTATOR = "ada"
KEYS = {
    "review": ("a", "x", "a"),
    "family": ("j", "j"),
    "journal": ("j", "j"),
    "losses": ("j",),
    "agreement": ("j",),
    "runs": ("b",),
    "votes": ("l", "h", "j"),
}
_DECIDED, _AGREED = 60, 0.8  # examples that both decided, and the share on which they agree
_QUESTIONS = 30
_EVERY_S = 25
_WAIT_S = 120


async def picture(recipe: Path, screen: str) -> str:
    """A screen on the latest run, a few lines down, as an SVG."""
    with open_workbench(recipe, queue="loss", annotator=ANNOTATOR, run=None, version=None) as bench:
        app = ReviewApp(bench)
        async with app.run_test(size=SIZE) as pilot:
            await press(pilot, [Registry().keys_of(f"go_{screen}")[0], *KEYS.get(screen, ())])
            return app.export_screenshot(title=f"curate review: {screen}")


async def press(pilot: Pilot[int], keys: Sequence[str]) -> None:
    """One after the other, each when what the one before began is done."""
    for key in keys:
        await pilot.press(key)
        for _ in range(_WAIT_S * 20):
            await pilot.pause()
            if all(worker.is_finished for worker in pilot.app.workers):
                break
            await asyncio.sleep(0.05)


def decide(recipe: Path) -> None:
    """Two annotators on the same examples, the same each time, one of them within the last half hour."""
    workspace = Workspace.open(recipe)
    dice = random.Random(17)
    names = [example.example_id for example in workspace.version().examples("train")]
    chosen = dice.sample(names, min(_DECIDED, len(names)))
    now = datetime.now(UTC)
    said: list[Decision] = []
    for at, name in enumerate(chosen):
        verdict = dice.choices(("keep", "drop"), (0.7, 0.3))[0]
        other = verdict if dice.random() < _AGREED else ("keep", "drop")[verdict == "keep"]
        moment = now - timedelta(seconds=_EVERY_S * (len(chosen) - at) + dice.randrange(_EVERY_S))
        said.append(_decision(name, "bob", other, moment - timedelta(hours=20)))
        said.append(_decision(name, ANNOTATOR, verdict, moment))
    with Journal.open(workspace.journal) as journal:
        said.sort(key=lambda decision: decision.decided_at)
        journal.import_jsonl(to_json(plain(decision)).encode() for decision in said)


def _decision(name: str, annotator: str, said: str, moment: datetime) -> Decision:
    verdict: Verdict = "drop" if said == "drop" else "keep"
    reason = "answers another question" if verdict == "drop" else None
    return Decision(
        0, name, annotator, verdict, reason=reason, decided_at=moment.isoformat(timespec="seconds")
    )


def answered(recipe: Path) -> None:
    """Has each run answer the first questions of the test split, where it has not yet."""
    for run in list_runs(Workspace.open(recipe)):
        if not any(run.path.glob("evals/*")):
            print(f"train eval {run.id} --limit {_QUESTIONS}")
            evaluate(run, limit=_QUESTIONS)


def main(recipe: Path, screens: Sequence[str]) -> None:
    answered(recipe)
    folder = Path(__file__).parent / "pictures"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ[JOURNAL_VARIABLE] = str(Path(scratch) / "decisions.db")
        decide(recipe)
        for entry in SCREENS:
            if entry.name in (screens or [entry.name]):
                of = reworded(recipe, Path(scratch)) if entry.name == "family" else nullcontext(recipe)
                with of as shown:
                    svg = asyncio.run(picture(shown, entry.name))
                (folder / f"{entry.name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "recipe.yaml", sys.argv[2:])
