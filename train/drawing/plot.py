"""Plot: marks over two axes, as SVG that takes its colours from the page, in light and in dark.

Thousands of dots are one path, so that a page stays small; a dot that has something to say is an element of
its own with a title, and may link to where the page says more. `KINDS` are the colours, the same throughout.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from curate.html import Html, escaped
from schemas.arrays import Floats
from train.drawing.scale import Scale

Kind = Literal["one", "two", "three", "four", "grey"]
KINDS: tuple[Kind, ...] = ("one", "two", "three", "four")

STYLE = """
:root { --one: #2f6da8; --two: #b3520b; --three: #2b7a4b; --four: #7a4aa5; --grey: #767676 }
@media (prefers-color-scheme: dark) {
  :root { --one: #6fa8dc; --two: #f0a062; --three: #7bc99a; --four: #c3a3e8; --grey: #9a9a9a }
}
figure { margin: .5rem 0 1.8rem } figcaption { color: var(--soft); font-size: .9rem }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 0 1.5rem }
svg.plot { width: 100%; height: auto; display: block; font: 11px system-ui, sans-serif }
.plot text { fill: var(--soft) } .plot .grid { stroke: var(--line); stroke-width: 1 }
.plot path, .plot line { fill: none; stroke-width: 1.6; vector-effect: non-scaling-stroke }
.plot .thin { stroke-width: 1; opacity: .35 } .plot .dash { stroke-dasharray: 5 4 }
.plot .band { stroke: none; opacity: .18 } .plot .bars { stroke: none; opacity: .55 }
.plot .dots { stroke-width: 3.4; stroke-linecap: round; opacity: .4 }
.one { stroke: var(--one) } .two { stroke: var(--two) } .three { stroke: var(--three) }
.four { stroke: var(--four) } .grey { stroke: var(--grey) }
.plot .one.fill { fill: var(--one) } .plot .two.fill { fill: var(--two) }
.plot .three.fill { fill: var(--three) } .plot .four.fill { fill: var(--four) }
.plot .grey.fill { fill: var(--grey) }
.key { display: inline-block; width: 1.1rem; height: .7rem; margin: 0 .3rem 0 .8rem; border-radius: 2px }
.key.one { background: var(--one) } .key.two { background: var(--two) }
.key.three { background: var(--three) } .key.four { background: var(--four) }
.key.grey { background: var(--grey) }
"""

_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 10, 10, 36


@dataclass(slots=True)
class Plot:
    """`name_x` and `name_y` say quantity and unit. Sizes are in the SVG's own units."""

    x: Scale
    y: Scale
    name_x: str
    name_y: str
    width: int = 720
    height: int = 260
    _marks: list[str] = field(default_factory=list)
    _legend: list[tuple[Kind, str]] = field(default_factory=list)

    def legend(self, kind: Kind, name: str) -> None:
        """What a colour stands for, told below the plot."""
        if (kind, name) not in self._legend:
            self._legend.append((kind, name))

    def line(self, xs: Iterable[float], ys: Iterable[float], kind: Kind, style: str = "") -> None:
        """A line through the points; one that is not finite parts it. `style`: thin, dash."""
        points, pen = [], "M"
        for x, y in zip(*self._at(xs, ys), strict=True):
            if np.isfinite(x) and np.isfinite(y):
                points.append(f"{pen}{x:.1f} {y:.1f}")
                pen = "L"
            else:
                pen = "M"
        if points:
            self._marks.append(f'<path class="{kind} {style}" d="{"".join(points)}"/>')

    def band(self, xs: Sequence[float], lows: Sequence[float], highs: Sequence[float], kind: Kind) -> None:
        """The area between two lines."""
        there, back = self._at(xs, highs), self._at(xs[::-1], lows[::-1])
        points = [*zip(*there, strict=True), *zip(*back, strict=True)]
        if points and all(np.isfinite(point).all() for point in points):
            path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
            self._marks.append(f'<path class="{kind} fill band" d="M{path}z"/>')

    def dots(self, xs: Iterable[float], ys: Iterable[float], kind: Kind) -> None:
        """Any number of points, none of which says anything by itself."""
        drawn = (
            f"M{x:.1f} {y:.1f}h0"
            for x, y in zip(*self._at(xs, ys), strict=True)
            if np.isfinite(x) and np.isfinite(y)
        )
        path = "".join(dict.fromkeys(drawn))
        if path:
            self._marks.append(f'<path class="{kind} dots" d="{path}"/>')

    def dot(self, x: float, y: float, kind: Kind, says: str, link: str = "", size: float = 4) -> None:
        """One point that says something when pointed at, and may link to a place in the page."""
        (at_x,), (at_y,) = self._at([x], [y])
        if not (np.isfinite(at_x) and np.isfinite(at_y)):
            return
        mark = (
            f'<circle class="{kind} fill" cx="{at_x:.1f}" cy="{at_y:.1f}" r="{size:g}">'
            f"<title>{escaped(says)}</title></circle>"
        )
        self._marks.append(f'<a href="#{escaped(link)}">{mark}</a>' if link else mark)

    def bars(self, edges: Sequence[float], heights: Sequence[float], kind: Kind) -> None:
        """A histogram: a bar from each edge to the next; one edge more than heights."""
        xs, (base,) = self._at(edges, [self.y.low] * len(edges))[0], self._at([self.x.low], [0.0])[1]
        tops = self._at([self.x.low] * len(heights), heights)[1]
        path = "".join(
            f"M{a:.1f} {base:.1f}V{top:.1f}H{b:.1f}V{base:.1f}z"
            for a, b, top in zip(xs, xs[1:], tops, strict=False)
            if top < base
        )
        if path:
            self._marks.append(f'<path class="{kind} fill bars" d="{path}"/>')

    def text(self, x: float, y: float, words: str) -> None:
        """Words at a point, right of it; left of it in the right half."""
        (at_x,), (at_y,) = self._at([x], [y])
        side, anchor = (7, "start") if at_x < self.width / 2 else (-7, "end")
        self._marks.append(
            f'<text x="{at_x + side:.1f}" y="{at_y + 4:.1f}" text-anchor="{anchor}">{escaped(words)}</text>'
        )

    def figure(self, caption: str) -> Html:
        """The plot with its caption and the meaning of its colours. A screen reader is told the caption."""
        keys = "".join(
            f'<span class="key {kind}" aria-hidden="true"></span>{escaped(name)}'
            for kind, name in self._legend
        )
        return Html(
            f'<figure><svg class="plot" viewBox="0 0 {self.width} {self.height}" role="img" '
            f'style="max-width:{self.width * 1.42:.0f}px" '
            f'aria-label="{escaped(caption)}">{self._axes()}{"".join(self._marks)}</svg>'
            f"<figcaption>{escaped(caption)}{keys}</figcaption></figure>\n"
        )

    def _at(self, xs: Iterable[float], ys: Iterable[float]) -> tuple[Floats, Floats]:
        """Values as places in the SVG."""
        across, down = self.width - _LEFT - _RIGHT, self.height - _TOP - _BOTTOM
        return _LEFT + self.x.share(xs) * across, _TOP + (1 - self.y.share(ys)) * down

    def _axes(self) -> str:
        right, bottom = self.width - _RIGHT, self.height - _BOTTOM
        parts = []
        for value, words in self.x.ticks():
            at = self._at([value], [self.y.low])[0][0]
            parts.append(f'<line class="grid" x1="{at:.1f}" y1="{_TOP}" x2="{at:.1f}" y2="{bottom}"/>')
            parts.append(f'<text x="{at:.1f}" y="{bottom + 14}" text-anchor="middle">{words}</text>')
        for value, words in self.y.ticks():
            at = self._at([self.x.low], [value])[1][0]
            parts.append(f'<line class="grid" x1="{_LEFT}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}"/>')
            parts.append(f'<text x="{_LEFT - 5}" y="{at + 4:.1f}" text-anchor="end">{words}</text>')
        middle_x, middle_y = (_LEFT + right) / 2, (_TOP + bottom) / 2
        parts.append(
            f'<text x="{middle_x:.0f}" y="{self.height - 5}" text-anchor="middle">'
            f"{escaped(self.name_x)}</text>"
            f'<text transform="translate(11 {middle_y:.0f}) rotate(-90)" text-anchor="middle">'
            f"{escaped(self.name_y)}</text>"
        )
        return "".join(parts)
