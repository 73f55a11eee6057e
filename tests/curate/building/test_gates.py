"""Gates: each one fails on a real build that it should fail, and says where and how to mend it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from desk import RECIPE

import curate
from curate.building import residue
from curate.building.gates import failures
from curate.building.residue import pii_residue
from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.arrow import examples_table
from schemas.canonical import to_json
from schemas.errors import GateError
from schemas.example import Message
from schemas.recipe import Checks


def build(recipe: Path) -> DatasetVersion:
    return curate.build(recipe, say=lambda _: None)


def said(recipe: Path, **checks: object) -> list[tuple[str, str]]:
    workspace = Workspace.open(recipe)
    asked = workspace.recipe.model_copy(update={"checks": Checks.model_validate(checks)})
    found = failures(asked, workspace.version(), workspace.root, [])
    return [(f.problem, f.mend) for f in found]


def test_a_good_version_passes_and_a_gate_makes_no_new_version(workspace: Path) -> None:
    version = build(workspace)
    assert said(workspace) == []
    workspace.write_text(RECIPE + "checks: {max_removed: 0.4}\n")
    assert build(workspace).version == version.version


def test_too_many_rows_removed(workspace: Path) -> None:
    workspace.write_text(RECIPE.replace("max_tokens: 400", "max_tokens: 44"))
    version = build(workspace)
    removed = version.manifest.dropped / 83
    assert 0.01 < removed < 0.9
    assert said(workspace, max_removed=removed) == []
    ((problem, mend),) = said(workspace, max_removed=removed - 0.01)
    assert "of all rows were removed, more than" in problem
    assert "curate dropped" in mend


def test_too_many_rows_of_one_source_removed(workspace: Path) -> None:
    build(workspace)
    assert said(workspace, max_removed_by_source={"raw/tickets.jsonl": 0.02}) == []
    ((problem, _),) = said(workspace, max_removed_by_source={"raw/tick*": 0.01})
    assert problem == "raw/tickets.jsonl: 1.2% of its rows were removed, more than 1.0%"
    ((problem, mend),) = said(workspace, max_removed_by_source={"raw/ticket.jsonl": 0.5})
    assert "no source raw/ticket.jsonl" in problem
    assert mend == "did you mean 'raw/tickets.jsonl'?"


def test_rows_over_a_share_were_asked_for(workspace: Path) -> None:
    shared = RECIPE.replace("tags: [tickets], priority: 2}", "tags: [tickets], priority: 2, share: 0.5}")
    workspace.write_text(shared)
    version = build(workspace)
    assert version.manifest.dropped > 20
    found = said(workspace, max_removed=0.02, max_removed_by_source={"raw/tickets.jsonl": 0.02})
    assert [problem for problem, _ in found] == ["the train split is empty"]


@pytest.mark.parametrize(
    ("pin", "problem", "mend"),
    [
        ({"kept": 82, "dedup.dropped": 1, "dedup.dropped.near_duplicate": 0}, None, None),
        ({"kept": [80, 90]}, None, None),
        ({"kept": 83}, "kept is 82, pinned to 83", "curate diff"),
        ({"dedup.dropped.exact_duplicate": [2, 3]}, "is 1, pinned to 2 to 3", "change the pin"),
        ({"dedupe.dropped": 1}, "no count 'dedupe.dropped'", "did you mean 'dedup.dropped'?"),
    ],
)
def test_pins(workspace: Path, pin: dict[str, object], problem: str | None, mend: str | None) -> None:
    build(workspace)
    found = said(workspace, pin=pin)
    if problem is None or mend is None:
        assert found == []
    else:
        ((said_problem, said_mend),) = found
        assert problem in said_problem
        assert mend in said_mend


def test_personal_data_that_was_to_go_is_found_in_the_written_rows(workspace: Path) -> None:
    version = build(workspace)
    rows = version.examples("train")
    leaking = replace(
        rows[3], messages=(*rows[3].messages, Message("assistant", "Write to jo@roe.example.com."))
    )
    table = examples_table([*rows[:3], leaking, *rows[4:]], tools=False)
    pq.write_table(table, version.path / "data/train.parquet")
    ((problem, mend),) = said(workspace)
    assert problem == f"EMAIL_ADDRESS is still in the text of {leaking.example_id}"
    assert "curate review" in mend
    assert said(workspace, pii_residue=False) == []


def test_a_pool_finds_what_one_process_finds(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = build(workspace)
    rows = [
        replace(r, messages=(Message("user", f"Ask jo{n % 3}@roe.example.com"),)) if n % 5 == 0 else r
        for n, r in enumerate(version.examples("train"))
    ]
    table = examples_table(rows, tools=False)
    pq.write_table(table, version.path / "data/train.parquet", row_group_size=9)
    recipe = Workspace.open(workspace).recipe
    assert recipe.pii is not None
    alone = pii_residue(recipe.pii, version, workspace.parent)
    assert alone == {"EMAIL_ADDRESS": [r.example_id for r in rows[::5]]}
    monkeypatch.setattr(residue, "POOL_ROWS", 1)
    assert pii_residue(recipe.pii, version, workspace.parent, jobs=2) == alone


def test_wherever_in_a_row_it_stands(workspace: Path) -> None:
    import curate.quality.kernels  # noqa: F401 - with compiled code there, rows are looked at by their bytes

    version = build(workspace)
    address = "jo@roe.example.com"
    arguments = to_json({"to": address})
    call = to_json([{"function": {"arguments": arguments, "name": "write"}, "type": "function"}])
    rows = version.examples("train")
    rows[2] = replace(rows[2], messages=(*rows[2].messages, Message("user", f"It is {address}")))
    rows[4] = replace(rows[4], messages=(*rows[4].messages, Message("assistant", "", tool_calls=call)))
    rows[6] = replace(rows[6], messages=(*rows[6].messages, Message("tool", "Sent.", name=address)))
    rows[7] = replace(rows[7], metadata={"ticket": {"from": [address]}})
    rows[9] = replace(rows[9], tags=(address,))
    rows[11] = replace(rows[11], messages=(Message("system", f"Mail {address}"), *rows[11].messages))
    pq.write_table(examples_table(rows, tools=True), version.path / "data/train.parquet", row_group_size=10)
    pii = Workspace.open(workspace).recipe.pii
    assert pii is not None
    found = pii_residue(pii, version, workspace.parent)
    assert found == {"EMAIL_ADDRESS": [rows[n].example_id for n in (2, 4, 6, 7, 9)]}


def test_realistic_stand_ins_are_no_residue(workspace: Path) -> None:
    workspace.write_text(RECIPE.replace("pii: {action: redact}", "pii: {action: redact, style: realistic}"))
    version = build(workspace)
    assert any("@example." in e.answer for e in version.examples())
    assert said(workspace) == []


def test_the_system_prompt_is_the_users_own(workspace: Path) -> None:
    workspace.write_text(RECIPE.replace("You answer briefly.", "Send them to help@fable.example.com."))
    build(workspace)
    assert said(workspace) == []


def test_the_command_says_all_that_fails_and_exits_1(workspace: Path) -> None:
    workspace.write_text(RECIPE + "checks: {pin: {kept: 1, train: 2}}\n")
    done = subprocess.run(
        [sys.executable, "-m", "curate", "build", "--check"],
        cwd=workspace.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "kept is 82, pinned to 1" in done.stderr
    assert "pinned to 2" in done.stderr
    with pytest.raises(GateError, match="pinned to 1"):
        curate.build(workspace, check=True, say=lambda _: None)
