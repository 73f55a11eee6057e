"""What the models are asked about the changed rows, in real runs: measured once, kept, and left off where it
cannot be measured."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from two_versions import Shop

import train
from schemas.errors import UsageError
from schemas.recipe import Train
from train.auditing.audit import Audit
from train.cli import group
from train.progress import Silent, Tick
from train.session import carry_out, job_of
from train.store import Run
from train.tokens import prepare
from train.using.losses import measure as losses_of
from train.using.opened import load_tuned, open_for_use


class Stopping(Silent):
    """Ctrl-C after some passes."""

    def __init__(self, after: int) -> None:
        self.left = after

    @contextmanager
    def measuring(self, what: str, total: int) -> Iterator[Tick]:  # noqa: ARG002
        def tick(passes: int) -> None:
            self.left -= passes
            if self.left < 0:
                raise KeyboardInterrupt

        yield tick


@pytest.fixture
def pair(shop: Shop, small_base: Path) -> tuple[Run, Run]:
    """A, and B whose answers about returns are others."""
    settings = shop.workspace.recipe.train
    assert settings is not None
    changes: dict[str, Any] = {"model": str(small_base), "epochs": 3, "learning_rate": 1e-2}
    trained = Train.model_validate(settings.model_dump() | changes)
    a, b = (carry_out(job_of(shop.workspace, version, trained, 17), Silent()) for version in (shop.a, shop.b))
    return a, b


def test_the_models_are_asked_about_the_changed_rows(
    pair: tuple[Run, Run], shop: Shop, tmp_path: Path
) -> None:
    recipe = shop.workspace.recipe_path

    def audited(progress: Silent | None = None) -> Audit:
        return train.audit(*pair, recipe=recipe, measure=True, progress=progress or Silent())

    with pytest.raises(KeyboardInterrupt):
        audited(Stopping(40))
    found = audited()
    assert found.measured is not None
    assert set(found.signals) == {"gradient", "surprise", "contradiction", "embedding", "nearness"}
    table = found.suspects.set_index("example_id")
    reworded = [e.example_id for e in shop.after if e.origin == "edited"]
    others = table.index.difference(reworded)
    assert table.loc[reworded, "gradient"].min() > table.loc[others, "gradient"].max()
    assert set(found.suspects["example_id"][: len(reworded)]) == set(reworded)
    # surprise, against a plain forward pass of A's adapter.
    opened = open_for_use(recipe, pair[0].id, say=[].append)
    after = [e for e in shop.after if e.example_id in table.index]
    plain = losses_of(load_tuned(opened, torch.float32), prepare(after, opened.tokenizer, 256).rows)
    assert table["surprise"].to_dict() == pytest.approx(plain, abs=1e-4)
    # What is kept is not measured again, and a line that a kill cut short is.
    again = audited(Stopping(0))
    assert again.measured is not None
    assert again.measured.passes == 0
    assert again.suspects.equals(found.suspects)
    for file in (shop.workspace.cache / "audit").iterdir():
        file.write_bytes(file.read_bytes()[:-9])
    assert np.allclose(audited().suspects["gradient"], found.suspects["gradient"], atol=1e-6)
    # The command says what it asks and what it could not.
    shutil.rmtree(pair[1].path / "checkpoints")
    names = [pair[0].id, pair[1].id]
    page = tmp_path / "audit.html"
    said = CliRunner().invoke(
        group, ["audit", *names, "--recipe", str(recipe), "--measure", "--html", str(page)]
    )
    assert said.exit_code == 0, said.output
    assert "gradient is not measured" in said.output
    assert "Gradient is not measured" in page.read_text()
    assert "surprise" in said.output
    refused = CliRunner().invoke(group, ["audit", *names, "--recipe", str(recipe), "--embedding", "nowhere"])
    assert isinstance(refused.exception, UsageError)
