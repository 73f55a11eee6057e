"""Styles and marks. Nothing is told by colour alone: every state has a letter, an underline or a weight too.

`wear` gives the styles the colours of a theme: read them from this module when drawing, and keep none.

Shades of token loss are one hue of rising lightness, so they keep their order for colour-blind eyes and in
grey; each step adds a style that shows without any colour. Steps are the probability given to the token.
"""

import math

from rich.style import Style

from tui.colours import DEFAULT, THEMES

PLAIN: Style
DIM: Style
BAR: Style
BAR_DIM: Style
BAR_STRONG: Style
CURSOR: Style
POINTER: Style
NOTICE: Style
ALARM: Style
FLAG: Style
REMOVED: Style
ADDED: Style
FOUND: Style
HIT: Style
HIT_HERE: Style
ROLE: dict[str, Style]
SHADES: tuple[Style, ...]

DIFF_LOOKS = (("in the parent alone", "underlined"), ("in the child alone", "bold, underlined"))
SPAN_LOOKS = (
    ("what / looks for", "reversed, the one that n went to bold too"),
    ("what the pii stage found", "italic, bold, underlined; the heading says what it is"),
)

SHADE_FROM = (0.5, 0.1, 0.01)  # a token given less than this is shaded by one step more
SHADE_WORDS = ("≥ 50 %", "< 50 %", "< 10 %", "< 1 %")
_NATS = tuple(-math.log(p) for p in SHADE_FROM)

MARKS = {None: " ", "keep": "K", "drop": "D", "edit": "E", "skip": "-"}


def shade(nats: float) -> int:
    """The step of `SHADES` for a token's loss."""
    return sum(nats > limit for limit in _NATS)


def wear(name: str) -> None:
    """Draw in the colours of this theme from here on, in the whole process."""
    c = THEMES[name]
    background, panel = f"on {c.background}", f"on {c.panel}"
    plain = f"{c.foreground} {background}"
    first, second, third = (f"{ink} on {paper}" for ink, paper in c.shades)
    styles = {
        "PLAIN": plain,
        "DIM": f"{c.faint} {background}",
        "BAR": f"{c.foreground} {panel}",
        "BAR_DIM": f"{c.faint} {panel}",
        "BAR_STRONG": f"bold {c.foreground} {panel}",
        "CURSOR": f"bold {c.foreground} on {c.cursor}",
        "POINTER": f"reverse {plain}",
        "NOTICE": f"bold {c.blue} {panel}",
        "ALARM": f"bold reverse {c.orange} {panel}",
        "FLAG": f"bold {c.orange} {background}",
        "REMOVED": f"underline {c.orange} {background}",
        "ADDED": f"bold underline {c.blue} {background}",
        "FOUND": f"italic bold underline {c.orange} {background}",
        "HIT": f"reverse {plain}",
        "HIT_HERE": f"bold reverse {c.yellow} {background}",
    }
    roles = {"system": c.faint, "user": c.blue, "assistant": c.yellow, "tool": c.faint}
    shades = (plain, f"underline {first}", f"bold underline {second}", f"bold underline reverse {third}")
    globals().update({style: Style.parse(look) for style, look in styles.items()})
    globals()["ROLE"] = {role: Style.parse(f"bold {ink} {background}") for role, ink in roles.items()}
    globals()["SHADES"] = tuple(Style.parse(look) for look in shades)


wear(DEFAULT)
