"""An audit in words: what can be said, and what cannot."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, get_args

from train.auditing.common import HELD_OUT
from train.auditing.noise import how_to
from train.auditing.testing import Tested, Verdict

if TYPE_CHECKING:
    from train.auditing.audit import Audit
    from train.auditing.findings import Finding

_NAMES = {"source": "source", "tag": "tag", "length": "length", "cluster": "topic", "words": ""}


def verdict(found: "Audit") -> str:
    """One sentence or two."""
    if found.worse:
        return f"worse: {_named(found.worse)}"
    unsure = [one for one in found.judged if one.verdict == "worse or chance"]
    if unsure:
        return f"not enough evidence: {_named(unsure)}, which another seed may do as well"
    held_out = [one for one in found.splits if one.name in HELD_OUT]
    if not held_out:
        return "not enough evidence: no example of validation or test is common to both runs"
    if all(one.verdict.startswith("better") for one in held_out):
        return f"no regression: {_named(held_out)}"
    if any(one.verdict == "within seed noise" for one in found.judged):
        return "not enough evidence of a regression: the losses differ by no more than other seeds' do"
    return "not enough evidence of a regression"


def _named(findings: "Sequence[Finding]") -> str:
    """The splits, and the first of the slices."""
    parts = [
        f"{one.name} by {one.tested.difference:+.4f} nats a token" for one in findings if one.by == "split"
    ]
    slices = [one for one in findings if one.by != "split"]
    if slices:
        others = len(slices) - 1
        more = f" and {others} more slice{'s' * (others > 1)}" if others else ""
        parts.append(f"{title(slices[0])} by {slices[0].tested.difference:+.4f}{more}")
    return "; ".join(parts)


def caveats(found: "Audit") -> Iterator[str]:
    """What has to be known beside the figures."""
    names = ", ".join(one.name for one in found.confounders)
    if names and found.data_differ:
        yield f"not the data alone differ ({names}): a change cannot be put down to the data for sure"
    elif names:
        yield f"the data are the same: a change is the doing of {names}"
    elif not found.data_differ:
        yield "data and settings are the same: any difference is chance"
    if found.data.prompt_only:
        yield f"{found.data.prompt_only:,} rows differ in their system prompt alone: no changes of data"
    for why, n in found.common.left_out.items():
        yield f"{n:,} examples are not compared: {why}"
    if found.noise.known:
        of_a, of_b = ([one.id for one in side.runs] for side in (found.noise.a, found.noise.b))
        and_b = f"; and of B's: {', '.join(of_b)}" if of_b else ""
        runs = f"{len(of_a)} run{'s' * (len(of_a) > 1)}"
        yield f"noise of seeds from {runs} of A's data and settings: {', '.join(of_a)}{and_b}"
        if not found.noise.b.runs and any(one.verdict == "within seed noise" for one in found.judged):
            yield "B was trained once: reruns with other seeds would tell smaller differences from noise"
    yield from found.not_measured
    if not found.noise.known:
        yield (
            "the noise of seeds is not known: intervals say what other examples could have shown, not what "
            f"another seed could. To learn it: {how_to(found.a)}"
        )


def moved(found: "Audit") -> str:
    """How many slices came out how."""
    counts = Counter(one.verdict for one in found.slices)
    parts = [f"{counts[name]} {name}" for name in get_args(Verdict)[:-1] if counts[name]]
    return f"{', '.join(parts) or 'none moved'}, of {len(found.slices)} tested"


def title(one: "Finding") -> str:
    """A slice by kind and name."""
    return f"{_NAMES.get(one.by, one.by)} {one.name}".strip()


def interval(tested: Tested) -> str:
    if tested.interval is None:
        return f"{tested.groups} groups: too few"
    return f"{tested.interval.low:+.4f} to {tested.interval.high:+.4f}"


def q(tested: Tested) -> str:
    if tested.q is None:
        return "–"
    return "<0.001" if tested.q < 0.001 else f"{tested.q:.3f}"


def floor(one: "Finding") -> str:
    """Where as many runs of A as there are of B would lie."""
    if one.floor is None:
        return "–"
    return f"{one.floor.mean:.4f} ± {one.floor.half:.4f}"


def whose(listed: "Sequence[Finding]") -> str:
    """What is held against other seeds of A: B, or the mean over its seeds."""
    return "seeds of B" if any(one.floor and one.floor.b != one.b for one in listed) else "B"
