"""Coefficients in words, as the command and the review's screen say them."""

from curate.agreement.coefficient import FEW, Coefficient
from curate.agreement.over_time import Drift, Span


def coefficient(found: Coefficient, by: str) -> str:
    """`0.59  95 % 0.43 to 0.74, agree on 79.4% of 102 decided by both`; why where there is no number."""
    if found.observed is None:
        return f"{'–':>6}  no example was decided {by}"
    share = f"agree on {found.observed:.1%} of {found.n:,} decided {by}"
    if found.value is None:
        return f"{'–':>6}  {share}; not defined: all said the same"
    if found.low is None:
        return f"{found.value:>6.2f}  {share}; no interval: one always said the same"
    few = "; few: the interval is itself uncertain" if found.few else ""
    return f"{found.value:>6.2f}  95 % {found.low:.2f} to {found.high:.2f}, {share}{few}"


def span(found: Span) -> str:
    """How far one annotator agreed with the others in one stretch of time."""
    if found.agreed is None:
        return f"{'–':>6}  {found.decided:,} decided, none of them by others"
    kappa = "–" if found.kappa is None else f"{found.kappa:.2f}"
    return (
        f"{found.agreed:>6.1%}  95 % {found.low:.1%} to {found.high:.1%}, kappa {kappa}, "
        f"{found.shared:,} shared of {found.decided:,} decided"
    )


def drift(found: Drift) -> str:
    """Whether one annotator's agreement changed from the first half of what was shared to the second."""
    if found.change is None:
        return "drift: too little is shared with others to tell"
    moved = f"from {found.first:.1%} to {found.second:.1%} of {found.shared:,} shared, by halves"
    how = f"{found.change:+.1%}, 95 % {found.low:+.1%} to {found.high:+.1%}"
    what = "drift" if found.sure else "no drift that could not be chance"
    few = "; few: the interval is itself uncertain" if found.shared < 2 * FEW else ""
    return f"{what}: {moved} ({how}){few}"
