"""Templates in Ollama's language: the tokens of training, or a refusal. Checked by Go itself where it is."""

import json
import shutil
import subprocess
from copy import copy
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import GateError, UsageError
from schemas.example import Example, Message
from train.template import as_chat, read_template, render_text
from train.using import go_template
from train.using.ollama import modelfile, translate
from train.using.opened import Opened
from train.using.shape import shape_of

CHATML = (
    "{% if messages[0].role != 'system' %}<|im_start|>system\nYou are {helpful}.<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA3 = (
    "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "{% for m in messages %}<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n"
    "{{ m.content | trim }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
ZEPHYR = (
    "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
MISTRAL = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('none') }}{% endif %}"
    "{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
    "{% else %} {{ m.content }}</s>{% endif %}{% endfor %}"
)
DEEPSEEK = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}{{ messages[0].content }}{% endif %}"
    "{% for m in messages %}{% if m.role == 'user' %}<｜User｜>{{ m.content }}"
    "{% elif m.role == 'assistant' %}<｜Assistant｜>{{ m.content }}<｜end▁of▁sentence｜>{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}<｜Assistant｜>{% endif %}"
)
JOINING = {
    "chatml": CHATML,
    "llama3": LLAMA3,
    "gemma": GEMMA,
    "zephyr": ZEPHYR,
    "mistral": MISTRAL,
    "deepseek": DEEPSEEK,
    "emoji": CHATML.replace("<|im_start|>", "🦙{{ '{{' }}\u00a0"),
}
CHATS = [
    ("user",),
    ("system", "user"),
    ("user", "assistant", "user"),
    ("system", "user", "assistant", "user"),
]


def messages(roles: tuple[str, ...]) -> list[Message]:
    said = 'Hello "{{ .Role }}"\n\\ 你好 🦙 {% if %}'
    return [Message(role, f"{said} {i}") for i, role in enumerate(roles)]


def speaking(tokenizer: Any, template: str) -> Any:
    other = copy(tokenizer)
    other.chat_template = template
    other.bos_token = "<|tool|>"
    return other


@pytest.mark.parametrize("name", JOINING)
def test_templates_that_join_are_translated(tokenizer: Any, name: str) -> None:
    other = speaking(tokenizer, JOINING[name])
    template = read_template(other)
    written = go_template.write(shape_of(template, other))
    for roles in CHATS:
        chat = as_chat(messages(roles), template.system_role)
        assert go_template.render(written, messages(roles)) == render_text(other, chat, opened=True), roles


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (CHATML.replace("You are", "{{ strftime_now('%d') }}"), "it writes the date"),
        (
            "{% for m in messages %}<{{ m.role }}>{% if m.role != 'assistant' or loop.last %}{{ m.content }}"
            "{% endif %}</>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}",
            "does not print every message once",
        ),
        (
            "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% if loop.last %}</last>{% endif %}</>"
            "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}",
            "otherwise once the conversation goes on",
        ),
    ],
)
def test_templates_that_do_more_are_refused(tokenizer: Any, template: str, why: str) -> None:
    other = speaking(tokenizer, template)
    with pytest.raises(UsageError, match=f"cannot be translated for Ollama: .*{why}.*--to gguf"):
        shape_of(read_template(other), other)


def test_every_prompt_of_the_rows_is_verified(opened: Opened, examples: list[Example]) -> None:
    rows = [e for e in examples if e.split == "test"]
    written, prompts = translate(opened, rows)
    assert prompts == sum(m.role == "assistant" for e in rows for m in e.messages)
    assert '{{ if eq .Role "user" }}' in written.replace("else if", "if")


def test_a_prompt_that_ollama_would_change_is_refused(opened: Opened, make_example: Any) -> None:
    """Ollama joins two messages of one role; the template of training writes two."""
    row = make_example(("system", "s"), ("user", "a"), ("user", "b"), ("assistant", "c"))
    with pytest.raises(GateError, match=r"other tokens than training did \('<\|end\|>"):
        translate(opened, [row])
    tools = make_example(("user", "a"), ("tool", "b"), ("assistant", "c"))
    with pytest.raises(UsageError, match="uses tools"):
        translate(opened, [tools])


def test_the_first_token_is_left_to_the_tokenizer(
    opened: Opened, tokenizer: Any, examples: list[Example]
) -> None:
    from dataclasses import replace

    from tokenizers.processors import TemplateProcessing

    first = "<|tool|>"
    adding = type(tokenizer)(tokenizer_object=copy(tokenizer.backend_tokenizer), bos_token=first)
    start = [(first, tokenizer.convert_tokens_to_ids(first))]
    adding.backend_tokenizer.post_processor = TemplateProcessing(single=f"{first} $A", special_tokens=start)
    for template, begins in ((LLAMA3, True), (ZEPHYR.replace("eos_token", "''"), False)):
        adding.chat_template = template
        using = replace(opened, tokenizer=adding, template=read_template(adding))
        if begins:
            assert first not in translate(using, examples[-3:])[0]
        else:
            with pytest.raises(UsageError, match="Ollama would add a token that training had not"):
                translate(using, examples[-3:])


def test_the_modelfile() -> None:
    assert modelfile("./model", "{{ .X }}", 'Say "hi".\nBe kind.', "<|end|>") == (
        'FROM ./model\n\nTEMPLATE """{{ .X }}"""\n\nSYSTEM """Say "hi".\nBe kind."""\n\n'
        'PARAMETER stop """<|end|>"""\n'
    )
    for text, what in (("a\u00a0b", r"the character U\+00A0"), ('a """ b', "the text")):
        with pytest.raises(UsageError, match=what):
            modelfile("./model", "", text, None)


GO = """package main
import ("encoding/json"; "fmt"; "os"; "strings"; "text/template")
type message struct { Role, Content string }
func main() {
	var cases []struct { Template string; Messages []message }
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil { panic(err) }
	out := []string{}
	for _, c := range cases {
		system := ""
		for _, m := range c.Messages { if m.Role == "system" { system = m.Content } }
		var b strings.Builder
		t := template.Must(template.New("").Option("missingkey=zero").Parse(c.Template))
		data := map[string]any{"System": system, "Messages": c.Messages}
		if err := t.Execute(&b, data); err != nil { panic(err) }
		out = append(out, b.String())
	}
	text, _ := json.Marshal(out)
	fmt.Println(string(text))
}
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("go") is None, reason="Go is not installed")
def test_go_renders_the_same(tokenizer: Any, tmp_path: Path) -> None:
    cases = []
    for text in JOINING.values():
        other = speaking(tokenizer, text)
        written = go_template.write(shape_of(read_template(other), other))
        for roles in CHATS:
            cases.append((written, messages(roles)))
    (tmp_path / "main.go").write_text(GO)
    asked = [
        {"Template": t, "Messages": [{"Role": m.role, "Content": m.content} for m in ms]} for t, ms in cases
    ]
    command = ["go", "run", "main.go"]
    done = subprocess.run(
        command, cwd=tmp_path, input=json.dumps(asked), text=True, capture_output=True, check=True
    )
    assert json.loads(done.stdout) == [go_template.render(t, ms) for t, ms in cases]
