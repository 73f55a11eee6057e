"""The rules in the order in which they are asked. A rule's name is its key under `quality.rules`."""

from curate.quality.echo import answer_repeats_question
from curate.quality.email_leftover import email_leftover
from curate.quality.empty_answer import empty_answer
from curate.quality.html_leftover import html_leftover
from curate.quality.language import language
from curate.quality.mojibake import mojibake
from curate.quality.placeholder import placeholder
from curate.quality.refusal import refusal
from curate.quality.repetition import repetition
from curate.quality.template_leftover import template_leftover
from curate.quality.too_long import too_long
from curate.quality.too_short import too_short
from curate.quality.truncated_answer import truncated_answer
from curate.quality.verdict import Rule
from schemas.recipe import Quality, QualityRules, RuleAction

RULES: dict[str, Rule] = {
    "empty_answer": empty_answer,
    "too_short": too_short,
    "too_long": too_long,
    "repetition": repetition,
    "language": language,
    "refusal": refusal,
    "truncated_answer": truncated_answer,
    "placeholder": placeholder,
    "template_leftover": template_leftover,
    "answer_repeats_question": answer_repeats_question,
    "html_leftover": html_leftover,
    "mojibake": mojibake,
    "email_leftover": email_leftover,
}


def rules_that(action: RuleAction, actions: QualityRules) -> tuple[Rule, ...]:
    """The rules that `actions` lets drop, or flag."""
    return tuple(rule for name, rule in RULES.items() if getattr(actions, name) == action)


def rules_asked(settings: Quality) -> list[str]:
    """The names of the rules that may object to a row."""
    names = [name for name in RULES if getattr(settings.rules, name) != "off"]
    return [name for name in names if name != "language" or settings.languages]
