"""The model card of a real adapter: what it says, what it never says, and that its code runs."""

import re
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard
from ruamel.yaml import YAML

import train
from curate.workspace import Workspace
from schemas.example import Example
from train.fitting.model import Base, load_tokenizer
from train.modelcard.writing import write_card
from train.tokens import prepare


@pytest.fixture(scope="module")
def tuned(run: train.Run) -> Any:
    return load_tokenizer(Base(str(run.adapter), local=True))


@pytest.fixture(scope="module")
def card(run: train.Run) -> ModelCard:
    """As the end of the run left it beside the adapter."""
    return ModelCard.load(run.adapter / "README.md")


def test_front_matter(card: ModelCard, run: train.Run) -> None:
    data = card.data
    assert data.base_model == "small-base"
    assert data.library_name == "peft"
    assert data.pipeline_tag == "text-generation"
    assert "lora" in data.tags
    assert data.license is None
    found = {(r.dataset_split, r.metric_type): r.metric_value for r in data.eval_results}
    assert found["test", "loss"] == pytest.approx(run.info.final.test_loss, abs=1e-6)
    assert found["validation", "loss"] == pytest.approx(run.info.final.validation_loss, abs=1e-6)
    assert all(r.dataset_revision == "tiny0001" for r in data.eval_results)


def test_text(card: ModelCard, run: train.Run, hostile: Workspace) -> None:
    text = card.text
    assert run.id in text
    assert run.info.template_sha256 in text
    assert f"```text\n{hostile.recipe.system_prompt}\n```" in text
    assert f"| test | 6 | {run.info.final.base_test_loss:.4f} | {run.info.final.test_loss:.4f} |" in text
    assert "| lora.r | 4 |" in text
    assert "Licence of the data: unknown" in text
    assert f"torch {run.info.packages['torch']}" in text
    assert "Near-duplicate pairs across splits: 0" in text
    assert "prefix.tokens" not in text


def test_no_text_of_the_data_and_no_path_of_the_machine(
    card: ModelCard, examples: list[Example], odd: list[Example], run: train.Run
) -> None:
    for example in (*examples, *odd):
        for message in example.messages:
            assert message.role == "system" or message.content not in card.content
    assert str(run.path.parents[2]) not in card.content
    assert run.info.base_model not in card.content


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_its_code_gives_the_model_the_tokens_of_training(
    card: ModelCard, run: train.Run, tuned: Any, examples: list[Example], capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", card.text, re.S)
    example = next(e for e in examples if e.split == "test" and len(e.messages) == 3)
    code = code.replace('folder = "."', f"folder = {str(run.adapter)!r}")
    code = code.replace('"…"', repr(example.prompt)).replace("max_new_tokens=512", "max_new_tokens=2")
    space: dict[str, Any] = {}
    exec(code, space)
    (row,) = prepare([example], tuned, 128).rows
    assert space["inputs"]["input_ids"][0].tolist() == list(row.input_ids[: row.trained[0][0]])
    assert capsys.readouterr().out


def test_what_the_author_says_and_what_data_is_named(
    run: train.Run, hostile: Workspace, tuned: Any, tmp_path: Path
) -> None:
    """Hub sources, licences and stages come into the card; names are words, no markup."""
    recipe = tmp_path / "recipe.yaml"
    text = hostile.recipe_path.read_text(encoding="utf-8")
    recipe.write_text(
        f"{text}\ncard: {{license: apache-2.0, data_license: CC BY 4.0, intended_use: Only for *hats*.}}\n"
        "workspace: " + str(hostile.path) + "\n"
    )
    config = run.path / "config.yaml"
    before = config.read_text(encoding="utf-8")
    config.write_text(
        before.replace("raw/*.jsonl", "hf:shop/hats/small:train").replace("name: tiny", "name: a|<b>")
    )
    manifest = hostile.version("tiny0001").path / "manifest.json"
    counted = manifest.read_text(encoding="utf-8")
    counts = '"in":40,"kept":36,"dropped":{"near|<i>":4},"edited":0,"flagged":0,"created":0,"seconds":1.0'
    stage = f'{{"name":"dedup",{counts}}}'
    manifest.write_text(counted.replace('"stages": []', f'"stages": [{stage}]'))
    try:
        path = write_card(run, Workspace.open(recipe), tuned, tmp_path, "merged")
    finally:
        config.write_text(before)
        manifest.write_text(counted)
    card = ModelCard.load(path)
    assert card.data.license == "apache-2.0"
    assert card.data.datasets == ["shop/hats"]
    assert card.data.library_name == "transformers"
    assert "Only for *hats*." in card.text
    assert "Licence of the data: CC BY 4.0" in card.text
    assert r"| dedup | 40 | 0 | 4 | 36 | near\|\<i\> 4 |" in card.text
    assert r"# a\|\<b\>" in card.text


def test_a_prompt_with_fences_stays_inside_its_own(
    run: train.Run, hostile: Workspace, tuned: Any, tmp_path: Path
) -> None:
    prompt = 'Answer in\n```json\n{}\n```\nonly, and say "so".'
    config = run.path / "config.yaml"
    before = config.read_text(encoding="utf-8")
    yaml = YAML(typ="safe")
    changed = yaml.load(before) | {"system_prompt": prompt}
    with config.open("w", encoding="utf-8") as file:
        yaml.dump(changed, file)
    (tmp_path / "adapter_config.json").write_text('{"r": 12}')
    try:
        text = write_card(run, hostile, tuned, tmp_path, "adapter").read_text(encoding="utf-8")
    finally:
        config.write_text(before)
    assert f"````text\n{prompt}\n````" in text
    assert "--max-lora-rank 16" in text
    (code,) = re.findall(r"```python\n(.*?)\n```", text.replace("````text", "").replace(prompt, ""), re.S)
    (system,) = re.findall(r'"role": "system", "content": (.*)\},\n', code)
    assert eval(system) == prompt
