"""`train eval` of a classification: what the run's head predicted, from the run's own tables.

Nothing is computed anew: the run's last snapshot has a class and a loss for every example. Its base model has
no trained head, so the adapter is compared with always saying the train split's commonest class.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from schemas.errors import UsageError
from schemas.evaluation import Skipped
from train.evaluation.asked import Asked
from train.evaluation.exam import Plan, conclude, folder_of
from train.evaluation.generating import Answer
from train.evaluation.items import Item, split_set
from train.evaluation.losses import Loss, snapshot
from train.evaluation.metrics.catalogue import of_classes
from train.evaluation.prompts import Prompter
from train.evaluation.result import Evaluation
from train.evaluation.sitting import Key, Paper, Question, Sat
from train.evaluation.store import Store
from train.evaluation.systems import System
from train.using.opened import Opened

COMMONEST, ADAPTER = "commonest class", "adapter"


def of_classification(opened: Opened, asked: Asked, output: Path | None) -> Evaluation:
    """Raises UsageError for what only a model that writes text can be asked, RunError without its tables."""
    if asked.general or asked.few_shot or asked.metrics:
        raise UsageError(
            f"run {opened.run.id} is a classification: it has accuracy, macro-F1, loss, and writes no text",
            "leave general sets, few-shot and metrics out, in the command and in the recipe's eval section",
        )
    exam = split_set(opened, asked.split, asked.limit)
    items = tuple(exam.items("last"))
    references = {_key(item): item.reference.content.strip() for item in items}
    question = Question(exam, items, references, 0, {}, Prompter(opened, None))
    baseline, adapter = (System(name, tuned=name == ADAPTER) for name in (COMMONEST, ADAPTER))
    table = opened.run.predictions()
    table = table[table["model"] == "adapter"]
    said = dict(zip(table["example_id"], table["predicted"], strict=True))
    known = [_key(item) for item in items if item.example.example_id in said]
    commonest = _commonest(table[table["split"] == "train"]["label"])
    losses = snapshot(opened, "adapter")
    papers = (
        _paper(baseline, dict.fromkeys(known, commonest), {}, ()),
        _paper(
            adapter,
            {key: said[key[0]] for key in known},
            {name: losses[name] for name, _ in known if name in losses},
            [name for name, _ in references if name not in said],
        ),
    )
    plan = Plan("eval", (baseline, adapter), [(COMMONEST, ADAPTER)], ())
    facts = json.dumps([opened.run.id, asked.split, sorted(references)])
    key = hashlib.sha256(facts.encode()).hexdigest()
    store = Store(folder_of(opened, asked, plan, key, output), [])
    sat = [(Sat(question, papers), of_classes(tuple(opened.lock.labels)))]
    return conclude(opened, asked, plan, store, key, sat, {}, [f"the commonest class is {commonest!r}"], {})


def _commonest(labels: Iterable[str]) -> str:
    counts = Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label))


def _paper(
    system: System, labels: Mapping[Key, str], losses: Mapping[str, Loss], without: Sequence[str]
) -> Paper:
    """Labels as answers; `without` are examples that have none."""
    reason = "the run has no prediction of it"
    return Paper(
        system=system,
        prompts={},
        requests={},
        answers={key: Answer(label, 1, "stop") for key, label in labels.items()},
        losses=losses,
        loss_requests={},
        loss_from="run" if losses else None,
        skipped=tuple(Skipped(example_id=name, reason=reason, system=system.name) for name in without),
    )


def _key(item: Item) -> Key:
    return item.example.example_id, item.turn
