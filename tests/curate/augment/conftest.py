"""The stage over a real completer and a real server, and rows to run it on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from augmenting import MakeExample, Run, closes

from curate.augment.dead_letters import FILE, DeadLetter, write
from curate.flow.rows import with_made
from curate.llm import make_completer, settings_of
from curate.llm.traffic import Patience
from curate.stages.augment import Augment
from schemas.example import Example
from schemas.recipe import Augment as AugmentSettings
from schemas.recipe import Dedup
from schemas.stage import Outcome, Stage

QUICK = Patience(first_wait_s=0.01, longest_wait_s=0.05, timeout_s=5.0)


@pytest.fixture
def run(endpoint: Any, tmp_path: Path) -> Run:
    def run(rows: Sequence[Example], filters: Sequence[Stage] = (), **changes: Any) -> Outcome:
        def buried(letters: Sequence[DeadLetter]) -> None:
            write(tmp_path / FILE, letters)

        settings = AugmentSettings(**{"strategies": {"paraphrase": 1}, **endpoint.section(), **changes})
        asking = settings_of("augment", settings)
        complete = make_completer(asking, tmp_path / "answers.db", lambda _line: None, QUICK)
        stage = Augment(settings, complete, filters, Dedup(), root=tmp_path, bury=buried)
        outcome = with_made(stage, rows)
        closes(rows, outcome)
        return outcome

    return run


@pytest.fixture
def rows(make_example: MakeExample) -> list[Example]:
    splits = ["train"] * 8 + ["validation", "test"]
    return [make_example(number, splits[number % 10]) for number in range(40)]
