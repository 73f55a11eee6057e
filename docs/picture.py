"""Takes the README's picture of the review: `python docs/picture.py demo`, after `make demo`."""

import asyncio
import sys
from pathlib import Path

from tui.app import ReviewApp
from tui.model.workbench import open_workbench

SIZE = (112, 30)
ANNOTATOR = "you"
KEYS = ("j", "j")


async def picture(recipe: Path) -> str:
    """The review of the latest run as an SVG, a few examples down the queue."""
    with open_workbench(recipe, queue="loss", annotator=ANNOTATOR, run=None, version=None) as bench:
        app = ReviewApp(bench)
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press(*KEYS)
            await pilot.pause()
            return app.export_screenshot(title="curate review")


if __name__ == "__main__":
    target = Path(__file__).parent / "pictures" / "review.svg"
    target.parent.mkdir(exist_ok=True)
    target.write_text(asyncio.run(picture(Path(sys.argv[1]) / "recipe.yaml")), encoding="utf-8")
