"""One pass, however it is cut; bounded whatever comes."""

import random
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from curate.report import diversity, gather
from curate.report.balance import shares
from curate.report.counts import Histogram
from curate.report.diversity import Sample, distinct, languages
from curate.report.gather import Gatherer
from curate.report.samples import MOST_REASONS, OTHERS, PER_REASON
from schemas.arrow import ledger_table
from schemas.example import Example, Message, hash_value
from schemas.ledger import Event
from schemas.manifest import Leaks, Manifest, SourceCount
from schemas.recipe import Recipe

RECIPE = Recipe.model_validate({"system_prompt": None, "sources": [{"path": "raw/*.jsonl"}]})
MANIFEST = Manifest(
    version="v",
    name="n",
    inputs_sha256="",
    recipe_sha256="",
    sources=[],
    rows_in=0,
    rejected=0,
    created=0,
    kept=0,
    stages=[],
    splits={"train": 0, "validation": 0, "test": 0},
    leaks=Leaks(cross_split_pairs=0, cross_split_groups=0),
    system_prompt_sha256="",
    decisions_applied=0,
)


def row(n: int, **fields: Any) -> Example:
    messages = (Message("user", f"question {n}"), Message("assistant", f"answer number {n} of many"))
    made = Example(hash_value(str(n)), messages, f"raw/{n % 3}.jsonl", n, split=("train", "test")[n % 2])
    return replace(made, **fields)


ROWS = [row(n, tags=(f"t{n % 4}",)) for n in range(60)]
EVENTS = [Event(hash_value(str(n)), "quality", "flagged", f"r{n % 3}") for n in range(60)]


@given(st.integers(1, 60), st.integers(1, 60))
def test_batches_make_no_difference(events: int, rows: int) -> None:
    whole, parts = Gatherer(), Gatherer()
    whole.add_events(ledger_table(EVENTS))
    whole.add_rows(ROWS)
    for at in range(0, 60, events):
        parts.add_events(ledger_table(EVENTS[at : at + events]))
    for at in range(0, 60, rows):
        parts.add_rows(ROWS[at : at + rows])
    assert parts.page(RECIPE, MANIFEST) == whole.page(RECIPE, MANIFEST)


def test_reasons_tags_and_samples_are_bounded() -> None:
    found = Gatherer()
    reasons = [f"check:{n}" for n in range(3 * MOST_REASONS)]
    found.add_events(ledger_table([Event("ab" * 10, "quality", "dropped", reason) for reason in reasons]))
    assert len(found.samples.reasons) == MOST_REASONS + 1
    assert found.samples.reasons["quality", "dropped", OTHERS].count == 2 * MOST_REASONS
    assert all(len(r.samples) <= PER_REASON for r in found.samples.reasons.values())
    found.add_rows(row(n, tags=(f"tag{n}",)) for n in range(gather.MOST_NAMES + 50))
    assert len(found.tags) == gather.MOST_NAMES + 1
    assert found.tags[gather.OTHER] == 50
    assert len(found.answers_of["train"].answers()) == diversity.SAMPLE


@given(st.permutations(range(40)))
def test_a_sample_does_not_depend_on_order(order: list[int]) -> None:
    first, other = Sample(), Sample()
    for n in range(40):
        first.add(row(n))
    for n in order:
        other.add(row(n))
    assert first.answers() == other.answers()


def test_a_sample_is_the_lowest_ids() -> None:
    sample = Sample()
    rows = [row(n) for n in range(3 * diversity.SAMPLE)]
    random.Random(1).shuffle(rows)
    for r in rows:
        sample.add(r)
    lowest = sorted(rows, key=lambda r: r.example_id)[: diversity.SAMPLE]
    assert sample.answers() == [r.answer for r in lowest]


def test_distinct_counts_words_and_pairs() -> None:
    found = distinct(["a b a b", "a c"])
    assert (found.words, found.one, found.two) == (6, 3 / 6, 3 / 4)


def test_languages_of_answers() -> None:
    english = "Your parcel will arrive on Tuesday, please wait two more days for the delivery."
    german = "Ihr Paket kommt am Dienstag an, bitte warten Sie noch zwei Tage auf die Lieferung."
    assert languages([english, german, german, "Ja!"]) == {"en": 1, "de": 2, "short or unsure": 1}


def test_a_histogram_counts_every_value_once() -> None:
    histogram = Histogram((2, 4))
    for values in ([0, 1, 2], [], [3, 4, 100]):
        histogram.add(np.array(values, np.int64))
    assert (histogram.counts, histogram.total, histogram.most) == ([2, 2, 2], 110, 100)


def test_shares_are_of_the_sources_that_name_the_files() -> None:
    given = {"raw/own.jsonl": None, "raw/*.jsonl": 0.3, "more/": 0.2}
    sources = [{"path": path, "share": share} for path, share in given.items()]
    recipe = Recipe.model_validate({"system_prompt": None, "sources": sources})
    files = {
        "raw/own.jsonl": (60, 0),
        "raw/a.jsonl": (15, 1),
        "raw/b.jsonl": (15, 1),
        "more/x/y.csv": (10, 2),
    }
    counts = [
        SourceCount(path=name, sha256="", format="", rows=n, rejected=0, named_by=list(given)[at])
        for name, (n, at) in files.items()
    ]
    manifest = MANIFEST.model_copy(update={"sources": counts})
    rows = {(name, "train"): n for name, (n, _) in files.items()} | {("more/x/y.csv", "test"): 99}
    found = shares(recipe, manifest, rows)
    assert [(s.rows, s.part, s.most) for s in found] == [(30, 0.3, 0.3), (10, 0.1, 0.2)]
    assert [bool(s.warning) for s in found] == [True, False]


def test_groups_of_a_split_and_rows_of_a_cluster_are_counted_once() -> None:
    found = Gatherer()
    kept = [hash_value(name) for name in ("a", "b", "b", "a", "c", "a")]
    found.add_events(
        ledger_table(
            [
                Event(hash_value(str(n)), "dedup", "dropped", "near_duplicate", matched_id=matched)
                for n, matched in enumerate(kept)
            ]
        )
    )
    groups = np.array([b"g", b"h", b"g", b"g", b"k"])
    found.add_groups(groups, np.array([b"train", b"train", b"train", b"test", b"test"]))
    manifest = MANIFEST.model_copy(update={"splits": {"train": 3, "validation": 0, "test": 2}})
    page = found.page(RECIPE, manifest)
    cells = re.findall(r"<t[dh][^>]*>([^<]*)", page)
    at = cells.index("groups") + 1
    assert cells[at : at + 9] == ["train", "3", "2", "validation", "0", "0", "test", "2", "2"]
    clusters = re.findall(r"<t[dh][^>]*>([^<]*)", page[page.index("Clusters of duplicates") :])
    sizes = dict(pairwise(clusters))
    assert [sizes[size] for size in ("0 to 2", "3", "4 to 5")] == ["1", "1", "1"]
