"""Colours and marks. Nothing is told by colour alone: every state has a letter, an underline or a weight too.

Shades of token loss are one hue of rising lightness, so they keep their order for colour-blind eyes and in
grey; each step adds a style that shows without any colour. Steps are the probability given to the token.
"""

import math

from rich.style import Style
from textual.theme import Theme

BACKGROUND, PANEL, FOREGROUND, FAINT = "#16181d", "#20242c", "#e6e6e6", "#9aa3b2"
BLUE, ORANGE, YELLOW = "#7fb8ff", "#ffb454", "#f0d264"

SIFTUNE = Theme(
    name="siftune",
    primary=BLUE,
    secondary=FAINT,
    warning=ORANGE,
    error=ORANGE,
    success=BLUE,
    accent=YELLOW,
    foreground=FOREGROUND,
    background=BACKGROUND,
    surface=PANEL,
    panel=PANEL,
    dark=True,
)

PLAIN = Style.parse(f"{FOREGROUND} on {BACKGROUND}")
DIM = Style.parse(f"{FAINT} on {BACKGROUND}")
BAR = Style.parse(f"{FOREGROUND} on {PANEL}")
BAR_DIM = Style.parse(f"{FAINT} on {PANEL}")
BAR_STRONG = Style.parse(f"bold {FOREGROUND} on {PANEL}")
CURSOR = Style.parse(f"bold {FOREGROUND} on #33465f")
NOTICE = Style.parse(f"bold {BLUE} on {PANEL}")
ALARM = Style.parse(f"bold reverse {ORANGE} on {PANEL}")
FLAG = Style.parse(f"bold {ORANGE} on {BACKGROUND}")
ROLE = {
    "system": Style.parse(f"bold {FAINT} on {BACKGROUND}"),
    "user": Style.parse(f"bold {BLUE} on {BACKGROUND}"),
    "assistant": Style.parse(f"bold {YELLOW} on {BACKGROUND}"),
    "tool": Style.parse(f"bold {FAINT} on {BACKGROUND}"),
}

REMOVED = Style.parse(f"underline {ORANGE} on {BACKGROUND}")
ADDED = Style.parse(f"bold underline {BLUE} on {BACKGROUND}")
DIFF_LOOKS = (("in the parent alone", "underlined"), ("in the child alone", "bold, underlined"))

FOUND = Style.parse(f"italic bold underline {ORANGE} on {BACKGROUND}")
HIT = Style.parse(f"reverse {FOREGROUND} on {BACKGROUND}")
HIT_HERE = Style.parse(f"bold reverse {YELLOW} on {BACKGROUND}")
SPAN_LOOKS = (
    ("what / looks for", "reversed, the one that n went to bold too"),
    ("what the pii stage found", "italic, bold, underlined; the heading says what it is"),
)

SHADES = (
    PLAIN,
    Style.parse(f"underline {FOREGROUND} on #2e2a20"),
    Style.parse("bold underline #ffffff on #6b4e10"),
    Style.parse("bold underline reverse #f5b52e on #101010"),
)
SHADE_FROM = (0.5, 0.1, 0.01)  # a token given less than this is shaded by one step more
SHADE_WORDS = ("≥ 50 %", "< 50 %", "< 10 %", "< 1 %")
_NATS = tuple(-math.log(p) for p in SHADE_FROM)

MARKS = {None: " ", "keep": "K", "drop": "D", "edit": "E", "skip": "-"}


def shade(nats: float) -> int:
    """The step of `SHADES` for a token's loss."""
    return sum(nats > limit for limit in _NATS)
