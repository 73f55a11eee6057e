"""The colours of each `--theme`, and Textual's theme made of them.

Blue, orange and yellow are told apart by people who see no red or no green, and differ in lightness besides.
Every text has a contrast of at least 4.5 to its ground (WCAG 2.2, AA), in `contrast` at least 7 (AAA).

All but the shades are colours of xterm's palette: the same in a terminal that has no others, and a third of
the bytes in one that has.
"""

from dataclasses import dataclass

from textual.theme import Theme


@dataclass(frozen=True, slots=True)
class Colours:
    """`shades` are (text, ground) of tokens that the model expected less and less; the last is shown
    reversed, and so written the other way round."""

    background: str
    panel: str
    foreground: str
    faint: str
    blue: str
    orange: str
    yellow: str
    cursor: str
    shades: tuple[tuple[str, str], tuple[str, str], tuple[str, str]]
    dark: bool = True

    def theme(self, name: str) -> Theme:
        return Theme(
            name=name,
            primary=self.blue,
            secondary=self.faint,
            warning=self.orange,
            error=self.orange,
            success=self.blue,
            accent=self.yellow,
            foreground=self.foreground,
            background=self.background,
            surface=self.panel,
            panel=self.panel,
            dark=self.dark,
        )


THEMES = {
    "dark": Colours(
        background="#1c1c1c",
        panel="#262626",
        foreground="#e4e4e4",
        faint="#a8a8a8",
        blue="#87afff",
        orange="#ffaf5f",
        yellow="#ffd75f",
        cursor="#005f87",
        shades=(("#e4e4e4", "#2e2a20"), ("#ffffff", "#6b4e10"), ("#f5b52e", "#101010")),
    ),
    "light": Colours(
        background="#ffffff",
        panel="#eeeeee",
        foreground="#1c1c1c",
        faint="#585858",
        blue="#005faf",
        orange="#875f00",
        yellow="#5f5f00",
        cursor="#afd7ff",
        shades=(("#1c1c1c", "#f3e9cf"), ("#2b1c00", "#f0c04e"), ("#6b3200", "#ffffff")),
        dark=False,
    ),
    "contrast": Colours(
        background="#000000",
        panel="#1c1c1c",
        foreground="#ffffff",
        faint="#d0d0d0",
        blue="#87d7ff",
        orange="#ffaf00",
        yellow="#ffff5f",
        cursor="#0000af",
        shades=(("#ffffff", "#33300f"), ("#ffffff", "#5c4300"), ("#ffd24a", "#000000")),
    ),
}
DEFAULT = "dark"
