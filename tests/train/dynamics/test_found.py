"""A real run, from losses.parquet to the ranks: what was swapped stands above the rest."""

import json
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import train
from train.cli import group
from train.queue import review_queue

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


def chance_above(signal: Any, chosen: Any) -> float:
    """The chance that a chosen one stands above another one."""
    above = signal[chosen].to_numpy()[:, None] - signal[~chosen].to_numpy()[None, :]
    return float((above > 0).mean() + (above == 0).mean() / 2)


def test_the_noise_rank_finds_swapped_answers(planted: Any) -> None:
    table = train.example_dynamics(planted.run)
    rows = table[table["split"] == "train"]
    swapped = rows["example_id"].isin(planted.swapped)
    assert swapped.sum() >= 8
    assert chance_above(rows["noise"], swapped) > 0.8
    assert chance_above(-rows["confidence"], swapped) > 0.8
    for part in ("late", "slow", "token", "first"):
        assert rows[f"noise_{part}"].between(0, 1).all()
    assert chance_above(rows["noise"].sample(frac=1, random_state=1), swapped) > 0.8


def test_the_table_agrees_with_the_losses_it_is_made_of(planted: Any) -> None:
    losses = planted.run.losses()
    table = train.example_dynamics(planted.run).set_index("example_id")
    assert set(table.index) == set(losses["example_id"])
    name = table.index[0]
    mine = losses[losses["example_id"] == name].sort_values("step")
    snapshots = mine[(mine["kind"] == "snapshot") & (mine["model"] == "adapter")]
    base = mine[mine["model"] == "base"]["loss"].item()
    sure = np.exp(-snapshots["loss"])
    row = table.loc[name]
    assert row["followed"] == "snapshot"
    assert len(snapshots) == 4
    assert row["loss"] == snapshots["loss"].iloc[-1]
    assert row["gain"] == pytest.approx(base - snapshots["loss"].iloc[-1])
    assert row["rise"] == pytest.approx(snapshots["loss"].iloc[-1] - snapshots["loss"].min())
    assert row["confidence"] == pytest.approx(sure.mean())
    assert row["variability"] == pytest.approx(sure.std(ddof=0))
    assert row["slope"] == pytest.approx(np.polyfit(snapshots["epoch"], snapshots["loss"], 1)[0])
    seen = mine[mine["kind"] == "seen"]["loss"]
    if row["split"] == "train":
        assert row["seen_loss"] == pytest.approx(seen.mean())
        assert row["first_loss"] == seen.iloc[0]


def test_validation_rows_have_a_rank_without_having_been_seen(planted: Any) -> None:
    table = train.example_dynamics(planted.run)
    held_out = table[table["split"] == "validation"]
    assert len(held_out)
    assert held_out["noise"].notna().all()
    assert held_out["first_loss"].isna().all()
    assert held_out["noise_first"].isna().all()


def command(planted: Any, *arguments: str) -> str:
    recipe = ["--recipe", str(planted.workspace.recipe_path)]
    result = CliRunner().invoke(group, [arguments[0], *recipe, *arguments[1:]], catch_exceptions=False)
    return result.stdout


def test_losses_by_noise_show_the_parts_and_the_text(planted: Any) -> None:
    header, first, *_ = command(planted, "losses", "--sort", "noise", "--text", "--top", "5").splitlines()
    assert header.split()[:7] == ["example", "split", "noise", "late", "slow", "token", "first"]
    assert "→" in first
    (item, *_) = json.loads(command(planted, "losses", "--sort", "noise", "--split", "train", "--json"))
    assert item["signal"] == item["noise"]
    parts = [item[f"noise_{part}"] for part in ("late", "slow", "token", "first")]
    assert item["noise"] == pytest.approx(sum(parts) / 4)


def test_losses_as_csv_with_chosen_columns(planted: Any) -> None:
    lines = command(planted, "losses", "--columns", "example_id,confidence,text", "--csv").splitlines()
    assert lines[0] == "example_id,confidence,text"
    assert len(lines) == 1 + len(train.example_dynamics(planted.run))
    best = review_queue(planted.run)[0]
    assert lines[1].startswith(f"{best.example_id},{best.confidence}")


def test_the_map_is_drawn_and_its_points_are_printed(planted: Any) -> None:
    drawn = command(planted, "map").splitlines()
    assert drawn[0] == "confidence"
    assert drawn[-1].strip() == "variability"
    assert {letter for line in drawn[1:-3] for letter in line[6:]} <= set(" eahEAH")
    points = json.loads(command(planted, "map", "--json"))
    table = train.example_dynamics(planted.run)
    assert len(points) == (table["split"] == "train").sum()
    assert {point["region"] for point in points} == {"easy", "ambiguous", "hard"}


def test_why_tells_it_in_a_line(planted: Any) -> None:
    from train.story import stories

    (name, *_) = sorted(planted.swapped)
    (story,) = stories(planted.workspace, name)
    (line,) = [line for line in story.text().splitlines() if "over time" in line]
    assert "noise rank" in line
    assert "confidence" in line
