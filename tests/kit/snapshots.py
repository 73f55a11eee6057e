"""Pictures of the screen as text, kept beside the tests: what stands where, and in which style.

    await matches(pilot, "overview")         # compares with tests/tui/snapshots/overview.txt

A picture is the screen's text; below it the same grid with a letter for the style of each cell; below that
what each letter stands for. `SNAPSHOTS=write pytest …` writes them anew: look at the difference before you
commit it. `hide` is a pattern of what differs from run to run, such as a time of day.
"""

import difflib
import os
import re
from pathlib import Path
from string import ascii_letters

from pilots import until
from rich.style import Style
from textual.pilot import Pilot

FOLDER = Path(__file__).parents[1] / "tui" / "snapshots"
CLOCK = r"\d\d:\d\d:\d\d"
DAY = r"20\d\d-\d\d-\d\d"


async def matches(pilot: Pilot[int], name: str, hide: str = f"{CLOCK}|{DAY}") -> None:
    """Waits for the screen to come to rest, then compares."""
    found = await _at_rest(pilot)
    found = re.sub(hide, lambda match: "·" * len(match[0]), found)
    path = FOLDER / f"{name}.txt"
    if os.environ.get("SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert path.exists(), f"no snapshot {path.name}: SNAPSHOTS=write pytest writes it"
    kept = path.read_text(encoding="utf-8")
    difference = difflib.unified_diff(kept.splitlines(), found.splitlines(), "kept", "found", lineterm="")
    assert kept == found, "\n".join([f"{path.name} differs", *difference])


async def _at_rest(pilot: Pilot[int]) -> str:
    """The picture when nothing is being computed and two looks at it agree."""
    last = ""

    def still() -> bool:
        nonlocal last
        before, last = last, picture(pilot)
        return before == last and all(worker.is_finished for worker in pilot.app.workers)

    await until(pilot, still)
    return last


def picture(pilot: Pilot[int]) -> str:
    letters: dict[str, str] = {}
    texts: list[str] = []
    looks: list[str] = []
    for strip in pilot.app.screen._compositor.render_strips():
        texts.append(strip.text.rstrip())
        cells = ((segment.style or Style.null(), segment.cell_length) for segment in strip)
        looks.append("".join(_letter(style, letters) * cells for style, cells in cells))
    legend = [f"{letter} {style}" for style, letter in letters.items()]
    return "\n".join([*texts, "", *looks, "", *legend, ""])


def _letter(style: Style, letters: dict[str, str]) -> str:
    look = str(style.without_color if not style.color else style).partition(" link ")[0]
    return letters.setdefault(look, ascii_letters[len(letters) % len(ascii_letters)])
