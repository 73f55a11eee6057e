"""The tiny base: whole folder or none, an ordinary model, the same for a seed."""

import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from schemas.errors import SourceError, UsageError
from train.tiny.base import tiny_base as make
from train.tiny.text import chat, passage


def test_it_is_a_small_llama_that_fits_nf4_blocks(tiny_base: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_base)
    assert model.config.architectures == ["LlamaForCausalLM"]
    assert 5e5 < sum(p.numel() for p in model.parameters()) < 1e6
    linear = [m for m in model.modules() if isinstance(m, torch.nn.Linear)]
    assert all(m.in_features % 64 == 0 and m.out_features % 64 == 0 for m in linear)


def test_the_tokenizer_keeps_every_text(tokenizer: Any) -> None:
    for text in ("Where is order 4821?", "  two  spaces\n\ttab", "Grüße, 你好 🙂", "e-mail: a@b.example"):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    assert tokenizer.eos_token_id != tokenizer.pad_token_id
    assert len(tokenizer.tokenize("4821")) == 4


def test_pretraining_learns_and_is_deterministic(tmp_path: Path) -> None:
    losses: dict[str, list[float]] = {"a": [], "b": []}
    for name, seen in losses.items():
        torch.rand(1)
        before = torch.get_rng_state()
        make(tmp_path / name, steps=4, seed=3, report=lambda *numbers, seen=seen: seen.append(numbers[2]))
        assert torch.equal(before, torch.get_rng_state())
    assert losses["a"] == losses["b"]
    assert losses["a"][-1] < losses["a"][0] - 0.3
    assert {f.name: f.read_bytes() for f in (tmp_path / "a").iterdir()} == {
        f.name: f.read_bytes() for f in (tmp_path / "b").iterdir()
    }


def test_talk_gives_the_base_its_words(tmp_path: Path) -> None:
    line = {
        "messages": [{"role": "user", "content": "quaffle?"}, {"role": "assistant", "content": "zorbing"}]
    }
    (tmp_path / "talk.jsonl").write_text("\n".join([json.dumps(line)] * 3))
    plain, talking = (
        make(tmp_path / name, steps=1, talk=talk)
        for name, talk in (("plain", None), ("talking", tmp_path / "talk.jsonl"))
    )
    sizes = [len(AutoTokenizer.from_pretrained(f).tokenize(" quaffle zorbing")) for f in (plain, talking)]
    assert sizes[1] < sizes[0]


@pytest.mark.parametrize("text", ["", "{", '{"messages": 1}', '{"messages": [{"role": "user"}]}', "[]"])
def test_talk_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "talk.jsonl").write_text(text)
    with pytest.raises(SourceError, match=r"talk\.jsonl"):
        make(tmp_path / "base", steps=1, talk=tmp_path / "talk.jsonl")
    assert not (tmp_path / "base").exists()


def test_the_clock_can_say_when_to_stop(tmp_path: Path) -> None:
    steps: list[int] = []
    make(tmp_path / "base", minutes=0.01, report=lambda *numbers: steps.append(numbers[1]))
    assert steps
    assert (tmp_path / "base" / "model.safetensors").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something already"):
        make(tmp_path, steps=1)
    assert [f.name for f in tmp_path.iterdir()] == ["notes.txt"]


def test_an_interruption_leaves_no_folder(tmp_path: Path) -> None:
    def stop(_done: float, step: int, _loss: float) -> None:
        if step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "base", steps=3, report=stop)
    assert not list(tmp_path.iterdir())


def test_answers_repeat_what_the_question_names() -> None:
    rng = random.Random(1)
    dialogues = [chat(rng) for _ in range(400)]
    answered = [
        (q["content"], a["content"])
        for d in dialogues
        for q, a in pairwise(d)
        if (q["role"], a["role"]) == ("user", "assistant")
    ]
    numbers = [{w for w in q.split() if w.strip(".?").isdigit() and len(w) > 4} for q, _ in answered]
    copied = [any(n.strip(".?") in a for n in ns) for ns, (_, a) in zip(numbers, answered, strict=True) if ns]
    assert sum(copied) > 0.5 * len(copied) > 10
    assert len({passage(rng) for _ in range(200)}) == 200
