"""One picture of a run, for a terminal of a given size: plain text with styles, made of what was told so far.

Everything is told by words and shapes first, so that it holds without colour. What comes from the data goes
through `schemas.visible`.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len, set_cell_size

from schemas.visible import visible_line
from train.progress.curve import Curve, plot
from train.progress.report import Report

Piece = tuple[str, str]
Line = list[Piece]
"""Text and rich style, from left to right."""

_SPARSE = 12  # rows below which there is no room for a plot
_MESSAGES = 2
_ID = 8


@dataclass
class Measuring:
    what: str
    done: int
    total: int


@dataclass
class State:
    """`left_s`: estimated seconds to the end of training. `measuring`: the losses that are being taken."""

    report: Report | None = None
    left_s: float | None = None
    curve: Curve = field(default_factory=Curve)
    measuring: Measuring | None = None
    messages: list[str] = field(default_factory=list)


def frame(state: State, width: int, height: int) -> list[Line]:
    """Exactly `height` lines, each of exactly `width` columns."""
    lines = list(_top(state, width))
    if not lines and not state.messages:
        lines = [[("starting: the libraries are loaded", "dim")]]
    room = height - len(lines)
    worst = list(_worst(state, width))[: max(0, room - _MESSAGES)]
    room -= len(worst)
    if state.report is not None and height >= _SPARSE:
        drawn = max(2, min(room - _MESSAGES, room * 2 // 3 if room > 12 else room))
        lines += _plot(state, width, drawn)
    lines += worst
    lines += _said(state.messages, width, height - len(lines))
    lines += [[("", "")]] * (height - len(lines))
    return [_exactly(line, width) for line in lines[:height]]


def _top(state: State, width: int) -> Iterator[Line]:
    report, measuring = state.report, state.measuring
    if report is not None:
        yield [(f"run {report.run}", "bold"), (f"  {_left(state.left_s)}", "")]
        yield _bar(
            f"step {report.step}/{report.total}  epoch {report.epoch:.2f}", report.step, report.total, width
        )
        yield [("loss ", ""), (f"{report.loss:.4f}", "bold cyan"), *_validation(report)]
        steered = f"rate {report.learning_rate:.2e}  gradient {report.grad_norm:.3g}"
        yield [(f"{steered}  {report.tokens_per_s:,.0f} tokens/s  {report.memory_gib:.1f} GiB", "")]
    if measuring is not None:
        yield _bar(f"losses, {measuring.what}", measuring.done, measuring.total, width)
    elif report is not None:
        yield [("", "")]


def _validation(report: Report) -> Line:
    if not report.validation:
        return []
    step, last = report.validation[-1]
    best_step, best = min(report.validation, key=lambda point: (point[1], point[0]))
    best_words = "the best" if best_step == step else f"best {best:.4f} at step {best_step}"
    return [("  validation ", ""), (f"{last:.4f}", "bold yellow"), (f" at step {step} ({best_words})", "")]


def _bar(words: str, done: int, total: int, width: int) -> Line:
    share = done / max(total, 1)
    room = max(width - len(words) - 7, 0)
    filled = int(room * share)
    return [
        (f"{words} ", ""),
        ("━" * filled, "green"),
        ("╌" * (room - filled), "dim"),
        (f" {share:4.0%}", ""),
    ]


def _plot(state: State, width: int, height: int) -> Iterator[Line]:
    report = state.report
    if report is None:
        return
    drawn = plot(state.curve, report.validation, report.total, width, height)
    for label, row, marks in zip(drawn.labels, drawn.rows, drawn.marks, strict=True):
        yield [(f"{label}│", "dim"), *_coloured(row, marks)]


def _coloured(row: str, marks: Iterable[int]) -> Iterator[Piece]:
    start = 0
    for column in sorted(marks):
        yield row[start:column], "cyan"
        yield row[column], "bold yellow"
        start = column + 1
    yield row[start:], "cyan"


def _worst(state: State, width: int) -> Iterator[Line]:
    if state.report is None or not state.report.worst:
        return
    yield [("highest losses of this epoch", "dim")]
    for worst in state.report.worst:
        text = worst.text[: 4 * width]
        yield [(f"{worst.loss:6.2f} ", "red"), (f"{worst.example_id[:_ID]} ", "dim"), (text, "")]


def _said(messages: Sequence[str], width: int, rows: int) -> list[Line]:
    """The latest messages in full, the newest at the end."""
    lines: list[Line] = []
    for message in reversed(messages):
        wrapped = textwrap.wrap(visible_line(message), max(width, 1)) or [""]
        lines = [*([(line, "")] for line in wrapped), *lines]
        if len(lines) >= rows:
            break
    return lines[-rows:] if rows > 0 else []


def _left(left_s: float | None) -> str:
    if left_s is None:
        return ""
    minutes, seconds = divmod(round(left_s), 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{clock} left"


def _exactly(line: Line, width: int) -> Line:
    """Cut or filled to the width."""
    cut: Line = []
    for raw, style in line:
        text = visible_line(raw)
        fits = set_cell_size(text, width) if _cells(text) > width else text
        cut.append((fits, style))
        width -= _cells(fits)
        if width <= 0:
            return cut
    return [*cut, (" " * width, "")]


def _cells(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)
