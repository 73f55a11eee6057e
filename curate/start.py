"""`curate init`: a workspace with a recipe that explains itself."""

from pathlib import Path

from curate import atomic
from schemas.errors import UsageError

RECIPE = """\
# A Siftune recipe. `curate build && train run` in this folder is the whole loop.
# A stage whose key is absent does not run. Unknown keys are errors.
name: {name}
seed: 17

# Every example starts with this one system prompt; null for none.
system_prompt: You are a helpful assistant.

sources:
  - path: raw/*.jsonl            # file, glob, folder, or hf:owner/dataset[/config][:split]
    format: auto                 # auto | messages | sharegpt | alpaca | prompt_completion | text | columns
    # columns: {{prompt: question, completion: answer, group: customer, tags: topic}}   # for format: columns
    # encoding: cp1252          # of text files that are no UTF-8
    # roles: {{agent: assistant, kunde: user}}           # names of speakers that only your files use
    tags: []
    priority: 1                  # higher wins when duplicates meet

dedup: {{threshold: 0.8}}         # Jaccard similarity of word 5-grams
pii: {{action: redact, secrets: true}}                  # redact | drop | flag
# toxicity: {{backend: wordlist, action: flag}}         # or detoxify: pip install 'siftune[toxicity]'
quality: {{min_words: 1, max_tokens: 4096}}
split: {{train: 0.8, validation: 0.1, test: 0.1}}

# `curate build --check` fails where more than this part of a file's rows cannot be used.
# checks: {{max_rejected: 0.25}}

# An LLM that scores every row by a rubric; `curate judge --dry-run` says what it would cost.
# judge: {{model: gpt-4o-mini, threshold: 3, action: flag, max_usd: 5.0}}

# Paraphrases of train examples by any OpenAI-compatible endpoint; the key comes from OPENAI_API_KEY.
# augment: {{model: gpt-4o-mini, strategies: {{paraphrase: 2}}, max_usd: 5.0}}

train:
  model: Qwen/Qwen2.5-0.5B-Instruct   # hub name or local folder; `train tiny-base DIR` makes a small one
  # task: classification   # the answer is a class, not a text: a head of classes (labels, class_weights)
  method: qlora
  epochs: 3
  learning_rate: 2e-4
  max_length: 2048
  # lora: {{r: 16, alpha: 32, dropout: 0.05}}   # rslora, init: pissa, target_modules: docs/training.md
  # report_to: [tensorboard]                  # or wandb, mlflow, trackio

# What `train eval` measures, beside the base model.
# eval: {{few_shot: 4, general: [general.jsonl]}}

# Settings that `train sweep` tries, each as a run; `--dry-run` says how many and how long.
# sweep: {{over: {{lora.r: [8, 16], learning_rate: [1e-4, 3e-4]}}}}

# Labels that the digits give in `curate review`.
# review: {{labels: [wrong, rude, off topic, unsafe]}}

# What only you can say of the model, for its model card.
# card: {{license: apache-2.0, data_license: our own, intended_use: Answers about orders of this shop.}}
"""


def init(folder: Path | str) -> Path:
    """Makes `folder` with a commented recipe and an empty `raw/`. Raises UsageError where one stands."""
    folder = Path(folder)
    path = folder / "recipe.yaml"
    if path.exists():
        raise UsageError(f"{path} exists already", "choose another folder, or edit that recipe")
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    atomic.write_text(path, RECIPE.format(name=folder.resolve().name))
    return path
