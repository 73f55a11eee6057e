"""`make demo`: the whole loop on the sample, by the commands that a user would type.

raw rows → build → tiny base → run → worst examples by loss → decisions → next build and run → what it gained
"""

import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

import curate
import train
from curate.version import DatasetVersion
from curate.workspace import Workspace
from samples.generate import KEY_NAME, TALK_NAME, generate
from samples.review_script import Proposal, faulty_ids, proposals
from samples.score import score, show
from samples.scoring.built import Built, read_key

REVIEWED = 100
REVIEWER = "ada"
BOOTSTRAPS = 2000

out = Console(highlight=False)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="demo")
def main(folder: Path) -> None:
    """Run the whole loop in FOLDER, which an earlier demo may have made."""
    started = time.monotonic()
    clear(folder)
    step("The messy dataset of a made-up support desk, with faults planted on purpose")
    rows = sum(generate(folder).values())
    out.print(f"{rows:,} raw rows in {folder / 'raw'}; the answer key beside them is for scoring only")

    step("Raw rows → dataset version")
    command(folder, "curate", "build", "--check")

    step("A small base model, made here, so that nothing is downloaded")
    command(folder, "train", "tiny-base", "tiny-base", "--talk", TALK_NAME)

    step("Dataset version → adapter, and a loss for every example")
    first = command(folder, "train", "run")

    step("The training examples with the highest loss")
    command(folder, "train", "losses", first, "--split", "train", "--top", "12")
    show(score(folder, run=first), out)

    step(f"A reviewer reads the {REVIEWED} worst and decides")
    decided = proposals(folder, first, REVIEWED)
    record(folder, first, decided)
    command(folder, "curate", "why", decided[0].example_id)

    step("Decisions → the next dataset version")
    before = Workspace.open(folder / "recipe.yaml").version()
    command(folder, "curate", "build", "--check")
    command(folder, "curate", "diff", before.version)

    step("The next run")
    second = command(folder, "train", "run")

    step("What the loop found, and what it gained")
    out.print(gains(folder, first, second, decided))
    out.print(f"the whole loop took {(time.monotonic() - started) / 60:.1f} minutes")
    out.print(f"now look for yourself:  cd {folder} && ../.venv/bin/curate review")


def clear(folder: Path) -> None:
    """Raises UsageError for a folder of something else: everything in it goes."""
    if folder.exists() and any(folder.iterdir()) and not (folder / KEY_NAME).exists():
        raise click.UsageError(f"{folder} is no demo: name a folder that is empty, or not there yet")
    shutil.rmtree(folder, ignore_errors=True)


def step(title: str) -> None:
    out.print()
    out.rule(title, align="left")


def command(folder: Path, *words: str) -> str:
    """Runs one of our commands in the folder, as typed; its output is shown. Returns its last line."""
    out.print(f"[bold]$ {' '.join(words)}[/bold]")
    lines = [""]
    with subprocess.Popen(
        [sys.executable, "-m", *words], cwd=folder, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            out.print(line.rstrip(), markup=False, soft_wrap=True)
            lines.append(line.strip())
    if process.returncode:
        sys.exit(process.returncode)
    return lines[-1]


def record(folder: Path, run: str, decided: Sequence[Proposal]) -> None:
    """Puts the reviewer's decisions into the journal and says what they were."""
    for proposal in decided:
        curate.decide(
            proposal.example_id,
            proposal.verdict,
            annotator=REVIEWER,
            messages=proposal.messages,
            reason=proposal.reason,
            run=run,
            recipe=folder / "recipe.yaml",
        )
    for (verdict, reason), n in Counter((p.verdict, p.reason) for p in decided).most_common():
        out.print(f"  {verdict} {n}" + (f": {reason}" if reason else ""))


def gains(folder: Path, first: str, second: str, decided: Sequence[Proposal]) -> Table:
    """Faults found, and the test loss before and after, on the test examples that both versions share.

    Test rows have planted faults too, and a model that is right has a high loss on those: they are counted
    apart. A user would review the test split as well.
    """
    workspace = Workspace.open(folder / "recipe.yaml")
    runs = [train.open_run(workspace, name) for name in (first, second)]
    versions = [workspace.version(run.info.dataset_version) for run in runs]
    shared = sorted(_contents(versions[0]) & _contents(versions[1]))
    wrong = faulty_ids(read_key(folder), Built(versions[0].path))
    ids = [example_id for example_id, _ in shared if example_id not in wrong]
    before, after = (_final(run.losses(), "adapter").loc[ids] for run in runs)
    base = _final(runs[0].losses(), "base").loc[ids]
    faulty = sum(p.verdict != "keep" for p in decided)
    report = score(folder, run=first)["losses"]
    low, high = _interval(after - before)

    table = Table("figure", "", show_header=False, title=f"{first} → {second}")
    table.add_row("examples reviewed, of all training examples", f"{len(decided)} of {report['rows']:,}")
    table.add_row("faults among them", f"{faulty} ({faulty / len(decided):.0%})")
    table.add_row("faults that as many at random would show", f"{report['faulty'] / report['rows']:.0%}")
    table.add_row("AUROC of the loss for swapped answers", f"{report['signals']['loss']['auroc']:.3f}")
    table.add_row("AUROC of plain answer length", f"{report['signals']['answer_length']['auroc']:.3f}")
    table.add_row(
        f"test loss of the base model ({len(ids)} shared examples, nats a token; "
        f"{len(shared) - len(ids)} with planted faults left out)",
        f"{base.mean():.4f}",
    )
    table.add_row("test loss after the first run", f"{before.mean():.4f}")
    table.add_row("test loss after review and the second run", f"{after.mean():.4f}")
    table.add_row(
        "difference, with a 95 % paired bootstrap interval",
        f"{(after - before).mean():+.4f} ({low:+.4f} to {high:+.4f})",
    )
    return table


def _contents(version: DatasetVersion) -> set[tuple[str, str]]:
    return {(e.example_id, e.content_hash) for e in version.examples("test")}


def _final(losses: pd.DataFrame, model: str) -> "pd.Series[float]":
    """The last snapshot loss of each test example."""
    rows = losses[(losses["kind"] == "snapshot") & (losses["model"] == model) & (losses["split"] == "test")]
    last: pd.Series[float] = rows.sort_values("step", kind="stable").groupby("example_id")["loss"].last()
    return last


def _interval(deltas: "pd.Series[float]") -> tuple[float, float]:
    draws = np.random.default_rng(0).choice(deltas.to_numpy(), (BOOTSTRAPS, len(deltas))).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    main()
