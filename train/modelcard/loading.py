"""How to load what a card lies beside, in the template and under the system prompt of training."""

import json
from pathlib import Path

from train.modelcard.facts import Facts
from train.modelcard.metadata import Kind
from train.using.serving import rank_for_vllm

_CLASS = {
    ("adapter", "generation"): ("peft", "AutoPeftModelForCausalLM"),
    ("adapter", "classification"): ("peft", "AutoPeftModelForSequenceClassification"),
    ("merged", "generation"): ("transformers", "AutoModelForCausalLM"),
    ("merged", "classification"): ("transformers", "AutoModelForSequenceClassification"),
}


def loading(facts: Facts, kind: Kind, folder: Path) -> str:
    """Markdown; the code in it runs in the card's own folder."""
    if kind == "gguf":
        return _gguf(facts)
    if kind == "ollama":
        lines = (f"ollama create {facts.name} -f Modelfile", f"ollama run {facts.name}")
        return f"The Modelfile holds template and system prompt.\n\n{_shell(*lines)}"
    whole: Kind = "merged" if facts.info.method == "full" else kind
    parts = [_python(facts, whole)]
    if facts.info.task == "generation":
        parts.append(_vllm(facts, whole, folder))
    return "\n".join(parts)


def _python(facts: Facts, kind: Kind) -> str:
    package, name = _CLASS[kind, facts.info.task]
    imports = sorted([f"from {package} import {name}", "from transformers import AutoTokenizer"])
    if package == "transformers":
        imports = [f"from transformers import {name}, AutoTokenizer"]
    ask = [
        "inputs = tokenizer.apply_chat_template(",
        '    messages, add_generation_prompt=True, return_dict=True, return_tensors="pt"',
        ").to(model.device)",
    ]
    answer = [
        "answer = model.generate(**inputs, max_new_tokens=512, do_sample=False)",
        'print(tokenizer.decode(answer[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))',
    ]
    if facts.info.task == "classification":
        ask[1] = ask[1].replace("add_generation_prompt=True, ", "")
        answer = ["print(model.config.id2label[int(model(**inputs).logits.argmax())])"]
    lines = [
        *imports,
        "",
        'folder = "."  # the folder that this card lies in',
        "tokenizer = AutoTokenizer.from_pretrained(folder)  # with the chat template of training",
        f"model = {name}.from_pretrained(folder).eval()",
        "",
        f"messages = {_messages(facts)}",
        *ask,
        *answer,
    ]
    return "```python\n" + "\n".join(lines) + "\n```\n"


def _messages(facts: Facts, question: str = "…") -> str:
    """The conversation as training wrote it, as Python."""
    prompt = facts.recipe.system_prompt
    asked = json.dumps(question, ensure_ascii=False)
    if not prompt:
        return f'[{{"role": "user", "content": {asked}}}]'
    if not facts.template.system_role:
        return f'[{{"role": "user", "content": {prompt!r} + "\\n\\n" + {asked}}}]'
    return (
        f'[\n    {{"role": "system", "content": {prompt!r}}},\n    {{"role": "user", "content": {asked}}},\n]'
    )


def _vllm(facts: Facts, kind: Kind, folder: Path) -> str:
    """vLLM serves no DoRA, prompts or IA3; the conversation is sent as in the code above."""
    sent = "Send the messages above to `/v1/chat/completions`: no file of weights holds a system prompt."
    if kind == "merged":
        return f"With vLLM:\n\n{_shell('vllm serve . --chat-template chat_template.jinja')}\n{sent}\n"
    if facts.info.method not in ("lora", "qlora"):
        return (
            f"vLLM serves no {facts.info.method} adapter; `train merge` makes a model of one with weights.\n"
        )
    rank = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8")).get("r", 16)
    line = (
        f"vllm serve {facts.base} --enable-lora --max-lora-rank {rank_for_vllm(rank)} "
        f"--lora-modules {facts.name}=. --chat-template chat_template.jinja"
    )
    return f"With vLLM:\n\n{_shell(line)}\n{sent}\n"


def _gguf(facts: Facts) -> str:
    parts = "The file holds the chat template"
    if not facts.recipe.system_prompt:
        return f"{parts}.\n\n{_shell('llama-cli -m model.gguf --jinja')}"
    return (
        f"{parts}; the system prompt is beside it.\n\n"
        f"{_shell('llama-cli -m model.gguf --jinja --system-prompt-file system_prompt.txt')}"
    )


def _shell(*lines: str) -> str:
    return "```sh\n" + "\n".join(lines) + "\n```\n"
