"""The template lock: what differs from training is told and refused, each thing by itself."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from curate.workspace import Workspace
from schemas.errors import RunError, UsageError
from train.store import open_run
from train.using.opened import Opened, open_for_use


def use(workspace: Workspace, said: list[str], **options: Any) -> Opened:
    return open_for_use(workspace.recipe_path, None, say=said.append, **options)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_the_adapter_carries_its_lock(lora: Workspace, small_base: Path, tokenizer: Any) -> None:
    run = open_run(lora)
    lock = json.loads((run.adapter / "siftune.json").read_text())
    assert len(lock.pop("base_weights_sha256")) == 64
    assert lock == {
        "run": run.id,
        "dataset_version": "tiny0001",
        "base_model": str(small_base),
        "method": "lora",
        "task": "generation",
        "labels": [],
        "template_sha256": hashlib.sha256(tokenizer.chat_template.encode()).hexdigest(),
        "system_prompt_sha256": hashlib.sha256((lora.recipe.system_prompt or "").encode()).hexdigest(),
    }


def test_what_is_as_it_was_opens_in_silence(desk: Workspace, said: list[str]) -> None:
    assert use(desk, said).system_prompt == desk.recipe.system_prompt
    assert said == []


def test_another_system_prompt(desk: Workspace, said: list[str]) -> None:
    edit(desk.recipe_path, "briefly and kindly", "at length")
    with pytest.raises(UsageError, match="the recipe's system_prompt is not the one of training") as raised:
        use(desk, said)
    assert "put the old prompt back" in raised.value.mend
    assert "--force" in raised.value.mend
    opened = use(desk, said, force=True)
    assert said == ["--force: the recipe's system_prompt is not the one of training"]
    assert "briefly and kindly" in (opened.system_prompt or "")


@pytest.mark.parametrize("where", ["adapter", "base"])
def test_another_template(
    desk: Workspace, small_base: Path, tmp_path: Path, said: list[str], where: str
) -> None:
    shutil.copytree(small_base, tmp_path / "base")
    folder = open_run(desk).adapter if where == "adapter" else tmp_path / "base"
    edit(folder / "chat_template.jinja", "'<|assistant|>'", "'<|assistant|> '")
    with pytest.raises(UsageError, match=r"the chat template of \S+ is not the one of training") as raised:
        use(desk, said, base_model=str(tmp_path / "base"))
    assert str(folder) in raised.value.problem


def test_another_base_with_the_same_template(
    desk: Workspace, small_base: Path, tmp_path: Path, said: list[str]
) -> None:
    shutil.copytree(small_base, tmp_path / "base")
    use(desk, said, base_model=str(tmp_path / "base"))
    weights = load_file(small_base / "model.safetensors")
    weights["model.layers.1.mlp.up_proj.weight"] *= 1.5
    save_file(weights, tmp_path / "base" / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UsageError, match=r"is not the base model .* its weights differ — .*--base-model"):
        use(desk, said, base_model=str(tmp_path / "base"))


def test_the_adapter_of_another_run(desk: Workspace, said: list[str]) -> None:
    run = open_run(desk)
    edit(run.adapter / "siftune.json", run.id, "another")
    with pytest.raises(UsageError, match="is that of run another"):
        use(desk, said)


def test_all_differences_are_told_at_once(desk: Workspace, said: list[str]) -> None:
    edit(desk.recipe_path, "briefly and kindly", "at length")
    edit(open_run(desk).adapter / "chat_template.jinja", "'<|assistant|>'", "'<|assistant|> '")
    with pytest.raises(UsageError, match=r"chat template.*; .*system_prompt"):
        use(desk, said)


def test_a_run_older_than_locks_has_the_hashes_of_run_json(desk: Workspace, said: list[str]) -> None:
    (open_run(desk).adapter / "siftune.json").unlink()
    assert use(desk, said).lock.base_weights_sha256 is None
    edit(desk.recipe_path, "briefly and kindly", "at length")
    with pytest.raises(UsageError, match="system_prompt"):
        use(desk, said)


def test_a_damaged_lock(desk: Workspace, said: list[str]) -> None:
    (open_run(desk).adapter / "siftune.json").write_text("{}")
    with pytest.raises(RunError, match=r"siftune.json: damaged \(\d fields\)"):
        use(desk, said)


def test_a_run_that_is_not_over(desk: Workspace, said: list[str]) -> None:
    edit(open_run(desk).path / "run.json", '"state": "done"', '"state": "interrupted"')
    with pytest.raises(RunError, match="its best adapter is not chosen yet"):
        use(desk, said)
