"""A plan for a person: what is wrong first, then rows, course, memory, settings, and the examples."""

from collections.abc import Iterator
from itertools import groupby

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from schemas.visible import visible_line
from train.plan.findings import Finding
from train.plan.gpus import MOST
from train.plan.habits import Habit
from train.plan.masks import CLOSE, OPEN, Masked, coloured, plain
from train.plan.memory import Parts
from train.plan.outline import Outline
from train.plan.setup import ways_of
from train.plan.sizes import Room

_BAR = 40
_NAME = 24
_IDS = 3
_WIDTH = 110  # columns where stdout is no terminal, and for --plain
_PARTS = (
    ("weights", "weights"),
    ("  of these unquantised", "unquantised"),
    ("adapter", "adapter"),
    ("gradients", "gradients"),
    ("optimiser state", "optimiser"),
    ("activations", "activations"),
    ("head and loss", "head"),
    ("CUDA context", "context"),
    ("fragments, allowed for", "fragmentation"),
)


def show(plan: Outline, *, plain_text: bool) -> None:
    """On stdout. `plain_text`: no colour, and marks where colour would say something."""
    console = Console(highlight=False)
    if plain_text or not console.is_terminal:
        console = Console(highlight=False, no_color=True, width=_WIDTH, color_system=None)
        plain_text = True
    for page in pages(plan, plain_text):
        console.print(page, markup=False, soft_wrap=not isinstance(page, Table))


def pages(plan: Outline, plain_text: bool) -> Iterator[RenderableType]:
    yield from _heading("findings")
    yield from (_said(_finding(one), one.level, plain_text) for one in plan.findings)
    if not plan.findings:
        yield "nothing lost, nothing odd"
    yield from _heading("rows")
    yield from _lengths(plan)
    yield from _heading("course")
    yield from _course(plan)
    yield from _heading(f"memory in GB on {plan.memory_on}, {_batch(plan)}")
    yield _memory(plan)
    yield _kept(plan)
    length = f"{plan.memory[0].batch.length:,}"
    yield from _heading(
        f"GPUs: GB needed for that batch, and how many sequences of {length} tokens fit at once"
    )
    yield _gpus(plan)
    yield from _heading("settings that are not as usual")
    yield from (_said(_habit(one), one.level, plain_text) for one in plan.habits)
    if not plan.habits:
        yield "none"
    for example in plan.examples:
        yield from _example(example, plain_text)
    yield ""
    yield f"{plan.warnings} warnings" if plan.warnings != 1 else "1 warning"


def _heading(title: str) -> Iterator[RenderableType]:
    yield ""
    yield Text(title, style="bold")


def _said(text: str, level: str, plain_text: bool) -> RenderableType:
    mark = "! " if level == "warning" else "· "
    style = "" if plain_text else "yellow" if level == "warning" else ""
    return Text(mark + visible_line(text), style=style)


def _finding(finding: Finding) -> str:
    some = ", ".join(finding.ids[:_IDS])
    more = f" and {len(finding.ids) - _IDS:,} more" if len(finding.ids) > _IDS else ""
    return f"{finding.text}{f' ({some}{more})' if some else ''}"


def _habit(habit: Habit) -> str:
    return f"{habit.key}: {habit.value}; usual is {habit.usual}: {habit.why} [{habit.source}]"


def _lengths(plan: Outline) -> Iterator[RenderableType]:
    counts = ", ".join(f"{n:,} {split}" for split, n in plan.counts.items())
    if plan.classes:
        yield f"{counts}; each is trained on one class, {plan.tokens['total']:,} tokens are read"
        yield from _classes(plan)
    else:
        yield f"{counts}; {plan.tokens['trained']:,} of {plan.tokens['total']:,} tokens are trained"
    of = plan.lengths
    yield (
        f"train rows have {of.mean:,.0f} tokens on average, median {of.median:,}, 95 % at most {of.p95:,}, "
        f"the longest {of.longest:,}; train.max_length is {plan.train.max_length:,}"
    )
    most = max(bar.rows for bar in of.bars)
    width = len(f"{of.bars[-1].high:,}")
    for bar in of.bars:
        filled = "█" * -(-bar.rows * _BAR // most)
        yield f"{bar.low:>{width},} to {bar.high:>{width},} {filled:{_BAR}} {bar.rows:,}"


def _classes(plan: Outline) -> Iterator[RenderableType]:
    """Train rows by class, and those of the other splits."""
    most = max(bar.train for bar in plan.classes)
    width = min(_NAME, max(len(visible_line(bar.name)) for bar in plan.classes))
    for bar in plan.classes:
        filled = "█" * -(-bar.train * _BAR // most)
        yield (
            f"{visible_line(bar.name)[:width]:{width}} {filled:{_BAR}} {bar.train:,}"
            f" + {bar.validation:,} validation + {bar.test:,} test"
        )


def _course(plan: Outline) -> Iterator[RenderableType]:
    schedule, course = plan.course.schedule, plan.course
    things = "packs" if course.packed else "examples"
    yield "; ".join(plan.compute.reasons)
    yield (
        f"{schedule.total_steps:,} steps: {plan.train.epochs:g} epochs of {schedule.steps_per_epoch:,}; "
        f"a step takes {schedule.accumulation} × {schedule.per_device} {things}, "
        f"about {course.examples:.0f} examples (train.batch.effective: {plan.train.batch.effective})"
    )
    if course.packed:
        yield (
            f"{plan.lengths.rows:,} rows in {course.sequences:,} packs of at most {course.longest:,} tokens; "
            "a model whose attention mixes packed rows is padded instead"
        )
    else:
        yield f"rows are padded: {course.padding:.0%} of what is computed is padding"


def _batch(plan: Outline) -> str:
    batch = plan.memory[0].batch
    return f"micro-batch {batch.sequences} × {batch.length:,} tokens"


def _memory(plan: Outline) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for memory in plan.memory:
        table.add_column(memory.way + (" *" if memory.way == plan.way else ""), justify="right")
    for title, part in _PARTS:
        table.add_row(title, *(_gb(getattr(memory.parts, part)) for memory in plan.memory))
    table.add_row("in all", *(_gb(memory.parts.total) for memory in plan.memory), style="bold")
    table.add_row("weights trained", *(f"{memory.trained:,}" for memory in plan.memory))
    table.add_row("peak at", *(_moment(memory.parts) for memory in plan.memory))
    return table


def _moment(parts: Parts) -> str:
    return {"forward": "forward's end", "backward": "backward", "step": "optimiser"}[parts.moment]


def _kept(plan: Outline) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("activations of the recipe's way *", "kept", "in all"):
        table.add_column(title, justify="right" if title in ("kept", "in all") else "left")
    names = {
        "sdpa": "scaled-dot-product attention",
        "flash": "flash attention",
        "eager": "attention as written",
    }
    for kept in plan.kept:
        what = "recomputed" if kept.recompute else "kept"
        table.add_row(f"{what}, {names[kept.attention]}", _gb(kept.activations), _gb(kept.total))
    return table


def _gpus(plan: Outline) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("GPU")
    table.add_column("GB", justify="right")
    for way in ways_of(plan.train):
        table.add_column(f"{way}{' *' if way == plan.way else ''}", justify="right", no_wrap=True)
        table.add_column("at once", justify="right", no_wrap=True)
    for gpu, group in groupby(plan.rooms, key=lambda room: room.gpu):
        cells = [cell for room in group for cell in _room(room)]
        table.add_row(gpu.name, f"{gpu.bytes / 1e9:.0f}", *cells)
    return table


def _room(room: Room) -> tuple[str, str]:
    return (
        f"{_gb(room.total)} {'fits' if room.fits else 'no'}",
        _at_least(room.largest),
    )


def _example(example: Masked, plain_text: bool) -> Iterator[RenderableType]:
    where = f"what is trained stands in {OPEN} {CLOSE}" if plain_text else "what is trained is bold and green"
    cut = f", {example.cut:,} cut off" if example.cut else ""
    of = f"{example.trained:,} of {example.trained + example.prompt:,} tokens"
    yield from _heading(f"{example.example_id}: {of}{cut}; {where}")
    yield plain(example) if plain_text else coloured(example)


def _at_least(sequences: int) -> str:
    return f"{sequences:,}+" if sequences == MOST else f"{sequences:,}"


def _gb(number: float) -> str:
    if 0 < number < 0.01e9:
        return "<0.01"
    return f"{number / 1e9:,.2f}" if number < 99.995e9 else f"{number / 1e9:,.0f}"
