"""A server that is not ours: `transformers serve` with a tiny model of random weights, through the client.

What such a model says is noise: the protocol, the money and the gates are what this is about.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from curate.flow.rows import with_made
from curate.llm import Answer, Price, Request, Settings, make_completer
from curate.llm.traffic import Patience
from curate.stages.augment import Augment
from schemas import recipe
from schemas.example import Example

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(find_spec(name) is None for name in ("fastapi", "uvicorn")),
        reason="transformers serve needs fastapi and uvicorn: pip install 'siftune[dev]'",
    ),
]

TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
ROLES = ["<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
START_S = 120


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of one layer over bytes."""
    folder = tmp_path_factory.mktemp("model")
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*ROLES, *letters])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=ROLES[0],
        pad_token=ROLES[0],
        additional_special_tokens=ROLES[1:],
    )
    wrapped.chat_template = TEMPLATE
    wrapped.save_pretrained(folder)
    torch.manual_seed(5)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=32, intermediate_size=64, num_hidden_layers=1,
        num_attention_heads=2, max_position_embeddings=8192, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("serve") / "log"
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    with log.open("w") as out:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("transformers"), "serve", *options],
            stdout=out,
            stderr=out,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}/health", log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    raise AssertionError(f"no server within {START_S} s: {log.read_text()}")


def settings(server: str, model: Path) -> Settings:
    price = Price(Decimal(1), Decimal(2))
    return Settings("augment", str(model), price, Decimal(5), server, temperature=0.9, concurrency=2)


def test_answers_usage_and_cache(server: str, model: Path, tmp_path: Path) -> None:
    said = [(("system", "Say it again."), ("user", f"Order {n}?")) for n in range(3)]
    asked = [Request(messages, {"type": "object"}, 12, expected_tokens=9) for messages in said]
    complete = make_completer(settings(server, model), tmp_path / "a.db", lambda _: None, Patience())
    replies = complete(asked)
    assert all(isinstance(reply, Answer) for reply in replies)
    assert {r.finish_reason for r in replies if isinstance(r, Answer)} <= {"length", "stop"}
    # 13 bytes and a mark of its own before and behind: the tokens that the template makes of the request.
    prompt_tokens = [len("Say it again.") + len(f"Order {n}?") + 2 + 2 + 1 for n in range(3)]
    assert sum(prompt_tokens) < complete.spent_usd * 1e6 <= sum(prompt_tokens) + 3 * 2 * 12
    again = make_completer(settings(server, model), tmp_path / "a.db", lambda _: None, Patience())
    assert again(asked) == replies
    assert again.requests == 0


def test_noise_makes_no_child(
    server: str, model: Path, tmp_path: Path, make_example: Callable[..., Example]
) -> None:
    rows = [make_example(n) for n in range(2)]
    section = recipe.Augment(strategies={"paraphrase": 1}, retries=0)
    complete = make_completer(settings(server, model), tmp_path / "a.db", lambda _: None, Patience())
    outcome = with_made(Augment(section, complete, [], recipe.Dedup()), rows)
    assert outcome.rows == rows
    assert {e.reason for e in outcome.events} <= {"augment:truncated", "augment:schema", "augment:empty"}
    assert complete.complete
