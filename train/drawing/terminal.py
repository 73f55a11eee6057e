"""A few named points as characters, for a terminal: each point is a letter of its own."""

from collections.abc import Sequence

from train.drawing.scale import Scale

_WIDTH, _HEIGHT = 60, 14


def scatter(points: Sequence[tuple[str, float, float]], name_x: str, name_y: str) -> str:
    """`points`: (name, x, y). Where points fall together, the first one's name stands, in the order given."""
    x, y = Scale.over([p[1] for p in points]), Scale.over([p[2] for p in points])
    cells = [[" "] * (_WIDTH + 1) for _ in range(_HEIGHT + 1)]
    for name, at_x, at_y in reversed(points):
        column = round(float(x.share([at_x])[0]) * _WIDTH)
        line = round((1 - float(y.share([at_y])[0])) * _HEIGHT)
        for offset, letter in enumerate(name):
            if column + offset <= _WIDTH:
                cells[line][column + offset] = letter
    labels = {round((1 - float(y.share([value])[0])) * _HEIGHT): words for value, words in y.ticks()}
    margin = max((len(words) for words in labels.values()), default=0)
    lines = [
        f"{labels.get(n, ''):>{margin}} {'┤' if n in labels else '│'}{''.join(row).rstrip()}"
        for n, row in enumerate(cells)
    ]
    below = [" "] * (_WIDTH + 12)
    for value, words in x.ticks():
        column = round(float(x.share([value])[0]) * _WIDTH)
        below[column : column + len(words)] = words
    return "\n".join(
        [
            f"{name_y}",
            *lines,
            f"{'':>{margin}} └{'─' * (_WIDTH + 1)}",
            f"{'':>{margin}}  {''.join(below).rstrip()}",
            f"{'':>{margin}}  {name_x:>{_WIDTH}}",
        ]
    )
