"""What the rules say of many rows at once, kept by row, so that other thresholds ask nothing of a row anew.

A rule that can tell of columns has a measure: what a threshold is held against, or whether it passes the row.
Others are asked row by row, and each is kept for the settings that it heeds.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from curate.quality.echo import without_echo
from curate.quality.email_leftover import without_mail
from curate.quality.empty_answer import with_an_answer
from curate.quality.html_leftover import without_html
from curate.quality.language import facts
from curate.quality.mojibake import not_broken
from curate.quality.placeholder import without_blanks
from curate.quality.refusal import without_refusal
from curate.quality.repetition import without_loop
from curate.quality.rules import RULES
from curate.quality.template_leftover import without_marks
from curate.quality.too_long import estimated_tokens, short_enough
from curate.quality.too_short import long_enough, words_of_answers
from curate.quality.truncated_answer import not_truncated
from curate.quality.turns import Turns
from schemas.arrays import Bools
from schemas.canonical import to_json
from schemas.example import Example
from schemas.recipe import Quality
from schemas.row_table import rows_table
from schemas.stage import Feature

Measure = npt.NDArray[Any]

_VERSION = 2  # of the measures, all together
MEASURES: dict[str, Callable[[Turns], Measure]] = {
    "empty_answer": with_an_answer,
    "too_short": words_of_answers,
    "too_long": estimated_tokens,
    "repetition": without_loop,
    "refusal": without_refusal,
    "truncated_answer": not_truncated,
    "placeholder": without_blanks,
    "template_leftover": without_marks,
    "answer_repeats_question": without_echo,
    "html_leftover": without_html,
    "mojibake": not_broken,
    "email_leftover": without_mail,
}
_HELD_AGAINST: dict[str, Callable[[Measure, Quality], Bools]] = {
    "too_short": long_enough,
    "too_long": short_enough,
}
_HEEDS: dict[str, Callable[[Quality], object]] = {"language": facts}  # of others, all settings


class Measured:
    """A feature: every rule's measure, by the rule's name."""

    def __init__(self) -> None:
        self.key = f"quality measures {_VERSION}"

    def __call__(self, rows: Sequence[Example]) -> dict[str, Measure]:
        return self.of_table(rows_table(rows))

    def of_table(self, rows: pa.Table) -> dict[str, Measure]:
        turns = Turns(rows)
        return {rule: measure(turns) for rule, measure in MEASURES.items()}


class Asked:
    """A feature: whether a rule without a measure passes each row, by the rule's name. `version` is the
    stage's."""

    def __init__(self, rule: str, settings: Quality, version: int) -> None:
        self._rule = rule
        self._settings = settings
        self.key = f"quality rule {rule} {version} {to_json(_HEEDS.get(rule, _all)(settings))}"

    def __call__(self, rows: Sequence[Example]) -> dict[str, Measure]:
        rule = RULES[self._rule]
        return {self._rule: np.array([rule(row, self._settings) is None for row in rows], bool)}


def features_of(rules: Sequence[str], settings: Quality, version: int) -> list[Feature]:
    """What has to be known of rows to tell which of them these rules pass."""
    return [Measured(), *(Asked(rule, settings, version) for rule in rules if rule not in MEASURES)]


def passed(rules: Sequence[str], known: Mapping[str, Measure], settings: Quality) -> Bools:
    """Rows that all the rules pass; `known` are the arrays of their features."""
    found = np.ones(len(next(iter(known.values()))), dtype=bool)
    for rule in rules:
        held = _HELD_AGAINST.get(rule)
        found &= held(known[rule], settings) if held else known[rule]
    return found


def _all(settings: Quality) -> object:
    return settings.model_dump(mode="json", exclude={"rules", "checks"})
