import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from curate.stages.decontaminate import Decontaminate, read_benchmarks
from schemas import recipe
from schemas.errors import RecipeError, SourceError
from schemas.example import Example

MakeRow = Callable[..., Example]
QUESTION = "A train leaves the old station at noon and reaches the harbour town before four o'clock"


def stage(lines: list[str], ngram: int = 13) -> Decontaminate:
    return Decontaminate(recipe.Decontaminate(benchmarks=("b.txt",), ngram=ngram), {"b.txt": lines})


def test_a_row_with_a_benchmark_ngram_goes_and_names_the_line(row: MakeRow) -> None:
    clean = row("When does the train leave?", "At noon")
    dirty = row(f"Solve this: {QUESTION.upper()}!", "Three")
    outcome = stage(["unrelated line of six words here", QUESTION])([clean, dirty])
    assert outcome.rows == [clean]
    (event,) = outcome.events
    assert (event.action, event.reason, event.example_id) == (
        "dropped",
        "benchmark_overlap",
        dirty.example_id,
    )
    assert event.detail == {
        "benchmark": "b.txt",
        "line": 2,
        "ngram": "a train leaves the old station at noon and reaches the harbour town",
    }


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        (" ".join(QUESTION.split()[:12]), False),
        (" ".join(QUESTION.split()[2:15]), True),
        ("please name the capital of the province of Utrecht", True),
        ("name the capital of the province", False),
        ("say hello to four people", False),
    ],
)
def test_twelve_words_are_too_few_but_a_short_line_counts_whole(row: MakeRow, text: str, hit: bool) -> None:
    lines = [QUESTION, "Name the capital of the province of Utrecht?", "four words are few"]
    assert bool(stage(lines)([row(text, "ok")]).events) is hit


def test_texts_of_one_line_are_compared_apart(row: MakeRow) -> None:
    lines = ["What grows in the garden?\nParis"]
    assert stage(lines)([row("Say, what grows in the garden?", "Peas")]).events
    assert not stage(["one two three four\nfive six"])([row("one two three four five six", "ok")]).events


def test_small_ngrams_and_batches_and_pickling(row: MakeRow) -> None:
    rows = [row("alpha beta gamma", "x"), row("alpha beta delta", "y")]
    cut = pickle.loads(pickle.dumps(stage(["alpha beta gamma and more"], ngram=3)))
    whole = cut(rows)
    assert [e.example_id for e in whole.events] == [rows[0].example_id]
    assert [*cut(rows[:1]).rows, *cut(rows[1:]).rows] == whole.rows


def test_a_reviewed_row_is_flagged(row: MakeRow) -> None:
    outcome = stage([QUESTION])([row(QUESTION, "x", protected=True)])
    assert outcome.rows[0].flags == ("benchmark_overlap",)
    assert outcome.events[0].action == "kept_by_review"


def test_reading_benchmarks(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("one\r\n\r\nthree é\n".encode())
    (tmp_path / "b.jsonl").write_text('{"q": "why", "n": 3, "c": ["x", {"t": "y"}]}\n\n"plain"\n')
    (tmp_path / "c.csv").write_text('q,a\n"two, cells",b\n')
    assert read_benchmarks(["a.txt", "b.jsonl", "c.csv"], tmp_path) == {
        "a.txt": ["one", "", "three é"],
        "b.jsonl": ["why\nx\ny", "", "plain"],
        "c.csv": ["q\na", "two, cells\nb"],
    }


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("none.txt", None, RecipeError, "no such file"),
        ("b.parquet", b"PAR1", RecipeError, "cannot read files of kind '.parquet'"),
        ("b.jsonl", b'{"a": "b"}\n{"a": \n', SourceError, "b.jsonl:2"),
        ("b.txt", b"\xff\xfe\x00", SourceError, "UTF-8"),
    ],
)
def test_benchmarks_that_cannot_be_read(
    tmp_path: Path, name: str, content: bytes | None, error: type[Exception], message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=message):
        read_benchmarks([name], tmp_path)
