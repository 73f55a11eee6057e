"""One set, put to systems one after another: answers and losses, asked for where the store has them not.

What is asked is stored batch by batch, so that a kill costs one batch, and a Ctrl-C none.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from schemas.errors import Interrupted, UsageError
from schemas.evaluation import Skipped, Turns
from train.evaluation.counting import counting
from train.evaluation.generating import Answer, Writer
from train.evaluation.items import ExamSet, Item
from train.evaluation.losses import Loss, batches, measure, recorded
from train.evaluation.prompts import Prompt, Prompter
from train.evaluation.shots import Shots
from train.evaluation.store import Store
from train.evaluation.systems import Models, System
from train.fitting.interrupt import Interrupt
from train.tokens import TokenRow, prepare
from train.using.opened import Opened

Say = Callable[[str], None]
Key = tuple[str, int]
_PER_BATCH = 64  # losses a part


@dataclass(frozen=True, slots=True)
class Paper:
    """What one system handed in. `answers` and `prompts` by (example, turn), `losses` by example."""

    system: System
    prompts: Mapping[Key, Prompt]
    requests: Mapping[Key, str]
    answers: Mapping[Key, Answer]
    losses: Mapping[str, Loss]
    loss_requests: Mapping[str, str]
    loss_from: Literal["run", "measured"] | None
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A set made ready. `references` by (example, turn); `rows`: examples as training tokenises them, by id,
    cut at `train.max_length`."""

    set: ExamSet
    items: tuple[Item, ...]
    references: Mapping[Key, str]
    max_new_tokens: int
    rows: Mapping[str, TokenRow]
    prompter: Prompter


@dataclass(frozen=True, slots=True)
class Sat:
    """A set as all systems answered it."""

    question: Question
    papers: tuple[Paper, ...]

    @property
    def set(self) -> ExamSet:
        return self.question.set

    @property
    def items(self) -> tuple[Item, ...]:
        return self.question.items

    @property
    def references(self) -> Mapping[Key, str]:
        return self.question.references


@dataclass(frozen=True, slots=True)
class Room:
    """Where sets are sat: what all of them share. `shots` are made when first needed."""

    opened: Opened
    store: Store
    models: Models
    tokens_at_once: int
    interrupt: Interrupt
    say: Say
    shots: Callable[[], Shots]

    def prepare(self, exam: ExamSet, turns: Turns, max_new_tokens: int | None) -> Question:
        """Raises UsageError where no example has an answer, or the template renders none of them."""
        prompter = Prompter(self.opened, self.models.context())
        items = tuple(exam.items(turns))
        if not items:
            raise UsageError(f"{exam.name}: no example has an answer to compare with", "name another set")
        settings = self.opened.settings
        found = prepare(exam.examples, self.opened.tokenizer, settings.max_length, settings.turn_weights)
        return Question(
            exam,
            items,
            {_key(item): prompter.reference(item) for item in items},
            max_new_tokens or fitting_room(prompter.longest_reference(items)),
            {row.example_id: row for row in found.rows},
            prompter,
        )

    def sit(self, question: Question, system: System) -> Paper:
        """A system's answers and losses. Raises Interrupted after Ctrl-C, with all that was answered stored;
        RecipeError where its model cannot be loaded."""
        items, prompter = question.items, question.prompter
        shots = self.shots().nearest(items, system.shots) if system.shots else [[] for _ in items]
        asked = [
            prompter.prompt(item, shown, question.max_new_tokens)
            for item, shown in zip(items, shots, strict=True)
        ]
        prompts = {_key(p.item): p for p in asked if isinstance(p, Prompt)}
        skipped = [p.model_copy(update={"system": system.name}) for p in asked if isinstance(p, Skipped)]
        state = self.models.state(system)
        requests = {key: _request(state, p.ids.tolist(), p.room) for key, p in prompts.items()}
        self._answer(question, system, [(requests[key], p) for key, p in prompts.items()])
        losses, loss_requests, source = self._losses(question, system, prompts, state)
        answers = {key: self.store.answers[request] for key, request in requests.items()}
        return Paper(system, prompts, requests, answers, losses, loss_requests, source, tuple(skipped))

    def _answer(self, question: Question, system: System, asked: Sequence[tuple[str, Prompt]]) -> None:
        """Generates what the store has not."""
        tokenizer = self.opened.tokenizer
        alike = self.models.alike_only(system)
        writer = Writer(tokenizer, self.opened.ends, self.tokens_at_once, alike)
        prompts = [prompt for _, prompt in asked]
        planned = [[i for i in batch if asked[i][0] not in self.store.answers]
                   for batch in writer.batches(prompts)]  # fmt: skip
        missing = sum(map(len, planned))
        if not missing:
            return
        what = f"{question.set.name}: {system.name} answers"
        with (
            self.models.use(system) as model,
            counting(what, missing) as tick,
        ):
            for batch in filter(None, planned):
                found = writer.answer(model, [prompts[i] for i in batch], self.say)
                self.store.keep_answers({asked[i][0]: a for i, a in zip(batch, found, strict=True)})
                tick(len(batch))
                self._stop_if_asked()

    def _losses(
        self, question: Question, system: System, prompts: Mapping[Key, Prompt], state: str
    ) -> tuple[dict[str, Loss], dict[str, str], Literal["run", "measured"] | None]:
        rows = question.rows
        if question.set.kind == "split" and not system.shots and system.precision == "stored":
            known = recorded(self.opened, "adapter" if system.tuned else "base")
            if all(name in known for name in rows):
                return {name: known[name] for name in rows}, {}, "run"
        shown = self._with_shots(question, prompts) if system.shots else rows
        requests = {name: _request(state, row.input_ids.tolist(), row.trained) for name, row in shown.items()}
        missing = [shown[name] for name, request in requests.items() if request not in self.store.losses]
        if missing:
            self._measure(question, system, missing, {shown[n].example_id: r for n, r in requests.items()})
        losses = {name: self.store.losses[request] for name, request in requests.items()}
        return losses, requests, "measured" if losses else None

    def _measure(
        self, question: Question, system: System, rows: Sequence[TokenRow], requests: Mapping[str, str]
    ) -> None:
        found: dict[str, Loss] = {}
        pad = self.opened.tokenizer.pad_token_id or 0
        planned = list(batches(rows, self.models.vocabulary(), self.tokens_at_once))
        what = f"{question.set.name}: losses of {system.name}"
        with self.models.use(system) as model, counting(what, len(rows)) as tick:
            for batch in planned:
                losses = measure(model, [rows[i] for i in batch], pad)
                found |= {requests[rows[i].example_id]: x for i, x in zip(batch, losses, strict=True)}
                tick(len(batch))
                if len(found) >= _PER_BATCH or self.interrupt.requested:
                    self.store.keep_losses(found)
                    found = {}
                self._stop_if_asked()
        if found:
            self.store.keep_losses(found)

    def _with_shots(self, question: Question, prompts: Mapping[Key, Prompt]) -> dict[str, TokenRow]:
        """The rows behind the shots that stood before their last answers; those that fit."""
        shown: dict[str, TokenRow] = {}
        last = {name: prompt for (name, _), prompt in sorted(prompts.items(), key=lambda pair: pair[0])}
        for example in question.set.examples:
            plain, prompt = question.rows.get(example.example_id), last.get(example.example_id)
            if plain is not None and prompt is not None:
                row = question.prompter.row(example, prompt.shots, plain)
                shown |= {example.example_id: row} if row is not None else {}
        return shown

    def _stop_if_asked(self) -> None:
        if self.interrupt.requested:
            raise Interrupted(
                f"the evaluation of run {self.opened.run.id} was interrupted; what was answered is kept",
                "the same command goes on from there",
            )


def fitting_room(longest: int) -> int:
    """Tokens that an answer may have where the user says none: the longest reference, its end, and a
    quarter more; 1,024 at most."""
    return min(1024, longest + 1 + longest // 4)


def _key(item: Item) -> Key:
    return item.example.example_id, item.turn


def _request(*facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:20]
