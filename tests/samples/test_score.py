"""Scores: 1.0 for a perfect version, less for each thing broken in it; AUROC as the textbook has it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from samples.review_script import review
from samples.score import main
from samples.scoring.build import score_build
from samples.scoring.built import Built
from samples.scoring.run import auroc, score_run
from schemas.arrow import LOSSES
from schemas.ledger import DuplicatePair, Event

PERFECT = (
    "exact_duplicates", "near_duplicates", "decoys_kept", "malformed", "toxic", "huge", "contradictions",
    "escapes_kept", "system_prompts", "groups", "pii_email", "pii_iban",
    "pii_card", "pii_api_key", "pii_name",
)  # fmt: skip


def _scores(made: Any, fake: Any, folder: Path) -> dict[str, Any]:
    return score_build(made.key, Built(fake.write(folder / "v")))


def _place(entry: dict[str, Any]) -> tuple[str, int]:
    return entry["source"], entry["line"]


def test_a_perfect_version_scores_one_everywhere(made: Any, perfect: Any, tmp_path: Path) -> None:
    scores = _scores(made, perfect, tmp_path)
    assert {name: scores[name]["recall"] for name in PERFECT} == dict.fromkeys(PERFECT, 1.0)
    precisions = {name: s["precision"] for name, s in scores.items() if "precision" in s}
    assert precisions == dict.fromkeys(precisions, 1.0)
    assert len(precisions) == 5
    assert scores["clean_rows_lost"]["rows"] == 0
    assert scores["exact_duplicates"]["lost_with_their_twin"] == 0
    assert all(scores["swapped_in_splits"][split] for split in ("train", "validation", "test"))


def test_a_duplicate_left_in_costs_recall(made: Any, perfect: Any, tmp_path: Path) -> None:
    pair = made.key["exact_duplicates"][0]
    perfect.splits["train"].append(replace(perfect.splits["train"][0], **pair["b"]))
    scores = _scores(made, perfect, tmp_path)["exact_duplicates"]
    assert scores["recall"] == 1 - 1 / scores["planted"]
    assert scores["missed"] == [[_place(pair["a"]), _place(pair["b"])]]


def test_a_false_pair_costs_precision(made: Any, perfect: Any, tmp_path: Path) -> None:
    decoy = made.key["decoys"][0]
    perfect.pairs.append(DuplicatePair("k", "d", 0.9, "near", *_place(decoy["a"]), *_place(decoy["b"])))
    assert _scores(made, perfect, tmp_path)["near_duplicates"]["precision"] < 1


def test_both_rows_of_a_pair_gone_is_told(made: Any, perfect: Any, tmp_path: Path) -> None:
    a = _place(made.key["exact_duplicates"][0]["a"])
    for examples in perfect.splits.values():
        examples[:] = [e for e in examples if (e.source, e.line) != a]
    scores = _scores(made, perfect, tmp_path)
    assert scores["exact_duplicates"]["lost_with_their_twin"] >= 1


@pytest.mark.parametrize("hiding", ["metadata", "ledger", "report"])
def test_a_value_left_anywhere_is_found(made: Any, perfect: Any, tmp_path: Path, hiding: str) -> None:
    value = next(entry["value"] for entry in made.key["pii"] if entry["type"] == "iban")
    if hiding == "metadata":
        first = perfect.splits["test"][0]
        perfect.change((first.source, first.line), metadata={"system": f"Pay {value}"})
    elif hiding == "ledger":
        perfect.events.append(Event("x", "pii", "flagged", "iban", detail={"before": value}))
    folder = perfect.write(tmp_path / "v")
    if hiding == "report":
        (folder / "report.html").write_text(f"<p>{value}</p>", encoding="utf-8")
    score = score_build(made.key, Built(folder))["pii_iban"]
    assert score["found"] == score["planted"] - 1


def test_half_a_key_left_counts_as_left(made: Any, perfect: Any, tmp_path: Path) -> None:
    value = next(entry["value"] for entry in made.key["pii"] if entry["type"] == "api_key")
    perfect.events.append(Event("x", "pii", "flagged", "key", detail={"tail": value[:24]}))
    score = _scores(made, perfect, tmp_path)["pii_api_key"]
    assert score["found"] == score["planted"] - 1


def test_a_customer_on_two_sides_is_found(made: Any, perfect: Any, tmp_path: Path) -> None:
    left = {(e.source, e.line): split for split, examples in perfect.splits.items() for e in examples}
    group = next(g for g in made.key["groups"].values() if sum(_place(e) in left for e in g) > 1)
    at = next(_place(e) for e in group if _place(e) in left)
    moved = next(e for e in perfect.splits[left[at]] if (e.source, e.line) == at)
    perfect.splits[left[at]].remove(moved)
    perfect.splits["test" if left[at] != "test" else "train"].append(moved)
    assert _scores(made, perfect, tmp_path)["groups"]["recall"] < 1


def test_a_reject_under_the_wrong_line_is_missed(made: Any, perfect: Any, tmp_path: Path) -> None:
    perfect.rejects[0]["line"] += 1_000
    scores = _scores(made, perfect, tmp_path)["malformed"]
    assert scores["precision"] < 1


def test_a_clean_row_lost_is_told(made: Any, perfect: Any, tmp_path: Path) -> None:
    untouched = set(map(id, made.plan.untouched))
    places = {
        (f, n) for f, items in made.files.items() for n, i in enumerate(items, start=1) if id(i) in untouched
    }
    train = perfect.splits["train"]
    train.remove(next(e for e in train if (e.source, e.line) in places))
    assert _scores(made, perfect, tmp_path)["clean_rows_lost"]["rows"] == 1


def _losses(perfect: Any, folder: Path, high: set[tuple[str, int]]) -> Path:
    rows = []
    for example in perfect.splits["train"]:
        wrong = (example.source, example.line) in high
        length = len(example.answer.split())
        for model, step, loss in (
            ("base", 0, 4.0),
            ("adapter", 10, 3.5),
            ("adapter", 20, 3.0 if wrong else 1.0),
        ):
            values = (
                "train",
                "snapshot",
                model,
                step,
                step / 10,
                length,
                loss * length,
                loss,
                loss,
                1,
                False,
            )
            rows.append(dict(zip(LOSSES.names, (example.example_id, *values), strict=True)))
    folder.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=LOSSES), folder / "losses.parquet")
    (folder / "run.json").write_text(json.dumps({"dataset_version": "v"}), encoding="utf-8")
    return folder


def test_a_run_that_knows_every_swapped_answer_scores_one(made: Any, perfect: Any, tmp_path: Path) -> None:
    built = Built(perfect.write(tmp_path / "v"))
    swapped = {_place(entry) for entry in made.key["swapped"]}
    scores = score_run(made.key, built, _losses(perfect, tmp_path / "run", swapped), top=20)
    assert scores["signals"]["loss"]["auroc"] == 1.0
    assert scores["signals"]["loss"]["swapped_in_top"] == 20
    assert scores["signals"]["loss_less_base"]["auroc"] == 1.0
    assert 0.3 < scores["signals"]["answer_length"]["auroc"] < 0.7
    assert scores["swapped"] == sum(at in swapped for at in built.ids if built.split_of[at] == "train")


def test_a_run_that_knows_nothing_scores_a_half(made: Any, perfect: Any, tmp_path: Path) -> None:
    built = Built(perfect.write(tmp_path / "v"))
    scores = score_run(made.key, built, _losses(perfect, tmp_path / "run", set()))
    assert scores["signals"]["loss"]["auroc"] == 0.5


def test_auroc_counts_ties_as_half() -> None:
    signal = pd.Series([1.0, 2.0, 2.0, 3.0])
    assert auroc(signal, pd.Series([False, True, False, True])) == pytest.approx(3.5 / 4)
    assert auroc(signal, pd.Series([True, True, True, True])) is None


def test_the_reviewer_drops_edits_and_keeps_for_reasons(made: Any, perfect: Any, tmp_path: Path) -> None:
    built = Built(perfect.write(tmp_path / "v"))
    train = [e.example_id for e in perfect.splits["train"]]
    proposals = {p.example_id: p for p in review(made.key, built, [*train, "not an id"])}
    assert len(proposals) == len(train)
    for entry in made.key["swapped"]:
        at = _place(entry)
        if built.split_of[at] != "train":
            continue
        proposal = proposals[built.ids[at]]
        if "right_answer" in entry:
            assert proposal.verdict == "edit"
            assert proposal.messages
            assert proposal.messages[-1].content == entry["right_answer"]
            assert [m.role for m in proposal.messages] == ["user", "assistant"]
        else:
            assert (proposal.verdict, proposal.reason) == ("drop", "answers another question")
    verdicts = [p.verdict for p in proposals.values()]
    assert verdicts.count("keep") > 0.8 * len(verdicts)
    assert {"drop", "edit"} <= set(verdicts)


def test_command_prints_json_and_names_what_is_missing(made: Any, perfect: Any) -> None:
    datasets = made.folder / ".siftune" / "datasets"
    perfect.write(datasets / "v")
    _losses(perfect, made.folder / ".siftune" / "runs" / "r", set())
    done = CliRunner().invoke(main, [str(made.folder), "--run", "r", "--json"])
    assert done.exit_code == 0, done.output
    scores = json.loads(done.output)
    assert scores["version"] == "v"
    assert scores["losses"]["signals"]["loss"]["auroc"] == 0.5
    assert "near_duplicates" in CliRunner().invoke(main, [str(made.folder), "--run", "r"]).output
    missing = CliRunner().invoke(main, [str(made.folder), "--version", "nope"])
    assert missing.exit_code == 3
    assert "no such dataset version" in missing.output
