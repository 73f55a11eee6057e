"""Takes a picture of every screen of the review: `python docs/picture.py demo`, after `make demo`; of some
alone where they are named behind it.

The decisions that they show are made up, in a journal of their own: the demo's stays as it is. Votes need the
answers of `train eval --limit 30` of each of its runs. The augmented examples are asked of an endpoint on
this machine, for a copy of the workspace.
"""

import asyncio
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from reworded import reworded
from textual.pilot import Pilot

from curate.journal import Journal
from curate.workspace import JOURNAL_VARIABLE, Workspace
from tui.actions.registry import Registry
from tui.app import ReviewApp
from tui.catalogue import SCREENS
from tui.model.workbench import open_workbench

SIZE = (112, 30)
ANNOTATOR = "ada"
KEYS = {
    "review": ("j", "j"),
    "family": ("j", "j"),
    "journal": ("j", "j"),
    "losses": ("j",),
    "agreement": ("j",),
    "runs": ("b",),
    "votes": ("l", "h", "j"),
}
_DECIDED, _AGREED = 60, 0.8  # examples that both decided, and the share on which they agree
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
    """Two annotators on the same examples, the same each time."""
    workspace = Workspace.open(recipe)
    dice = random.Random(17)
    names = [example.example_id for example in workspace.version().examples("train")]
    with Journal.open(workspace.journal) as journal:
        for name in dice.sample(names, min(_DECIDED, len(names))):
            said = dice.choices(("keep", "drop"), (0.7, 0.3))[0]
            other = said if dice.random() < _AGREED else ("keep", "drop")[said == "keep"]
            journal.append(name, "bob", "drop" if other == "drop" else "keep")
            journal.append(
                name, ANNOTATOR, said, reason="answers another question" if said == "drop" else None
            )


def main(recipe: Path, screens: Sequence[str]) -> None:
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
