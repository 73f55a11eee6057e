"""What tokenisation does to the rows, and which of them lose something by it.

The rows are those of `train.tokens.prepare`, which a run trains on: a plan cannot count otherwise than a run.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from schemas.errors import UsageError
from schemas.example import Example
from train.rows import Row
from train.template import ChatTemplate, RowError, Tokenizer, read_template, render
from train.tokens import Prepared, TokenRow, Untrainable

Level = Literal["warning", "note"]
_BARS = 10
_CHECKED = 2000  # rows whose prompt is rendered a second time; evenly spread where there are more
_TAIL = 16  # tokens that are decoded to look for an end-of-turn marker


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the data or the tokenizer. `ids` are the examples concerned, all of them."""

    kind: str
    level: Level
    text: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """Rows of `low` to `high` tokens, both counted in."""

    low: int
    high: int
    rows: int


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lengths in tokens of the rows that can be trained on, before they are cut."""

    rows: int
    mean: float
    median: int
    p95: int
    longest: int
    bars: tuple[Bar, ...]


def lengths(rows: Sequence[Row]) -> Lengths:
    """The distribution of lengths, with a histogram of equal steps. Raises ValueError for no rows."""
    if not rows:
        raise ValueError("no rows")
    ordered = sorted(len(row) + row.n_cut for row in rows)
    low, high = ordered[0], ordered[-1]
    step = max(1, -(-(high - low + 1) // _BARS))
    edges = range(low, high + 1, step)
    bars = tuple(Bar(edge, edge + step - 1, sum(edge <= n < edge + step for n in ordered)) for edge in edges)
    return Lengths(
        rows=len(ordered),
        mean=sum(ordered) / len(ordered),
        median=ordered[len(ordered) // 2],
        p95=ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
        longest=high,
        bars=bars,
    )


def find(
    examples: Sequence[Example],
    prepared: Prepared[TokenRow],
    whole: Prepared[TokenRow],
    tokenizer: Tokenizer,
    vocabulary: int,
) -> list[Finding]:
    """All that is to be said of the rows, warnings first. `whole` are the rows as they were without a cut,
    `vocabulary` the tokens that the model knows."""
    template = read_template(tokenizer)
    found = [
        *cut(prepared.rows, prepared.max_length),
        *left_out(prepared.untrainable),
        *_endless(prepared, whole, template, tokenizer),
        *_prompts(examples, template, tokenizer),
        *_first_tokens(prepared.rows, tokenizer),
        *unknown(prepared.rows, vocabulary),
        *_tokenizer(template, tokenizer),
        *(Finding("template", "warning", note) for note in prepared.notes),
    ]
    return sorted(found, key=lambda finding: finding.level != "warning")


def cut(rows: Sequence[Row], max_length: int) -> Iterable[Finding]:
    """Rows that lose tokens."""
    shorter = [row for row in rows if row.truncated]
    if not shorter:
        return
    tokens = sum(row.n_cut for row in shorter)
    longest = max(len(row) + row.n_cut for row in rows)
    yield Finding(
        "truncated",
        "warning",
        f"{len(shorter):,} rows are cut at train.max_length {max_length} and lose {tokens:,} tokens; "
        f"the longest has {longest:,}",
        tuple(row.example_id for row in shorter),
    )


def left_out(rows: Sequence[Untrainable]) -> Iterable[Finding]:
    """Rows that cannot be trained on, by reason."""
    for reason in dict.fromkeys(_reason(row) for row in rows):
        ids = tuple(row.example_id for row in rows if _reason(row) == reason)
        yield Finding("nothing to train on", "warning", f"{len(ids):,} rows are left out: {reason}", ids)


def _reason(row: Untrainable) -> str:
    """Without the numbers of the row, so that rows left out for one reason are counted together."""
    return row.reason.partition(" (")[0]


def _endless(
    prepared: Prepared[TokenRow], whole: Prepared[TokenRow], template: ChatTemplate, tokenizer: Tokenizer
) -> Iterable[Finding]:
    """Rows whose last answer is not trained up to the marker that ends it: such a model does not stop."""
    if template.end_of_turn is None:
        return  # one of the notes of tokenisation says so
    ends = {row.example_id: row.trained[-1][1] for row in whole.rows}
    lost = [row for row in prepared.rows if row.trained[-1][1] < ends.get(row.example_id, 0)]
    if lost:
        yield Finding(
            "end of turn",
            "warning",
            f"{len(lost):,} rows lose the end of their last answer ({template.end_of_turn!r}) to the cut: "
            "the model does not learn there to stop",
            tuple(row.example_id for row in lost),
        )
    unmarked = [row for row in whole.rows if not _closed(row, template.end_of_turn, tokenizer)]
    if unmarked:
        yield Finding(
            "end of turn",
            "warning",
            f"{len(unmarked):,} rows end their last answer without a trained {template.end_of_turn!r}: "
            "the model does not learn there to stop",
            tuple(row.example_id for row in unmarked),
        )


def _closed(row: TokenRow, end_of_turn: str, tokenizer: Tokenizer) -> bool:
    start, stop = row.trained[-1]
    tail = tokenizer.decode(list(row.input_ids[max(start, stop - _TAIL) : stop]))
    return bool(tail.rstrip().endswith(end_of_turn.rstrip()))


def _prompts(examples: Sequence[Example], template: ChatTemplate, tokenizer: Tokenizer) -> Iterable[Finding]:
    """Rows whose prompt, as the model will be asked it, is not the beginning of what it was trained on."""
    step = max(1, -(-len(examples) // _CHECKED))
    checked = examples[::step]
    by_prefix = replace(template, marks=False)
    unlike = []
    for example in checked:
        try:
            render(by_prefix, tokenizer, example)
        except UsageError:
            unlike.append(example.example_id)
        except RowError:
            continue  # counted among those with nothing to train on
    if unlike:
        of = f"of {len(checked):,} looked at" if step > 1 else "rows"
        yield Finding(
            "prompt",
            "warning",
            f"{len(unlike):,} {of}: the prompt of a turn is not the beginning of prompt plus answer, so the "
            "model is asked otherwise than it was taught",
            tuple(unlike),
        )


def _first_tokens(rows: Sequence[TokenRow], tokenizer: Tokenizer) -> Iterable[Finding]:
    bos = tokenizer.bos_token_id
    if bos is None:
        return
    twice = tuple(row.example_id for row in rows if list(row.input_ids[:2]) == [bos, bos])
    if twice:
        yield Finding(
            "double BOS",
            "warning",
            f"{len(twice):,} rows begin with {tokenizer.bos_token!r} twice: template and data both write it",
            twice,
        )
    adds = tokenizer("a").input_ids[:1] == [bos]
    without = tuple(row.example_id for row in rows if row.input_ids[0] != bos) if adds else ()
    if without:
        yield Finding(
            "no BOS",
            "warning",
            f"{len(without):,} rows begin without {tokenizer.bos_token!r}, which this tokenizer puts before "
            "a text: its chat template leaves it out",
            without,
        )


def unknown(rows: Sequence[Row], vocabulary: int) -> Iterable[Finding]:
    """Rows with a token that the model has no embedding for: tokenizer and model are not a pair."""
    ids = tuple(row.example_id for row in rows if max(row.input_ids) >= vocabulary)
    if ids:
        yield Finding(
            "unknown token",
            "warning",
            f"{len(ids):,} rows hold a token above the model's vocabulary of {vocabulary:,}: training fails "
            "at the first of them",
            ids,
        )


def _tokenizer(template: ChatTemplate, tokenizer: Tokenizer) -> Iterable[Finding]:
    if tokenizer.pad_token_id is None:
        yield Finding(
            "no pad token",
            "warning",
            f"{template.name} has no pad token: batches cannot be padded with a token of its own",
        )
    if not template.marks:
        yield Finding(
            "no generation marks",
            "note",
            f"the chat template of {template.name} has no {{% generation %}} marks: what the assistant says "
            "is found by rendering each prompt",
        )
