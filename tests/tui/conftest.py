"""A workspace with a version, its ledger and a run, written as the builder and the trainer write them."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from schemas import arrow
from schemas.example import Example, Message, hash_messages
from schemas.ledger import DuplicatePair, Event
from schemas.manifest import Leaks, Manifest
from schemas.run import RunInfo
from tui.model.workbench import Workbench, open_workbench

PROMPT = "You answer customers of Fable Outfitters, briefly and kindly."
RECIPE = f"name: fake\nsystem_prompt: {PROMPT}\nsources:\n  - path: raw/*.jsonl\n"
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Desk:
    """A workspace on disk. `examples` stand in corpus order; `losses` are (base, adapter) by id."""

    recipe: Path
    examples: list[Example]
    losses: dict[str, tuple[float, float]]

    def bench(
        self, annotator: str = "ada", queue: str | None = None, run: str | None = None
    ) -> AbstractContextManager[Workbench]:
        return open_workbench(self.recipe, queue=queue, annotator=annotator, run=run, version=None)

    @property
    def journal(self) -> Path:
        return self.recipe.parent / ".siftune" / "decisions.db"


MakeDesk = Callable[..., Desk]


def conversation(*turns: str) -> tuple[Message, ...]:
    """User and assistant in turns, after the system prompt."""
    roles = ("user", "assistant")
    said = tuple(Message(roles[i % 2], text) for i, text in enumerate(turns))
    return (Message("system", PROMPT), *said)


def example(index: int, messages: Sequence[Message]) -> Example:
    split = SPLITS[0] if index % 5 else SPLITS[1 + index % 2]
    return Example(
        example_id=hash_messages([*messages, Message("user", str(index))]),
        messages=tuple(messages),
        source=f"raw/{'tickets' if index % 2 else 'chats'}.jsonl",
        line=index + 1,
        tags=("billing",) if index % 3 == 0 else (),
        flags=("contradiction",) if index % 4 == 1 else (),
        split=split,
    )


def plain_examples(n: int) -> list[Example]:
    return [
        example(i, conversation(f"Where is order {i}?", f"Order {i} left our shop on Monday."))
        for i in range(n)
    ]


def child(parent: Example, *turns: str, sample: int = 0, strategy: str = "paraphrase") -> Example:
    """What the augment stage makes of `parent`, with these turns."""
    messages = conversation(*turns)
    origin = {"model": "parrot-1", "prompt": "paraphrase-1", "sample": sample, "strategy": strategy}
    return replace(
        parent,
        example_id=hash_messages(messages[1:]),
        messages=messages,
        parent_id=parent.example_id,
        origin="augmented",
        flags=(),
        metadata={"augment": origin},
    )


@pytest.fixture(scope="session")
def make_child() -> Callable[..., Example]:
    return child


@pytest.fixture(scope="session", name="plain_examples")
def _plain_examples() -> Callable[[int], list[Example]]:
    return plain_examples


def write_desk(
    root: Path, n: int = 12, examples: list[Example] | None = None, run: bool = True, tokens: bool = True
) -> Desk:
    rows = plain_examples(n) if examples is None else examples
    rows = sorted(rows, key=lambda e: SPLITS.index(e.split or "train"))
    (root / ".siftune" / "datasets").mkdir(parents=True)
    (root / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    _write_version(root / ".siftune" / "datasets" / "v1", rows)
    losses = {e.example_id: (3.0 + i % 3, 1.0 + i % 7 / 2) for i, e in enumerate(rows)} if run else {}
    if run:
        _write_run(root / ".siftune" / "runs" / "r1", rows, losses, tokens)
    return Desk(root / "recipe.yaml", rows, losses)


@pytest.fixture
def make_desk(tmp_path: Path) -> MakeDesk:
    return partial(write_desk, tmp_path / "desk")


@pytest.fixture(scope="module")
def make_shared_desk(tmp_path_factory: pytest.TempPathFactory) -> MakeDesk:
    """For the tests of a file, who leave nothing behind in it but what they take away before."""
    return partial(write_desk, tmp_path_factory.mktemp("shared") / "desk")


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk()


@pytest.fixture
def bench(desk: Desk) -> Iterator[Workbench]:
    with desk.bench() as opened:
        yield opened


HOSTILE = (
    "\x1b]0;PWNED\x07title",
    "\x1b[31;1mred \x1b[2J\x1b[H",
    "\x9b2Jc1 \x90dcs\x9c",
    "\u202eright to left\u2066",
    "zero\u200bwidth\ufeff\u200d",
    "tag\U000e0041\U000e007f",
    "markup [/] [/foo] [bold]x [@click=app.quit]q[/] {}",
    "bell \x07 null \x00 tab\t cr\r\n ls\u2028",
    "wide 漢字👍🏽👨‍👩‍👧 é zalgo ẕ̵̢̧",
)


@pytest.fixture
def hostile_texts() -> tuple[str, ...]:
    return HOSTILE


@pytest.fixture
def hostile_examples() -> list[Example]:
    """Rows in which every field that a file can fill holds something that would drive a terminal."""
    rows = [example(i, conversation(text, f"{text} {i}\n{text}")) for i, text in enumerate(HOSTILE)]
    return [
        replace(row, source=text, tags=(text,), flags=(text,), metadata={text: text})
        for row, text in zip(rows, HOSTILE, strict=True)
    ]


@pytest.fixture(scope="session", name="byte_tokenizer")
def _shared_tokenizer() -> Tokenizer:
    return byte_tokenizer()


def byte_tokenizer() -> Tokenizer:
    """Byte-level, with a token for each byte and a few merges, so that letters of several bytes are cut."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("t", "h"), ("th", "e"), ("o", "r"), ("d", "e"), ("Ġ", "o")]
    vocabulary = {letter: i for i, letter in enumerate([*letters, *("".join(m) for m in merges)])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|end|>"])
    return tokenizer


def _write_version(path: Path, rows: list[Example]) -> None:
    (path / "data").mkdir(parents=True)
    tools = arrow.has_tools(rows)
    for split in SPLITS:
        part = [e for e in rows if e.split == split]
        pq.write_table(arrow.examples_table(part, tools), path / "data" / f"{split}.parquet")
    flagged = [e for e in rows if e.flags]
    events = [Event(e.example_id, "dedup", "flagged", "contradiction", score=0.91) for e in flagged]
    events += [
        Event(e.example_id, "augment", "created", "paraphrase", score=0.6, matched_id=e.parent_id)
        for e in rows
        if e.parent_id
    ]
    pairs = [
        DuplicatePair(e.example_id, "gone", 0.88, "near", e.source, e.line, "raw/x.jsonl", 3) for e in flagged
    ]
    pq.write_table(arrow.ledger_table(events), path / "ledger.parquet")
    pq.write_table(arrow.duplicates_table(pairs), path / "duplicates.parquet")
    (path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    manifest = Manifest(
        version="v1",
        name="fake",
        inputs_sha256="0" * 64,
        recipe_sha256="0" * 64,
        sources=[],
        rows_in=len(rows),
        rejected=0,
        created=0,
        kept=len(rows),
        stages=[],
        splits={split: sum(e.split == split for e in rows) for split in SPLITS},
        leaks=Leaks(cross_split_pairs=0, cross_split_groups=0),
        system_prompt_sha256=hashlib.sha256(PROMPT.encode()).hexdigest(),
        decisions_applied=0,
    )
    (path / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")


def _write_run(path: Path, rows: list[Example], losses: dict[str, tuple[float, float]], tokens: bool) -> None:
    (path / "adapter").mkdir(parents=True)
    tokenizer = byte_tokenizer()
    tokenizer.save(str(path / "adapter" / "tokenizer.json"))
    ids = {e.example_id: _trained(e, tokenizer) for e in rows}
    table = [
        _loss_row(e, model, step, loss, len(ids[e.example_id]))
        for e in rows
        for model, step, loss in (
            ("base", 0, losses[e.example_id][0]),
            ("adapter", 5, losses[e.example_id][1] / 2),
            ("adapter", 10, losses[e.example_id][1]),
        )
    ]
    pq.write_table(pa.Table.from_pylist(table, schema=arrow.LOSSES), path / "losses.parquet")
    if tokens:
        lines = [
            {
                "example_id": name,
                "model": model,
                "step": 10,
                "token_ids": found,
                "nll": _nll(len(found), model),
            }
            for name, found in ids.items()
            for model in ("base", "adapter")
        ]
        token_table = pa.Table.from_pylist(lines, schema=arrow.TOKENS)
        pq.write_table(token_table, path / "tokens.parquet", row_group_size=4)
    info = RunInfo(
        run="r1",
        state="done",
        dataset_version="v1",
        base_model="tiny",
        method="lora",
        seed=1,
        template_sha256="",
        system_prompt_sha256="",
        started_at="2026-01-01T00:00:00Z",
    )
    (path / "run.json").write_text(info.to_json(), encoding="utf-8")


def _trained(row: Example, tokenizer: Tokenizer) -> list[int]:
    """Ids of every answer, each ended by the end-of-turn token."""
    end = tokenizer.token_to_id("<|end|>")
    answers = [m.content.encode("utf-8", "replace").decode() for m in row.messages if m.role == "assistant"]
    return [i for text in answers for i in [*tokenizer.encode(text, add_special_tokens=False).ids, end]]


def _nll(n: int, model: str) -> list[float]:
    """Each of the four shades in turn; the base model's are all of the darkest."""
    return [(0.1, 1.0, 3.0, 6.0)[i % 4] if model == "adapter" else 9.0 for i in range(n)]


def _loss_row(row: Example, model: str, step: int, loss: float, n_tokens: int) -> dict[str, object]:
    return {
        "example_id": row.example_id,
        "split": row.split,
        "kind": "snapshot",
        "model": model,
        "step": step,
        "epoch": step / 10,
        "n_tokens": n_tokens,
        "nll_sum": loss * n_tokens,
        "loss": loss,
        "max_token_nll": loss * 2,
        "n_correct": 0,
        "truncated": False,
    }
