"""A bisect in words."""

from collections.abc import Iterator, Sequence
from math import ceil, log2

from schemas.visible import visible_line
from train.bisecting.record import Arm, Bisect, GroupRecord, RoundRecord, Span, TargetRecord


def verdict(found: Bisect) -> str:
    """One sentence or two."""
    how = found.verdict
    if how == "explained":
        more = (_explained(found, one) for one in found.rounds[1:] if one.verdict == "explained")
        first = found.rounds[0].guilty if found.rounds else found.guilty
        return "; ".join((f"{_named(found, first)}: put back, {share(found)}", *more))
    if how == "not proved":
        return (
            f"not enough evidence: the search came down to {guilty(found)}, which put back alone does not "
            f"repair ({share(found)})"
        )
    if how == "not the data":
        return (
            f"not the data: A's data trained with B's settings do no better ({_regression(found)}); what "
            f"else differs is {', '.join(found.settings)}"
        )
    if how == "no change":
        return "the data of both runs are the same: there is nothing to put back"
    if how == "no regression" and not found.arms:
        return "not enough evidence of a regression: by other examples, nothing held out is worse for sure"
    if how == "no regression":
        return f"not enough evidence: by seeds, the difference is within noise ({_regression(found)})"
    if how == "unclear":
        return (
            f"not enough evidence: {len(found.seeds)} seeds leave ± {found.margin or 0:.4f}, too wide beside "
            f"a regression of {_regression(found)} to tell what an arm shows"
        )
    return f"unfinished, after {found.tried} arms; the same command goes on from there"


def caveats(found: Bisect) -> Iterator[str]:
    """What has to be known beside the figures."""
    if found.arms:
        yield (
            f"{found.tried} arms; runs: {found.trained} trained, {found.reused} that stood; seeds "
            f"{', '.join(map(str, found.seeds))}"
        )
    if found.noise is not None and found.regression is not None:
        known = "what the losses on other examples tell" if found.levelled else "arm and seed"
        yield (
            f"noise of seeds: one loss varies by {found.noise:.4f} nats a token (standard deviation, {known} "
            f"taken out); B and A's data are apart where they differ by more than {found.margin:.4f}"
        )
    for one in found.rounds[1:]:
        if one.verdict != "explained":
            yield (
                f"with it put back, {visible_line(one.target.name)} is worse yet by {span(one.regression)}, "
                "and which groups do that could not be told"
            )
    if found.settings and found.verdict in ("explained", "not proved"):
        yield f"all arms have B's settings; A's differ in {', '.join(found.settings)}"
    if found.verdict == "no regression" and found.arms:
        yield f"more seeds tell more: `--seeds {2 * len(found.seeds)}` trains only what is missing"
    if found.verdict == "unclear":
        yield "name a slice that rose more with --on, or train on more data or longer: both lower the noise"


def about(target: TargetRecord) -> str:
    return f"{len(target.example_ids):,} held-out examples: {visible_line(target.name)}"


def guilty(found: Bisect) -> str:
    return _named(found, found.guilty)


def _named(found: Bisect, groups: Sequence[int]) -> str:
    return (
        " and ".join(f"{one.name} ({rows(one)})" for one in map(found.groups.__getitem__, groups))
        or "no group"
    )


def _explained(found: Bisect, one: RoundRecord) -> str:
    """Of what was worse yet."""
    gone = f"{one.explained.value:.0%}{_interval(one.explained, '.0%')}" if one.explained else "part"
    return (
        f"{_named(found, one.guilty)}: put back too, {gone} of {one.regression.value:+.4f} goes of "
        f"{visible_line(one.target.name)}"
    )


def rows(one: GroupRecord) -> str:
    """A group's rows, counted by kind."""
    return ", ".join(f"{n:,} {kind}" for kind, n in one.kinds.items())


def share(found: Bisect) -> str:
    """How much of the regression the groups found explain."""
    if found.explained is None or found.regression is None:
        return "–"
    if len(found.rounds[0].guilty if found.rounds else found.guilty) == len(found.groups):
        return f"all of {found.regression.value:+.4f} nats a token goes: they are all that changed"
    return (
        f"{found.explained.value:.0%} of {found.regression.value:+.4f} nats a token goes"
        f"{_interval(found.explained, '.0%')}"
    )


def by_round(found: Bisect) -> Iterator[tuple[str, list[Arm]]]:
    """The arms of each round, and what it is about; nothing of the first, which is told elsewhere."""
    targets = {number: one.target for number, one in enumerate(found.rounds, 1)}
    for number in sorted({one.round for one in found.arms}):
        more = f"worse yet: {about(targets[number])}" if number in targets else "worse yet"
        yield more if number > 1 else "", [one for one in found.arms if one.round == number]


def arm(found: Bisect, one: Arm) -> str:
    """What is put back in an arm, and the groups that it was to tell apart."""
    if not one.back:
        return "B: nothing put back"
    if len(one.back) == len(found.groups):
        return "A's data: all put back"
    names = [found.groups[at].name for at in one.back]
    more = f" and {len(names) - 3} more" if names[3:] else ""
    return f"{', '.join(names[:3])}{more}"


def span(one: Span | None, form: str = "+.4f") -> str:
    return "–" if one is None else f"{one.value:{form}}{_interval(one, form)}"


def budget(found: Bisect) -> str:
    """Arms beside how many one guilty group should take."""
    return f"{found.tried} arms for {len(found.groups)} groups; 2·log2(groups)+3 is {most_arms(found):.1f}"


def most_arms(found: Bisect) -> float:
    return 2 * log2(max(1, len(found.groups))) + 3


def depth(found: Bisect, one: Arm) -> int:
    """How far down the tree of its round: the halvings that led to it."""
    whole = max(len(other.among) for other in found.arms if other.round == one.round)
    return ceil(log2(whole)) - ceil(log2(len(one.among))) + 1 if one.among else 0


def _regression(found: Bisect) -> str:
    return span(found.regression)


def _interval(one: Span, form: str) -> str:
    if one.low is None or one.high is None:
        return " (interval not bounded)"
    return f" ({one.low:{form}} to {one.high:{form}})"
