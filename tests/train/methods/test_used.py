"""What a method learned can be used: merged where it has weights to merge, and asked."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

import train
from curate.workspace import Workspace
from schemas.errors import UsageError
from train.using.chatting import Style, speakers
from train.using.merging import merge
from train.using.opened import Opened, load_tuned, open_for_use

# PEFT 0.21 still asks transformers by the old name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")

CASES: dict[str, dict[str, Any]] = {
    "ia3": {"method": "ia3", "learning_rate": 0.3},
    "pissa": {"method": "qlora", "lora": {"r": 4, "alpha": 8, "dropout": 0.0, "init": "pissa"}},
    "prefix": {"method": "prefix", "prefix": {"tokens": 4, "init": "random"}, "learning_rate": 0.3},
    "prompt": {"method": "prompt", "prompt": {"tokens": 4}, "learning_rate": 1.0},
}
FAST = {"epochs": 1, "snapshots": [], "learning_rate": 5e-2, "scheduler": "constant", "warmup_ratio": 0.0}


@pytest.fixture(scope="module", params=CASES)
def opened(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_workspace: Callable[..., Workspace],
) -> Opened:
    workspace = new_workspace(tmp_path_factory.mktemp(request.param), **FAST | CASES[request.param])
    train.run("tiny0001", recipe=workspace.recipe_path)
    return open_for_use(workspace.recipe_path, None, say=lambda _: None)


def test_it_merges_or_says_why_not(opened: Opened, tmp_path: Any) -> None:
    if opened.settings.virtual_tokens:
        with pytest.raises(UsageError, match="learns tokens before the text") as told:
            merge(opened, tmp_path / "merged", say=lambda _: None)
        assert "train export --to adapter" in told.value.mend
        return
    merged = merge(opened, tmp_path / "merged", say=lambda _: None)
    assert merged.largest < 1e-4
    assert merged.examples == 6


def test_it_answers_as_its_forward_pass_does(opened: Opened) -> None:
    (speaker,) = speakers(opened, base=False)
    speaker.answer("hello there", Style(max_tokens=6), lambda _: None, lambda _: None)
    model = load_tuned(opened, torch.float32)
    text = f"<|system|>{opened.system_prompt}<|end|><|user|>hello there<|end|><|assistant|>"
    ids = opened.tokenizer(text, add_special_tokens=False)["input_ids"]
    said: list[int] = []
    ends = {
        opened.tokenizer.eos_token_id,
        *opened.tokenizer("<|end|>", add_special_tokens=False)["input_ids"],
    }
    with torch.no_grad():
        while len(said) < 6 and not ends & set(said):
            logits = model(input_ids=torch.tensor([[*ids, *said]]), use_cache=False).logits
            said.append(int(logits[0, -1].argmax()))
    assert speaker.said[-1].content == opened.tokenizer.decode(said, skip_special_tokens=True)
