"""The colours of each `--theme`, and Textual's theme made of them.

Blue, orange and yellow are told apart by people who see no red or no green, and differ in lightness besides.
Every text has a contrast of at least 4.5 to its ground (WCAG 2.2, AA), in `contrast` at least 7 (AAA).
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
        background="#16181d",
        panel="#20242c",
        foreground="#e6e6e6",
        faint="#9aa3b2",
        blue="#7fb8ff",
        orange="#ffb454",
        yellow="#f0d264",
        cursor="#33465f",
        shades=(("#e6e6e6", "#2e2a20"), ("#ffffff", "#6b4e10"), ("#f5b52e", "#101010")),
    ),
    "light": Colours(
        background="#fbfaf6",
        panel="#e9e6dd",
        foreground="#1b1d22",
        faint="#545a66",
        blue="#0b4fa0",
        orange="#8f3f00",
        yellow="#5d4b00",
        cursor="#bcd3f2",
        shades=(("#1b1d22", "#f3e9cf"), ("#2b1c00", "#f0c04e"), ("#6b3200", "#ffffff")),
        dark=False,
    ),
    "contrast": Colours(
        background="#000000",
        panel="#1a1a1a",
        foreground="#ffffff",
        faint="#d0d0d0",
        blue="#8cc8ff",
        orange="#ffb000",
        yellow="#ffff66",
        cursor="#003f9e",
        shades=(("#ffffff", "#33300f"), ("#ffffff", "#5c4300"), ("#ffd24a", "#000000")),
    ),
}
DEFAULT = "dark"
