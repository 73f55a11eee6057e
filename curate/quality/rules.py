"""The rules in the order in which they are asked: those that drop, then those that flag."""

from curate.quality.echo import answer_repeats_question
from curate.quality.empty_answer import empty_answer
from curate.quality.language import language
from curate.quality.placeholder import placeholder
from curate.quality.refusal import refusal
from curate.quality.repetition import repetition
from curate.quality.too_long import too_long
from curate.quality.too_short import too_short
from curate.quality.truncated_answer import truncated_answer
from curate.quality.verdict import Rule

DROPPING: tuple[Rule, ...] = (empty_answer, too_short, too_long, repetition, language)
FLAGGING: tuple[Rule, ...] = (refusal, truncated_answer, placeholder, answer_repeats_question)
