"""A small workspace with something for every stage to do: what the tests of building share."""

import json
import shutil
from pathlib import Path

import curate
from curate.version import DatasetVersion

RECIPE = """\
name: desk
seed: 3
system_prompt: You answer briefly.
sources:
  - {path: raw/tickets.jsonl, tags: [tickets], priority: 2}
  - {path: raw/notes.json, tags: [notes]}
dedup: {threshold: 0.8}
pii: {action: redact}
toxicity: {backend: wordlist, action: flag}
quality: {min_words: 1, max_tokens: 400}
split: {train: 0.6, validation: 0.2, test: 0.2, group_by: [customer]}
"""

EMAIL = "jane.roe@fable.example"
THINGS = ("lamp", "kettle", "tent", "boot", "scarf", "rope", "stove", "map", "torch", "glove")
PLACES = ("Oslo", "Porto", "Leeds", "Turin", "Ghent", "Basel", "Cork", "Split")


def chat(question: str, answer: str, **more: object) -> str:
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": messages, **more})


def rows() -> list[str]:
    """80 different conversations, each with a customer."""
    return [
        chat(
            f"How long does the {thing} take to arrive in {place}, and what does sending it cost there?",
            f"The {thing} reaches {place} in {n + 2} days; sending it costs {m + 3} euros.",
            customer=f"c{(n * len(PLACES) + m) // 2}",
        )
        for n, thing in enumerate(THINGS)
        for m, place in enumerate(PLACES)
    ]


def write_workspace(folder: Path) -> Path:
    """Writes recipe and raw files; returns the recipe's path."""
    raw = folder / "raw"
    raw.mkdir(parents=True)
    lines = rows()
    lines.insert(5, "{broken")
    lines.append(chat("Where is my invoice? I am Jane.", f"We sent it to {EMAIL} this morning."))
    lines.append(lines[0])  # an exact duplicate
    (raw / "tickets.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    alpaca = [
        {"instruction": "Say when the shop opens.", "input": "", "output": "At nine, every day but Sunday."}
    ]
    (raw / "notes.json").write_text(json.dumps(alpaca), encoding="utf-8")
    path = folder / "recipe.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


def files(version: DatasetVersion) -> dict[str, bytes]:
    """Every file's bytes; the manifest without its seconds, which alone may differ."""
    found = {
        p.relative_to(version.path).as_posix(): p.read_bytes() for p in version.path.rglob("*") if p.is_file()
    }
    manifest = json.loads(found["manifest.json"])
    for stage in manifest["stages"]:
        stage["seconds"] = 0
    found["manifest.json"] = json.dumps(manifest).encode()
    return found


def built(recipe: Path, jobs: int | None = None) -> dict[str, bytes]:
    """The files of a build."""
    return files(curate.build(recipe, jobs=jobs, say=lambda _: None))


def built_from_nothing(recipe: Path, folder: Path, jobs: int | None = None) -> dict[str, bytes]:
    """The same files and decisions in a workspace without a cache."""
    shutil.copytree(recipe.parent, folder, ignore=shutil.ignore_patterns("cache", "datasets", "current"))
    return built(folder / recipe.name, jobs)
