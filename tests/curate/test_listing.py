"""`curate dropped` and `curate flagged`: every row that went or was flagged, with its place and counterpart.

The version is written here by hand, table by table, so that each kind of event is in it.
"""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from curate.history.listing import Place, counterpart, dropped, flagged
from curate.history.why import describe
from curate.render import listing, story
from curate.version import SPLITS, DatasetVersion
from schemas.arrow import duplicates_table, examples_table, ledger_table
from schemas.errors import UsageError
from schemas.example import Example, Message
from schemas.ledger import Event
from schemas.manifest import Leaks, Manifest, StageCount

PAIR = {"differs": "numbers", "rows": 2}
EVENTS = [
    Event(
        "c" * 20,
        "dedup",
        "dropped",
        "near_duplicate",
        0.91,
        0.8,
        "a" * 20,
        detail={"source": "raw/x.jsonl", "line": 3, "kept_source": "raw/x.jsonl", "kept_line": 1},
    ),
    Event(
        "a" * 20,
        "dedup",
        "flagged",
        "contradiction",
        0.9,
        0.8,
        "b" * 20,
        detail={**PAIR, "matched_source": "raw/x.jsonl", "matched_line": 2},
    ),
    Event(
        "b" * 20,
        "dedup",
        "flagged",
        "contradiction",
        0.9,
        0.8,
        "a" * 20,
        detail={**PAIR, "matched_source": "raw/x.jsonl", "matched_line": 1},
    ),
    Event("d" * 20, "pii", "dropped", "pii:US_SSN", 0.9, detail={"source": "raw/x.jsonl", "line": 4}),
    Event("b" * 20, "quality", "flagged", "refusal"),
    Event(
        "e" * 20,
        "decontaminate",
        "dropped",
        "benchmark_overlap",
        1.0,
        detail={
            "source": "raw/x.jsonl",
            "line": 5,
            "benchmark": "mmlu.jsonl",
            "benchmark_line": 7,
            "hits": 3,
            "also": ["mmlu.jsonl:9", "mmlu.jsonl:11"],
        },
    ),
    Event(
        "f" * 20,
        "edits",
        "dropped",
        "wrong \x1b[2J",
        actor="ada",
        detail={"source": "raw/x.jsonl", "line": 6},
    ),
]


@pytest.fixture
def version(tmp_path: Path) -> DatasetVersion:
    said = (Message("user", "hi"), Message("assistant", "ho"))
    rows = [Example(i * 20, said, "raw/x.jsonl", n, split="train") for n, i in enumerate("ab", start=1)]
    (tmp_path / "data").mkdir()
    for split in SPLITS:
        table = examples_table(rows if split == "train" else [], tools=False)
        pq.write_table(table, tmp_path / f"data/{split}.parquet")
    pq.write_table(ledger_table(EVENTS), tmp_path / "ledger.parquet")
    pq.write_table(duplicates_table([]), tmp_path / "duplicates.parquet")
    (tmp_path / "rejects.jsonl").write_text("")
    count = StageCount(name="", rows_in=6, kept=2, dropped={}, edited=0, flagged=0, created=0, seconds=0)
    manifest = Manifest(
        version="v",
        name="n",
        inputs_sha256="",
        recipe_sha256="",
        sources=[],
        rows_in=6,
        rejected=0,
        created=0,
        kept=2,
        stages=[count.model_copy(update={"name": n}) for n in ("edits", "dedup", "pii", "decontaminate")],
        splits={"train": 2},
        leaks=Leaks(cross_split_pairs=0, cross_split_groups=0),
        system_prompt_sha256="",
        decisions_applied=0,
    )
    return DatasetVersion(tmp_path, manifest)


def test_every_dropped_row_has_its_place_and_counterpart(version: DatasetVersion) -> None:
    found = dropped(version)
    assert found.total == 4
    assert [str(e.place) for e in found.entries] == [f"raw/x.jsonl:{n}" for n in (3, 4, 5, 6)]
    against = [counterpart(e) for e in found.entries]
    assert against == ["a" * 20 + " raw/x.jsonl:1", None, "mmlu.jsonl:7 and 2 more", None]
    assert found.entries[2].to_dict()["detail"]["also"] == ["mmlu.jsonl:9", "mmlu.jsonl:11"]


def test_stage_reason_and_limit_narrow_the_list(version: DatasetVersion) -> None:
    assert [e.event.stage for e in dropped(version, stage="pii").entries] == ["pii"]
    assert [e.event.reason for e in dropped(version, reason="pii").entries] == ["pii:US_SSN"]
    limited = dropped(version, limit=1)
    assert (len(limited.entries), limited.total) == (1, 4)
    assert "3 more" in listing(limited, "dropped")


def test_nothing_dropped_and_nothing_flagged_are_empty_lists(version: DatasetVersion) -> None:
    pq.write_table(ledger_table([]), version.path / "ledger.parquet")
    assert dropped(version).entries == flagged(version).entries == ()
    with pytest.raises(UsageError, match="there are: none"):
        flagged(version, reason="contradiction")


def test_a_stage_or_reason_that_is_not_there_names_the_nearest(version: DatasetVersion) -> None:
    with pytest.raises(UsageError, match="no stage 'dedupe'") as error:
        dropped(version, stage="dedupe")
    assert error.value.mend == "did you mean 'dedup'?"
    with pytest.raises(UsageError, match="did you mean 'contradiction'"):
        flagged(version, reason="contradictions")


def test_a_contradiction_is_one_entry_with_both_places(version: DatasetVersion) -> None:
    found = flagged(version, reason="contradiction")
    (entry,) = found.entries
    assert (entry.place, entry.other) == (Place("raw/x.jsonl", 1, "train"), Place("raw/x.jsonl", 2, "train"))
    assert counterpart(entry) == "b" * 20 + " raw/x.jsonl:2"
    assert flagged(version).total == 2
    assert json.loads(json.dumps(entry.to_dict()))["matched_line"] == 2


def test_what_was_flagged_and_dropped_later_is_listed_only_beside_a_row_that_was_kept(
    version: DatasetVersion,
) -> None:
    gone = [
        Event("d" * 20, "dedup", "flagged", "same_answer", 1.0, 0.8, "a" * 20),
        Event("d" * 20, "dedup", "flagged", "same_answer", 1.0, 0.8, "e" * 20),
        Event("e" * 20, "dedup", "flagged", "truncated_answer"),
    ]
    copy = Event("a" * 20, "dedup", "dropped", "exact_duplicate", detail={"source": "raw/x.jsonl", "line": 9})
    pq.write_table(ledger_table([*EVENTS, *gone, copy]), version.path / "ledger.parquet")
    found = flagged(version)
    assert [entry.event.reason for entry in found.entries] == ["contradiction", "refusal", "same_answer"]
    assert found.total == 3
    assert found.entries[0].place == Place("raw/x.jsonl", 1, "train")  # a copy of it went
    assert found.entries[2].place == Place("raw/x.jsonl", 4, "dropped")
    assert "raw/x.jsonl:4 dropped  ↔ " + "a" * 20 + " raw/x.jsonl:1" in listing(found, "flagged")


def test_a_story_shows_the_pair_from_either_side(version: DatasetVersion) -> None:
    for own, other, line in (("a", "b", 2), ("b", "a", 1)):
        assert f"with {other * 20} (raw/x.jsonl:{line})" in story(version.why(own * 20))
    one_sided = replace(version.why("b" * 20), events=())
    assert f"{'a' * 20} is flagged contradiction with it" in story(one_sided)
    assert "kept_source" not in describe(EVENTS[0])


def test_details_are_told_in_words() -> None:
    spans = replace(EVENTS[0], detail={"spans": [[0, 4, 9], [2, 0, 1]], "recognisers": ["Email", "Url"]})
    told = "message 1, characters 5 to 9, message 3, characters 1 to 1; recognisers Email, Url"
    assert describe(spans).endswith(f": {told}")
    toxic = replace(EVENTS[0], detail={"message": 0, "threshold_of": "user"})
    assert describe(toxic).endswith(": message 1; threshold of user")
    assert describe(replace(EVENTS[0], detail={"elsewhere": {"tags": 2}})).endswith(": elsewhere tags 2")


def test_what_is_listed_cannot_drive_a_terminal(version: DatasetVersion) -> None:
    assert "\x1b" not in listing(dropped(version), "dropped")
    assert "by ada" in listing(dropped(version), "dropped")
