"""What `train eval` left stands in the report and in the card."""

import shutil
from collections.abc import Iterator

import html5lib
import pytest
from huggingface_hub import ModelCard

import train
from curate.workspace import Workspace
from schemas.evaluation import Comparison, Contrast, EvalInfo, Figure, SetResult, SystemResult
from train.fitting.model import Base, load_tokenizer
from train.modelcard.writing import write_card
from train.reporting.writing import write_report

HOSTILE = "<b>set</b>"


def system(name: str, value: float | None) -> SystemResult:
    figures = (
        Figure(metric="exact_match", value=value, low=0.1, high=0.9, examples=6),
        Figure(metric="json_validity", value=None, examples=0),
    )
    return SystemResult(name=name, answers=6, cut=0, loss_from="run", figures=figures)


@pytest.fixture
def evaluated(run: train.Run) -> Iterator[train.Run]:
    contrast = Contrast(
        metric="exact_match", first=0.25, second=0.75, difference=0.5, low=0.125, high=0.875,
        wins=4, losses=1, ties=1, examples=6,
    )  # fmt: skip
    systems = (system("base", 0.25), system("adapter", 0.75))
    comparisons = (Comparison(first="base", second="adapter", contrasts=(contrast,)),)
    sets = tuple(
        SetResult(
            name=name, kind=kind, examples=6, groups=6, max_new_tokens=64, systems=systems,
            comparisons=comparisons, verdict="nothing surely forgotten" if kind == "general" else None,
        )
        for name, kind in (("test", "split"), (HOSTILE, "general"))
    )  # fmt: skip
    info = EvalInfo(
        name="first", run=run.id, key="0", dataset_version="tiny0001", settings={}, device="cpu",
        dtype="float32", packages={}, made_at="2026-01-01T00:00:00Z", sets=sets,
    )  # fmt: skip
    folder = run.path / "evals" / "first"
    folder.mkdir(parents=True)
    (folder / "eval.json").write_text(info.to_json())
    yield run
    shutil.rmtree(run.path / "evals")


def test_the_report_shows_them(evaluated: train.Run, hostile: Workspace) -> None:
    path, found = write_report(evaluated, hostile, hostile.root / "evaluated.html")
    text = path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert "<h2>Evaluation</h2>" in text
    assert "<td" in text.partition("exact_match")[2]
    for said in ("0.7500", "+0.5000", "+0.1250 to +0.8750", "4 · 1 · 1", "nothing surely forgotten"):
        assert said in text
    assert HOSTILE not in text
    assert found.to_dict()["evaluations"][0]["sets"][0]["systems"][1]["figures"][0]["value"] == 0.75


def test_the_card_has_those_of_the_runs_own_data_as_results(evaluated: train.Run, hostile: Workspace) -> None:
    tokenizer = load_tokenizer(Base(str(evaluated.adapter), local=True))
    folder = hostile.root / "card"
    folder.mkdir()
    shutil.copy(evaluated.adapter / "adapter_config.json", folder)
    card = ModelCard.load(write_card(evaluated, hostile, tokenizer, folder, "adapter"))
    results = {(r.dataset_split, r.metric_type): r.metric_value for r in card.data.eval_results}
    assert results["test", "exact_match"] == 0.75
    assert {split for split, _ in results} == {"test", "validation"}
    assert r"| exact\_match | 0.2500 (0.1000 to 0.9000) | 0.7500 (0.1000 to 0.9000) |" in card.text
    assert "None yet" not in card.text
