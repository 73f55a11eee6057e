"""Asking for children, round by round: all first requests, then what follows from the answers.

A round holds the second halves of what takes two requests, and the retries of what a gate refused, each with
the reason. So the endpoint always has as many requests at once as there are, and a batch is one batch a
round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from curate.augment.prompts import Prompts
from curate.augment.senses import Senses
from curate.augment.strategy import Strategy, Wanted, retry
from curate.augment.verdict import Further, Judgement, Passed, Refused
from curate.llm import Answer, Completer, Reply, Request, Unanswered
from schemas.example import Message


@dataclass(frozen=True, slots=True)
class Asking:
    """A child wanted, with its parent's text, and the strategy that makes it."""

    strategy: Strategy
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request on behalf of an asking, after `step` good answers, with so many retries left."""

    request: Request
    step: int
    retries: int


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of an asking, with the last request and its answer."""

    verdict: Passed | Refused | Unanswered
    request: Request
    answer: Answer | None


def ask_all(
    askings: Sequence[Asking], complete: Completer, prompts: Prompts, senses: Senses, retries: int
) -> list[Ended]:
    """One result an asking, in their order."""
    ended: dict[int, Ended] = {}
    waiting = {at: Attempt(p.strategy.first(p.wanted), 0, retries) for at, p in enumerate(askings)}
    while waiting:
        replies = dict(zip(waiting, complete([a.request for a in waiting.values()]), strict=True))
        judged = _judged(askings, waiting, replies, senses)
        going_on: dict[int, Attempt] = {}
        for at, attempt in waiting.items():
            verdict, reply = judged[at], replies[at]
            if isinstance(verdict, Further):
                going_on[at] = Attempt(verdict.request, attempt.step + 1, retries)
            elif isinstance(verdict, Refused) and attempt.retries and isinstance(reply, Answer):
                again = retry(prompts, attempt.request, reply, verdict.words)
                going_on[at] = Attempt(again, attempt.step, attempt.retries - 1)
            else:
                answer = reply if isinstance(reply, Answer) else None
                ended[at] = Ended(verdict, attempt.request, answer)
        waiting = going_on
    return [ended[at] for at in range(len(askings))]


def _judged(
    askings: Sequence[Asking], waiting: Mapping[int, Attempt], replies: Mapping[int, Reply], senses: Senses
) -> dict[int, Judgement | Unanswered]:
    judged: dict[int, Judgement | Unanswered] = {}
    for at, reply in replies.items():
        strategy, wanted = askings[at].strategy, askings[at].wanted
        if isinstance(reply, Answer):
            judged[at] = strategy.judge(wanted, waiting[at].step, reply)
        else:
            judged[at] = reply
    passed = {
        at: verdict
        for at, verdict in judged.items()
        if isinstance(verdict, Passed) and not askings[at].strategy.invents
    }
    pairs = [_changed(askings[at].wanted.parent.messages, v.messages) for at, v in passed.items()]
    for at, refused in zip(passed, senses.judge(pairs), strict=True):
        if refused is not None:
            judged[at] = refused
    return judged


def _changed(old: Sequence[Message], new: Sequence[Message]) -> tuple[str, str]:
    """The text of the turns that are not the same any more, before and after."""
    pairs = [(o.content, n.content) for o, n in zip(old, new, strict=True) if o.content != n.content]
    return "\n".join(o for o, _ in pairs), "\n".join(n for _, n in pairs)
