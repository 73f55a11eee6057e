import pickle
from collections.abc import Callable

import pytest

from curate.stages.decontaminate import Decontaminate
from schemas import recipe
from schemas.example import Example

MakeRow = Callable[..., Example]
QUESTION = "A train leaves the old station at noon and reaches the harbour town before four o'clock"


def stage(lines: list[str], ngram: int = 13, threshold: float | None = 0.8) -> Decontaminate:
    settings = recipe.Decontaminate(benchmarks=("b.txt",), ngram=ngram, threshold=threshold)
    return Decontaminate(settings, {"b.txt": [tuple(line.split("\n")) for line in lines]})


def test_a_row_with_a_benchmark_ngram_goes_and_names_the_line(row: MakeRow) -> None:
    clean = row("When does the train leave?", "At noon")
    dirty = row(f"Please solve this puzzle for me: {QUESTION.upper()}!", "Three")
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
        "benchmark_line": 2,
        "hits": 1,
        "also": [],
    }
    assert (event.score, event.threshold) == (1.0, None)


def test_a_near_duplicate_has_its_jaccard_and_every_line_is_named(row: MakeRow) -> None:
    rewritten = row(QUESTION.replace("four", "five"), "x")
    (event,) = stage([QUESTION, "unrelated line of six words", QUESTION], threshold=0.6)([rewritten]).events
    assert (event.reason, event.threshold) == ("benchmark_near_duplicate", 0.6)
    assert event.score == pytest.approx(10 / 16, abs=1e-4)
    assert event.detail == {"benchmark": "b.txt", "benchmark_line": 1, "hits": 2, "also": ["b.txt:3"]}
    assert not stage([QUESTION], ngram=17, threshold=None)([rewritten]).events


def test_no_text_stands_in_the_ledger(row: MakeRow) -> None:
    outcome = stage([QUESTION])([row(QUESTION, "x")])
    assert "harbour" not in repr(outcome.events)


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
    apart = stage(["one two three four\nfive six"], threshold=None)
    assert not apart([row("one two three four five six", "ok")]).events


def test_small_ngrams_and_batches_and_pickling(row: MakeRow) -> None:
    rows = [row("alpha beta gamma", "x"), row("alpha beta delta", "y")]
    cut = pickle.loads(pickle.dumps(stage(["alpha beta gamma and more"], ngram=3)))
    whole = cut(rows)
    assert [e.example_id for e in whole.events] == [rows[0].example_id]
    assert [*cut(rows[:1]).rows, *cut(rows[1:]).rows] == whole.rows


def test_a_reviewed_row_is_flagged(row: MakeRow) -> None:
    outcome = stage([QUESTION])([row(QUESTION, "x", protected=True)])
    assert outcome.rows[0].flags == ("benchmark_near_duplicate",)
    assert outcome.events[0].action == "kept_by_review"
