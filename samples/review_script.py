"""A careful reviewer for the demo: reads the worst training examples by loss and decides on each.

The answer key stands for what a person who knows the shop would see. `proposals` only decides; whoever calls
it hands each one to `curate.decide`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.workspace import Workspace
from samples.scoring.built import Built, Key, Place, place, read_key
from samples.scoring.run import training_signals, version_of_run
from schemas.decision import Verdict
from schemas.example import Message


@dataclass(frozen=True, slots=True)
class Proposal:
    """A decision in the words of `curate.decide`; `messages` stands with an edit, without a system prompt."""

    example_id: str
    verdict: Verdict
    reason: str | None = None
    messages: tuple[Message, ...] | None = None


def proposals(folder: Path, run: str, top: int) -> list[Proposal]:
    """A decision on each of the `top` training examples with the highest loss, worst first."""
    workspace = Workspace.open(folder / "recipe.yaml")
    run_folder = workspace.runs / run
    built = Built(workspace.datasets / version_of_run(run_folder))
    losses = training_signals(run_folder)["loss"].sort_values(ascending=False, kind="stable")
    return list(review(read_key(folder), built, [str(example_id) for example_id in losses.index[:top]]))


def review(key: Key, built: Built, example_ids: Sequence[str]) -> Iterator[Proposal]:
    """What the reviewer makes of these examples. Ids that the version does not hold are passed over."""
    wrong = _wrong(key)
    rows = built.rows
    known = dict(zip(rows["example_id"], zip(rows["place"], rows["messages"], strict=True), strict=True))
    for example_id in example_ids:
        if example_id not in known:
            continue
        at, messages = known[example_id]
        reason, right_answer = wrong.get(at, (None, None))
        if reason is None:
            yield Proposal(example_id, "keep")
        elif right_answer is None:
            yield Proposal(example_id, "drop", reason)
        else:
            yield Proposal(example_id, "edit", reason, _mended(messages, right_answer))


def faulty_ids(key: Key, built: Built) -> set[str]:
    """The examples of a version whose answer is wrong by the key."""
    wrong = _wrong(key)
    return {example_id for at, example_id in built.ids.items() if at in wrong}


def _wrong(key: Key) -> dict[Place, tuple[str, str | None]]:
    """Why a row is wrong, and its right answer where a reviewer can look that up in the catalogue."""
    wrong: dict[Place, tuple[str, str | None]] = {}
    for entry in key["contradictions"]:
        wrong[place(entry["wrong"])] = ("contradicts the catalogue", None)
    for fault, reason in (("swapped", "answers another question"), ("truncated", "stops in mid-sentence")):
        for entry in key[fault]:
            wrong[place(entry)] = (reason, entry.get("right_answer"))
    return wrong


def _mended(messages: Sequence[Mapping[str, Any]], answer: str) -> tuple[Message, ...]:
    """The conversation with its last answer replaced, as it stands between normalise and write."""
    spoken = [Message.from_dict(message) for message in messages if message["role"] != "system"]
    return (*spoken[:-1], Message("assistant", answer))
