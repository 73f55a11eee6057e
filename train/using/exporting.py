"""`train export`: a run as others take it, each with the template and the system prompt of its training.

merged     safetensors, tokenizer, generation config           transformers, vLLM, TGI, llama.cpp
adapter    the adapter's folder                                 PEFT, vLLM with LoRA
gguf       model.gguf, by llama.cpp's converter                 llama.cpp, LM Studio
ollama     Modelfile and model (safetensors, or GGUF)           `ollama create NAME -f Modelfile`
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate import atomic
from schemas.errors import UsageError
from train import lock
from train.modelcard.writing import write_card
from train.template import template_text
from train.using import gguf, ollama
from train.using.merging import merge
from train.using.opened import Opened, Say
from train.using.places import check_free
from train.using.serving import rank_for_vllm

GGUF_FILE, MODELFILE, MODEL = "model.gguf", "Modelfile", "model"
SYSTEM_FILE = "system_prompt.txt"
_ADAPTER_CONFIG = "adapter_config.json"


@dataclass(frozen=True, slots=True)
class Wanted:
    """`merging`: what `merge` takes besides. `llama_cpp`: where its checkout is, None to look for it."""

    merging: dict[str, Any]
    llama_cpp: Path | None = None
    outtype: gguf.Outtype = "auto"


def to_merged(opened: Opened, out: Path, wanted: Wanted, say: Say) -> None:
    """Raises as `merge` does."""
    merged = merge(opened, out, say=say, **wanted.merging)
    say(f"one example's loss moved by at most {merged.largest:.2g} nats per token")


def to_adapter(opened: Opened, out: Path, _: Wanted, say: Say) -> None:
    """The adapter for the unquantised base model, with the files that a server must be given."""
    check_free(out)
    if opened.base is None:
        raise UsageError(
            f"run {opened.run.id} is full fine-tuning: it has no adapter", "use `train export --to merged`"
        )
    with atomic.folder(out) as target:
        shutil.copytree(opened.run.adapter, target, dirs_exist_ok=True)
        (target / "chat_template.jinja").write_text(template_text(opened.tokenizer), encoding="utf-8")
        _write_prompt(opened, target)
        config = json.loads((target / _ADAPTER_CONFIG).read_text(encoding="utf-8"))
        config["base_model_name_or_path"] = opened.base.name
        (target / _ADAPTER_CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        write_card(opened.run, opened.workspace, opened.tokenizer, target, "adapter")
    if opened.lock.labels:
        say(
            f"AutoModelForSequenceClassification.from_pretrained({str(out)!r}, "
            f"num_labels={len(opened.lock.labels)}, pad_token_id={opened.tokenizer.pad_token_id}) loads it; "
            f"its classes are named in {lock.FILE}. A merged model carries them itself: --to merged"
        )
    elif config.get("use_dora"):
        say("vLLM serves no DoRA adapter: for vLLM, export --to merged")
    else:
        say(
            f"vllm serve {opened.base.name} --enable-lora --max-lora-rank {rank_for_vllm(config['r'])} "
            f"--lora-modules {opened.workspace.recipe.name}={out} --chat-template {out}/chat_template.jinja"
        )


def to_gguf(opened: Opened, out: Path, wanted: Wanted, say: Say) -> None:
    """Raises as `merge` and `gguf.convert` do; UsageError where there is no converter, before any work."""
    converter = gguf.find_converter(wanted.llama_cpp)
    check_free(out)
    with atomic.folder(out) as target:
        _gguf(opened, target, converter, wanted, say)
        _write_prompt(opened, target)
        write_card(opened.run, opened.workspace, opened.tokenizer, target, "gguf")


def to_ollama(opened: Opened, out: Path, wanted: Wanted, say: Say) -> None:
    """A folder for `ollama create`. The template is translated and verified before any work.

    Raises as `ollama.translate` and `merge` do.
    """
    check_free(out)
    version = opened.workspace.version(opened.lock.dataset_version)
    rows = version.examples("test") or version.examples("train")
    template, prompts = ollama.translate(opened, rows)
    say(f"template: the tokens of training in all {prompts:,} prompts of {len(rows):,} examples")
    converter = gguf.find_converter(wanted.llama_cpp) if wanted.llama_cpp else None
    source = f"./{GGUF_FILE}" if converter else f"./{MODEL}"
    text = ollama.modelfile(source, template, opened.system_prompt, opened.template.end_of_turn)
    with atomic.folder(out) as target:
        if converter:
            _gguf(opened, target, converter, wanted, say)
        else:
            to_merged(opened, target / MODEL, wanted, say)
        (target / MODELFILE).write_text(text, encoding="utf-8")
        write_card(opened.run, opened.workspace, opened.tokenizer, target, "ollama")
    say(f"ollama create {opened.workspace.recipe.name} -f {out}/{MODELFILE}")


WAYS: dict[str, Callable[[Opened, Path, Wanted, Say], None]] = {
    "merged": to_merged,
    "adapter": to_adapter,
    "gguf": to_gguf,
    "ollama": to_ollama,
}


def _gguf(opened: Opened, target: Path, converter: Path, wanted: Wanted, say: Say) -> None:
    """`model.gguf` in `target`; the merged model it was made of does not stay."""
    merged = target / MODEL
    to_merged(opened, merged, wanted, say)
    gguf.convert(converter, merged, target / GGUF_FILE, wanted.outtype, opened)
    shutil.rmtree(merged)


def _write_prompt(opened: Opened, target: Path) -> None:
    """No format of weights holds a system prompt: whoever asks the model must send it."""
    if opened.system_prompt:
        (target / SYSTEM_FILE).write_text(opened.system_prompt, encoding="utf-8")
