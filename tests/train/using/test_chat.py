"""Chat: the prompt is that of training, answers come in pieces, and base and adapter do not mix."""

from pathlib import Path

import torch
from click.testing import CliRunner
from transformers import AutoModelForCausalLM

from curate.workspace import Workspace
from train.cli import group
from train.store import open_run
from train.using.chatting import Style, chat, speakers
from train.using.opened import Opened, load_tuned

SHORT = Style(max_tokens=8)


def greedy(model: torch.nn.Module, opened: Opened, text: str, n: int) -> str:
    """The likeliest continuation, token by token, by nothing but forward passes."""
    ids = opened.tokenizer(text, add_special_tokens=False)["input_ids"]
    said: list[int] = []
    with torch.no_grad():
        for _ in range(n):
            token = int(model(input_ids=torch.tensor([[*ids, *said]])).logits[0, -1].argmax())
            if token == opened.tokenizer.eos_token_id:
                break
            said.append(token)
    return str(opened.tokenizer.decode(said, skip_special_tokens=True))


def test_answers_of_base_and_adapter(opened: Opened, small_base: Path, said: list[str]) -> None:
    pieces: list[str] = []
    both = speakers(opened, base=True)
    chat(["hello there\n", "\n", "and now?\n"], both, SHORT, pieces.append, said.append)
    system = f"<|system|>{opened.system_prompt}<|end|>"
    models = (AutoModelForCausalLM.from_pretrained(small_base), load_tuned(opened, torch.float32))
    answers = []
    for speaker, model in zip(both, models, strict=True):
        text = system
        for line in ("hello there", "and now?"):
            text += f"<|user|>{line}<|end|><|assistant|>"
            answers.append(greedy(model, opened, text, SHORT.max_tokens))
            text += f"{answers[-1]}<|end|>"
        assert [m.content for m in speaker.said if m.role == "assistant"] == answers[-2:]
    assert answers[:2] != answers[2:]
    base_first, tuned_first = answers[0], answers[2]
    told = "".join(pieces)
    assert told.startswith(f"base: {base_first}\n{opened.run.id}: {tuned_first}\n")
    assert len(pieces) > 8


def test_reset_quit_and_a_conversation_too_long(opened: Opened, said: list[str]) -> None:
    pieces: list[str] = []
    (tuned,) = speakers(opened, base=False)
    chat(["hi", "/reset"], [tuned], SHORT, pieces.append, said.append)
    assert [m.role for m in tuned.said] == ["system"]
    chat(["x " * 600, "hi", "/quit", "never"], [tuned], SHORT, pieces.append, said.append)
    assert said == ["the conversation fills the model's 512 tokens: begin another with /reset"]
    assert [m.content for m in tuned.said if m.role == "user"] == ["hi"]


def test_a_seed_draws_the_same(opened: Opened, said: list[str]) -> None:
    (tuned,) = speakers(opened, base=False)

    def drawn(seed: int) -> str:
        tuned.reset()
        style = Style(temperature=2.0, max_tokens=8, seed=seed)
        return tuned.answer("hello", style, lambda _: None, said.append)

    assert drawn(1) == drawn(1)
    assert len({drawn(seed) for seed in range(4)}) > 1


def test_the_command_reads_a_pipe(desk: Workspace) -> None:
    common = ["chat", "--recipe", str(desk.recipe_path), "--max-tokens", "4"]
    done = CliRunner().invoke(group, common, input="hello\nhow are you?\n")
    assert done.exit_code == 0, done.exception
    assert done.stdout.count("\n") >= 2
    both = CliRunner().invoke(group, [*common, "--base"], input="hello\n")
    assert both.stdout.startswith("base: ")
    assert f"{open_run(desk).id}: {done.stdout.splitlines()[0]}" in both.stdout


def test_another_system_prompt_is_refused_and_forced(desk: Workspace) -> None:
    desk.recipe_path.write_text(desk.recipe_path.read_text().replace("briefly", "at length"))
    common = ["chat", "--recipe", str(desk.recipe_path)]
    assert "system_prompt is not the one" in str(CliRunner().invoke(group, common, input="a\n").exception)
    forced = CliRunner().invoke(group, [*common, "--force", "--max-tokens", "2"], input="a\n")
    assert forced.exit_code == 0
    assert "--force: the recipe's system_prompt" in forced.stderr
