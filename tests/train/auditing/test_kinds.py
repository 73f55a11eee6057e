"""An audit that asks the models, of every kind of run: how it was trained, and for what."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML

import train
from curate.version import DatasetVersion
from curate.workspace import Workspace
from schemas.example import Example, Message
from schemas.recipe import Train
from train.auditing.audit import Audit
from train.classifying.verifying import rows_of
from train.progress import Silent
from train.session import carry_out, job_of
from train.store import Run
from train.tokens import prepare
from train.using.losses import measure as losses_of
from train.using.opened import load_tuned, open_for_use

THINGS = ("lamp", "rope", "soup", "coat", "bolt", "vase", "kite", "drum", "sofa", "tent")
"""What is asked about; two questions of each, one trained on and one held out."""
ABOUT = {
    "returns": ("May I return the {} {}", "You may send it back within thirty days"),
    "prices": ("What does the {} cost {}", "It costs seven coins with tax"),
}
WRONG = "no no never nothing at all"
PREFIX = {"method": "prefix", "prefix": {"tokens": 4}, "learning_rate": 0.2}
CLASSES = {"task": "classification"}
KINDS: dict[str, dict[str, Any]] = {
    "full": {"method": "full", "learning_rate": 1e-2},
    "ia3 over 8 bits, packed": {
        "method": "ia3",
        "quantization": {"bits": 8},
        "packing": True,
        "learning_rate": 0.2,
    },
    "prefix over 4 bits": {**PREFIX, "quantization": {"bits": 4}},
    "classes": {**CLASSES, "method": "qlora"},
    "classes, full": {**CLASSES, "method": "full", "learning_rate": 3e-3, "epochs": 4},
}


@pytest.fixture(scope="module")
def rows(make_example: Callable[..., Example]) -> Callable[[bool, bool], list[Example]]:
    """Questions and answers, or questions and what they are about, as A has them, or as B does: half of what
    it was taught about returns is wrong."""

    def made(classes: bool, wrong: bool) -> list[Example]:
        found = []
        for topic, (question, answer) in ABOUT.items():
            for split, where in (("train", "at home"), ("test", "abroad")):
                for at, thing in enumerate(THINGS):
                    said = (
                        ("user", question.format(thing, where)),
                        ("assistant", topic if classes else answer),
                    )
                    one = make_example(*said, split=split, tags=(topic,), line=at)
                    if wrong and split == "train" and topic == "returns" and at % 2:
                        other = Message("assistant", "prices" if classes else WRONG)
                        one = replace(one, messages=(one.messages[0], other), origin="edited")
                    found.append(replace(one, group_id=one.example_id))
        return found

    return made


@pytest.fixture(scope="module")
def versions(
    rows: Callable[[bool, bool], list[Example]],
    lay_down: Callable[..., DatasetVersion],
    small_base: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[bool, tuple[Workspace, list[DatasetVersion]]]:
    """By whether they hold classes: A's data and B's, in one workspace."""
    made = {}
    for classes in (False, True):
        root = tmp_path_factory.mktemp("kinds")
        recipe = {
            "name": "kinds",
            "seed": 17,
            "system_prompt": None,
            "sources": [{"path": "raw/*.jsonl"}],
            "train": {
                "model": str(small_base),
                "method": "lora",
                "lora": {"r": 4, "alpha": 8, "dropout": 0.0},
                "epochs": 2,
                "learning_rate": 2e-2,
                "max_length": 64,
                "batch": {"effective": 8, "per_device": 8},
                "snapshots": [],
                "early_stopping": None,
            },
        }
        YAML(typ="safe").dump(recipe, root / "recipe.yaml")
        workspace = Workspace.open(root / "recipe.yaml")
        both = []
        for name, wrong in (("aaaa", False), ("bbbb", True)):
            folder = lay_down(workspace, rows(classes, wrong)).path
            folder = folder.rename(folder.with_name(name))
            manifest = folder / "manifest.json"
            manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"version": name}))
            both.append(DatasetVersion.open(folder))
        made[classes] = workspace, both
    return made


@pytest.fixture(scope="module", params=KINDS)
def asked(
    request: pytest.FixtureRequest, versions: dict[bool, tuple[Workspace, list[DatasetVersion]]]
) -> tuple[Audit, Run, Workspace]:
    changed = KINDS[request.param]
    workspace, both = versions["task" in changed]
    assert workspace.recipe.train is not None
    settings = Train.model_validate(workspace.recipe.train.model_dump() | changed)
    a, b = (carry_out(job_of(workspace, version, settings, 17), Silent()) for version in both)
    return train.audit(a, b, recipe=workspace.recipe_path, measure=True, progress=Silent()), a, workspace


def test_every_kind_of_run_is_asked(asked: tuple[Audit, Run, Workspace]) -> None:
    found, a, _ = asked
    assert found.measured is not None
    assert [said for said in found.measured.said if "not measured" in said] == []
    assert set(found.signals) == {"gradient", "surprise", "contradiction", "embedding", "nearness"}
    assert len(found.suspects) == len(THINGS) // 2
    # A row that says otherwise what A had it say pushes up what rose.
    assert found.suspects["gradient"].between(0.0, 2.0, inclusive="neither").all()
    assert np.isfinite(found.suspects[["surprise", "embedding"]].to_numpy(np.float64)).all()
    wrong = found.suspects.set_index("example_id")["surprise"]
    right = a.losses().query("kind == 'snapshot' and model == 'adapter' and split == 'train'")
    assert wrong.min() > right.set_index("example_id")["loss"][list(wrong.index)].max()


def test_nothing_is_asked_twice(asked: tuple[Audit, Run, Workspace], request: pytest.FixtureRequest) -> None:
    if "full" not in request.node.callspec.id:
        pytest.skip("adapters are asked twice in test_measured")
    found, _, workspace = asked
    again = train.audit(found.a, found.b, recipe=workspace.recipe_path, measure=True, progress=Silent())
    assert again.measured is not None
    assert again.measured.passes == 0
    assert again.suspects.equals(found.suspects)


def test_surprise_is_what_the_kept_weights_say_alone(
    asked: tuple[Audit, Run, Workspace], request: pytest.FixtureRequest
) -> None:
    if "full" not in request.node.callspec.id:
        pytest.skip("adapters are held against it in test_measured")
    found, a, workspace = asked
    opened = open_for_use(workspace.recipe_path, a.id, say=[].append, task=None)
    changed = [found.data.after[name] for name in found.suspects["example_id"]]
    if a.info.labels:
        rows: Any = rows_of(changed, opened.template, opened.tokenizer, 64, a.info.labels)
    else:
        rows = prepare(changed, opened.tokenizer, 64).rows
    plain = losses_of(load_tuned(opened, torch.float32), rows)
    assert found.suspects.set_index("example_id")["surprise"].to_dict() == pytest.approx(plain, abs=1e-4)
