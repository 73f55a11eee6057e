"""The run's data as OpenAI's fine-tuning takes it: JSONL by split, held against their rules.

Rules after OpenAI's supervised fine-tuning guide and its cookbook "Data preparation and analysis for chat
model fine-tuning": known roles, an answer at the end, content in every message, ten examples, a limit of
tokens for one example, 512 MB for one file.
"""

import filecmp
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from curate import atomic
from curate.export import export
from curate.version import DatasetVersion
from schemas.errors import GateError
from train.using.places import check_free

MIN_EXAMPLES = 10
MAX_TOKENS = 65_536  # gpt-4.1 and gpt-4o families; 16,385 for gpt-3.5-turbo
MAX_BYTES = 512_000_000
ROLES = ("system", "developer", "user", "assistant", "tool")
_BYTES_PER_TOKEN = 4
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Files:
    """`unsure`: how many examples may be over the token limit; OpenAI cuts those at its end."""

    train: Path
    validation: Path | None
    examples: dict[str, int]
    unsure: int


def write(version: DatasetVersion, out: Path, max_tokens: int = MAX_TOKENS) -> Files:
    """`train.jsonl` and, where there are rows, `validation.jsonl` in the folder `out`; where they stand there
    already, they stay as they are.

    Raises GateError naming what breaks a rule; then nothing is left behind. Raises UsageError for an example
    that the format has no place for, and where `out` holds something else.
    """
    with TemporaryDirectory() as temporary:
        made = Path(temporary)
        counts: dict[str, int] = {}
        unsure = 0
        for split in ("train", "validation"):
            examples = version.examples(split)
            if split == "train" and len(examples) < MIN_EXAMPLES:
                raise GateError(
                    f"{len(examples)} train examples: OpenAI takes no fewer than {MIN_EXAMPLES}",
                    "add sources to the recipe, then `curate build && train run`",
                )
            if examples:
                counts[split] = export(examples, "openai", made / f"{split}.jsonl")
                unsure += _check(made / f"{split}.jsonl", [e.example_id for e in examples], max_tokens)
        if not _stand(made, out):
            check_free(out)
            with atomic.folder(out) as target:
                shutil.copytree(made, target, dirs_exist_ok=True)
    validation = out / "validation.jsonl" if "validation" in counts else None
    return Files(out / "train.jsonl", validation, counts, unsure)


def _stand(made: Path, out: Path) -> bool:
    """Whether the very files that were made lie in `out`, and no other split."""
    if not out.is_dir():
        return False
    names = {path.name for path in made.iterdir()}
    alike = filecmp.cmpfiles(made, out, sorted(names), shallow=False)[0]
    return set(alike) == names == {path.name for path in out.glob("*.jsonl")}


def _check(path: Path, ids: Sequence[str], max_tokens: int) -> int:
    """Raises GateError with the first examples that break a rule; the number that may be too long."""
    if path.stat().st_size > MAX_BYTES:
        raise GateError(
            f"{path.name}: {path.stat().st_size:,} bytes, OpenAI takes {MAX_BYTES:,}",
            "build a smaller version: `sources: [{share: …}]`",
        )
    broken: list[str] = []
    unsure = 0
    with path.open(encoding="utf-8") as lines:
        for name, line in zip(ids, lines, strict=True):
            row = json.loads(line)
            size = len(line.encode("utf-8"))  # no token is shorter than a byte
            if size > max_tokens * _BYTES_PER_TOKEN:
                broken.append(f"{name}: about {size // _BYTES_PER_TOKEN:,} tokens, over {max_tokens:,}")
            elif size > max_tokens:
                unsure += 1
            broken += (f"{name}: {why}" for why in problems(row))
    if broken:
        more = f" and {len(broken) - _SHOWN:,} more" if len(broken) > _SHOWN else ""
        raise GateError(
            f"{path.name}: OpenAI would refuse or cut {'; '.join(broken[:_SHOWN])}{more}",
            "look at them with `curate show ID`; drop or edit them with `curate review`, and build again",
        )
    return unsure


def problems(row: dict[str, Any]) -> Iterator[str]:
    """What in one line breaks a rule."""
    messages = row["messages"]
    if not messages or messages[-1]["role"] != "assistant":
        yield "its last message is not the assistant's"
    for place, message in enumerate(messages):
        if message["role"] not in ROLES:
            yield f"the role {message['role']!r} is unknown"
        elif message["role"] in ("system", "developer") and place:
            yield "a system message stands after the first one"
        calls = message.get("tool_calls")
        if calls is not None and message["role"] != "assistant":
            yield f"the {message['role']} calls a tool"
        if not message.get("content") and not calls:
            yield f"message {place + 1} is empty"
        if message["role"] == "tool" and not message.get("tool_call_id"):
            yield f"message {place + 1} answers no tool call by its id"
