"""An audit of runs laid down by hand: a regression that was put into one slice, and what is said of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import html5lib
import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from scipy.stats import t, ttest_ind
from two_versions import Shop

import train
from curate.workspace import Workspace
from schemas.arrow import generations_schema
from schemas.errors import VersionError
from schemas.evaluation import EvalInfo
from schemas.example import Example
from schemas.recipe_file import load_recipe
from train.auditing.audit import Audit
from train.auditing.noise import how_to
from train.auditing.signals.question import Question
from train.auditing.suspects import SIGNALS, suspects
from train.cli import group
from train.progress import Silent
from train.reporting.measured import measured
from train.session import carry_out, job_of


def rising(shop: Shop, by: float = 0.5) -> dict[str, float]:
    """Losses of a run in which the returns rose, each by another bit, `by` in the mean."""
    ids = shop.held_out("returns")
    return {name: 1.0 + by + step for name, step in zip(ids, np.linspace(-0.1, 0.1, len(ids)), strict=True)}


@pytest.fixture
def worse(shop: Shop) -> Audit:
    """With two reruns of A, which lie close to it."""
    a, b = shop.run("a", shop.a, {}), shop.run("b", shop.b, rising(shop))
    for at, loss in enumerate((1.01, 0.99)):
        shop.run(f"rerun{at}", shop.a, {e.example_id: loss for e in shop.before}, seed=18 + at)
    return train.audit(a, b)


def test_the_slice_that_rose_is_named_with_its_rise(worse: Audit) -> None:
    (split,) = [one for one in worse.splits if one.name == "test"]
    assert split.tested.difference == pytest.approx(0.25)
    assert split.verdict == "worse"
    found = {(one.by, one.name): one for one in worse.slices}
    returns, prices = found["tag", "returns"], found["tag", "prices"]
    assert (returns.a, returns.b) == (pytest.approx(1.0), pytest.approx(1.5))
    assert returns.rest == pytest.approx(0.0)
    assert returns.verdict == "worse"
    assert returns.tested.interval is not None
    assert 0.47 < returns.tested.interval.low < 0.5 < returns.tested.interval.high < 0.53
    assert (prices.tested.difference, prices.verdict) == (0.0, "not enough evidence")
    assert worse.slices[0].name == "returns"
    assert set(worse.regressed["name"]) == {one.name for one in worse.worse}
    assert worse.regression


def test_runs_alike_are_no_regression(shop: Shop) -> None:
    found = train.audit(shop.run("a", shop.a, {}), shop.run("b", shop.b, {}))
    assert not found.regression
    assert found.regressed.empty
    assert found.suspects.empty
    assert found.to_dict()["verdict"] == "not enough evidence of a regression"


def test_a_rise_of_what_was_trained_on_is_no_regression(shop: Shop) -> None:
    trained = {e.example_id: 2.0 for e in shop.after if e.split == "train" and "prices" in e.tags}
    found = train.audit(shop.run("a", shop.a, {}), shop.run("b", shop.b, trained))
    assert {one.name: one.verdict for one in found.splits} == {
        "test": "not enough evidence",
        "train": "worse or chance",
    }
    assert not found.regression


def test_suspects_are_changed_training_rows_the_likest_first(worse: Audit, shop: Shop) -> None:
    table = worse.suspects
    assert set(table["example_id"]) == set(worse.changes["example_id"])
    reworded = {e.example_id for e in shop.after if e.origin == "edited"}
    assert set(table["example_id"][:20]) == reworded
    assert table["nearness"].iloc[:20].min() > 2 * table["nearness"].iloc[20:].max()
    # "No, we take nothing back" to the very questions whose answers say how many days.
    assert table["contradiction"].iloc[:20].min() > 0.5
    assert (table["contradiction"].iloc[20:] == 0).all()
    assert table["surprise"].isna().all()  # A measured none of these texts


def test_surprise_is_what_a_measured_of_the_very_text(
    topical: list[Example], lay_two: Callable[..., Shop]
) -> None:
    into_train = [e.example_id for e in topical if e.split == "test" and "prices" in e.tags][:2]
    after = [replace(e, split="train") if e.example_id in into_train else e for e in topical]
    shop = lay_two(topical, after)
    a = shop.run("a", shop.a, {into_train[0]: 3.0, into_train[1]: 2.0})
    found = train.audit(a, shop.run("b", shop.b, rising(shop)))
    assert dict(zip(found.suspects["example_id"], found.suspects["surprise"], strict=True)) == {
        into_train[0]: 3.0,
        into_train[1]: 2.0,
    }


def test_a_signal_is_a_function_and_the_rank_the_mean_of_shares(worse: Audit) -> None:
    ids = tuple(worse.changes["example_id"][:4])
    question = Question(ids, worse.data, worse.common.examples[:1], np.ones(1), measured(worse.a, None))
    table = suspects(
        question,
        {"one": lambda _: np.array([4.0, 3.0, 2.0, 1.0]), "two": lambda _: np.array([np.nan, 9.0, 1.0, 1.0])},
    )
    ranks = dict(zip(table["example_id"], table["rank"], strict=True))
    # Shares by `one`: 7/8, 5/8, 3/8, 1/8; by `two`, of three rows: 5/6, 1/3, 1/3.
    by_hand = [7 / 8, (5 / 8 + 5 / 6) / 2, (3 / 8 + 1 / 3) / 2, (1 / 8 + 1 / 3) / 2]
    assert [ranks[name] for name in ids] == pytest.approx(by_hand)
    assert list(table.columns[:4]) == ["example_id", "rank", "one", "two"]
    assert list(SIGNALS) == ["nearness", "contradiction", "surprise"]


def test_what_other_seeds_do_as_well_is_no_regression(shop: Shop) -> None:
    """Two runs of A at 1 and 1.2 nats: another would lie within 1.1 ± 12.706 · 0.1414 · √1.5 of it."""
    a = shop.run("a", shop.a, {})
    shop.run("again", shop.a, {e.example_id: 1.2 for e in shop.before}, seed=18)
    found = train.audit(a, shop.run("b", shop.b, rising(shop)))
    assert [one.id for one in found.noise.a.runs] == ["a", "again"]
    assert found.noise.b.runs == ()
    (split,) = [one for one in found.splits if one.name == "test"]
    assert split.floor is not None
    assert (split.floor.mean, split.floor.half) == (pytest.approx(1.1), pytest.approx(2.2006, abs=1e-3))
    # With one degree of freedom t has Cauchy's distribution.
    assert split.floor.p == pytest.approx(1 - 2 / np.pi * np.arctan(0.15 / (0.2 / 2**0.5 * 1.5**0.5)))
    assert split.verdict == "within seed noise"
    assert not found.regression


def test_reruns_of_b_count_too(shop: Shop) -> None:
    """Means of 1.0, 1.2 and of 1.25, 1.35, 1.3 in the test split: Student's two-sample t."""
    a = shop.run("a", shop.a, {})
    shop.run("again", shop.a, {e.example_id: 1.2 for e in shop.before}, seed=18)
    b = shop.run("b", shop.b, rising(shop))
    for at, rise in enumerate((0.7, 0.6)):
        shop.run(f"b-again{at}", shop.b, rising(shop, rise), seed=18 + at)
    found = train.audit(a, b)
    assert [one.id for one in found.noise.b.runs] == ["b-again0", "b-again1"]
    (split,) = [one for one in found.splits if one.name == "test"]
    assert split.floor is not None
    expected = ttest_ind((1.25, 1.35, 1.3), (1.0, 1.2))
    assert (split.floor.mean, split.floor.b) == (pytest.approx(1.1), pytest.approx(1.3))
    assert split.floor.p == pytest.approx(expected.pvalue)
    assert 0.2 / split.floor.half == pytest.approx(expected.statistic / t.ppf(0.975, 3))


def test_what_only_the_runs_at_hand_show_the_other_way_is_noise(shop: Shop) -> None:
    """B is worse than A, and better than all of A's reruns."""
    a = shop.run("a", shop.a, {})
    for at, loss in enumerate((2.0, 2.01, 1.99)):
        shop.run(f"again{at}", shop.a, {e.example_id: loss for e in shop.before}, seed=18 + at)
    found = train.audit(a, shop.run("b", shop.b, rising(shop, 0.1)))
    assert found.worse == ()
    assert {one.verdict for one in found.splits if one.name == "test"} == {"within seed noise"}


def test_without_reruns_a_rise_may_be_chance(shop: Shop) -> None:
    found = train.audit(shop.run("a", shop.a, {}), shop.run("b", shop.b, rising(shop)))
    assert {one.verdict for one in found.judged if one.name in ("test", "returns")} == {"worse or chance"}
    assert not found.regression
    said = found.to_dict()["verdict"]
    assert said.startswith("not enough evidence: test by +0.2500")
    assert said.endswith("which another seed may do as well")
    assert len(found.suspects) == 26


def test_the_way_to_more_seeds_is_a_recipe(shop: Shop) -> None:
    said = how_to(shop.run("a", shop.a, {}))
    section = said.partition("`")[2].partition("`")[0]
    file = shop.workspace.recipe_path
    file.write_text(f"{file.read_text()}{section[:-1]}}}\n")
    recipe = load_recipe(file)
    assert recipe.sweep is not None
    assert recipe.sweep.seeds == (18, 19, 20)


def test_answers_are_compared_where_both_were_asked(shop: Shop) -> None:
    """Of ten questions B answers eight wrong that A knew; two have another reference by now."""
    a, b = shop.run("a", shop.a, {}), shop.run("b", shop.b, {})
    ids = shop.held_out("returns")[:12]
    evaluated(a, [(name, "yes", 1.0) for name in ids])
    evaluated(b, [(name, "no" if at > 9 else "yes", float(at > 7)) for at, name in enumerate(ids)])
    (found,) = train.audit(a, b).metrics
    assert (found.metric, found.a, found.b, found.tested.examples) == ("exact_match", 1.0, 0.2, 10)
    assert found.tested.difference == pytest.approx(-0.8)
    assert found.verdict == "worse or chance"


def evaluated(run: train.Run, answers: list[tuple[str, str, float]]) -> None:
    """Lays down an evaluation: (example, reference, exact match)."""
    import pyarrow as pa

    folder = run.path / "evals" / "e1"
    folder.mkdir(parents=True)
    rows = [
        {
            "set": "test",
            "example_id": name,
            "turn": 0,
            "system": system,
            "reference": reference,
            "exact_match": v,
        }
        for name, reference, value in answers
        for system, v in (("adapter", value), ("base", 0.0))
    ]
    table = pa.Table.from_pylist(rows, schema=generations_schema(["exact_match"]))
    pq.write_table(table, folder / "generations.parquet")
    info = EvalInfo(
        name="e1",
        run=run.id,
        key="k",
        dataset_version=run.info.dataset_version,
        settings={},
        device="cpu",
        dtype="float32",
        packages={},
        made_at="2026-01-01T00:00:00+00:00",
        sets=(),
    )
    (folder / "eval.json").write_text(info.to_json())


def test_data_that_are_gone(shop: Shop) -> None:
    a, b = shop.run("a", shop.a, {}), shop.run("b", shop.b, {})
    shop.b.path.rename(shop.b.path.with_name(".away"))
    with pytest.raises(VersionError, match="the data of run b"):
        train.audit(a, b)


def test_the_command(worse: Audit, shop: Shop) -> None:
    def call(*options: str) -> Any:
        arguments = ["audit", worse.a.id, worse.b.id, "--recipe", str(shop.workspace.recipe_path), *options]
        return CliRunner().invoke(group, arguments, standalone_mode=False, catch_exceptions=False)

    shown = call()
    assert shown.return_value == 0
    assert "tag returns" in shown.stdout
    assert "edits: review" in shown.stdout
    suspect = worse.suspects.iloc[0]
    assert f"{suspect['source']}:{suspect['line']}" in shown.stdout
    assert "noise of seeds from 3 runs" in shown.stderr
    assert f"next: train bisect {worse.a.id} {worse.b.id}, " in shown.stderr
    assert call("--fail-on-regression").return_value == 1
    said = json.loads(call("--json").stdout)
    assert said["regression"] is True
    assert said["slices"][0]["name"] == "returns"
    assert len(said["changes"]) == len(said["suspects"]) == 26
    assert "send it back" not in json.dumps(said["changes"] + said["suspects"])
    assert call("--json").stdout == call("--json").stdout


def test_the_page_is_whole_and_hides_what_was_flagged(
    topical: list[Example], lay_two: Callable[..., Shop], tmp_path: Path
) -> None:
    hostile = "<script>alert(1)</script>"
    flagged, marked = (e for e in topical if e.split == "train" and "returns" in e.tags and e.line < 2)
    after = [
        replace(e, messages=(e.messages[0], replace(e.messages[1], content=content)), flags=flags)
        if e in (flagged, marked)
        else e
        for e in topical
        for content, flags in [("A secret", ("pii:PERSON",)) if e is flagged else (hostile, ())]
    ]
    shop = lay_two(topical, after)
    found = train.audit(shop.run("a", shop.a, {}), shop.run("b", shop.b, rising(shop)))
    path = found.to_html(tmp_path / "audit.html")
    text = path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert "https://" not in text
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert flagged.example_id in text
    assert "A secret" not in text


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_a_real_pair(new_workspace: Callable[..., Workspace], tmp_path: Path) -> None:
    """Two seeds of one version and one settings: nothing but chance differs, and that is what is said."""
    workspace = new_workspace(tmp_path / "real", epochs=1, snapshots=[], learning_rate=1e-2)
    version = workspace.version()
    settings = workspace.recipe.train
    assert settings is not None
    first, second, third = (
        carry_out(job_of(workspace, version, settings, seed), Silent()) for seed in (17, 18, 19)
    )
    found = train.audit(first.id, second.id, recipe=workspace.recipe_path)
    assert {one.name for one in found.settings} <= {"seed", "kept step"}
    assert found.changes.empty
    assert [one.id for one in found.noise.a.runs] == [first.id, third.id]
    for one in found.splits:
        if one.name != "train":
            own = [getattr(run.info.final, f"{one.name}_loss") for run in (first, second)]
            assert [one.a, one.b] == pytest.approx(own)
            assert one.verdict == "not enough evidence"  # six examples
    assert found.suspects.empty
    assert not found.regression
