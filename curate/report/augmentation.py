"""The report's section on augmentation: what became of every answer, by strategy and by reason."""

from collections import Counter
from collections.abc import Sequence

from curate import html
from curate.report.acceptance import Acceptance


def augmentation(found: Sequence[Acceptance]) -> str:
    rows = [
        [
            a.strategy,
            a.not_made.total(),
            a.created,
            a.dropped.total(),
            a.accepted,
            a.edited,
            a.rejected,
            a.disputed,
            a.waiting,
            rate(a),
        ]
        for a in found
    ]
    head = [
        "strategy",
        "not made",
        "created",
        "dropped",
        "accepted",
        "edited",
        "rejected",
        "disputed",
        "waiting",
        "accepted of those decided (95 % interval)",
    ]
    caption = "Augmented examples by strategy, with the decisions that this version was built with"
    return (
        html.table(caption, head, rows)
        + _by_reason("Children that were not made", "why", found, [a.not_made for a in found])
        + _by_reason("Augmented examples that were dropped", "reason", found, [a.dropped for a in found])
    )


def rate(a: Acceptance) -> str:
    """`83.3% (60.8% to 94.2%)`, or a dash before the first decision."""
    if a.rate is None or a.interval is None:
        return "–"
    low, high = a.interval
    return f"{a.rate:.1%} ({low:.1%} to {high:.1%})"


def _by_reason(
    caption: str, kind: str, found: Sequence[Acceptance], counts: Sequence[Counter[str]]
) -> html.Html:
    reasons = sorted({reason for count in counts for reason in count})
    rows = [[reason, *(count[reason] for count in counts)] for reason in reasons]
    return html.Html(html.table(caption, [kind, *(a.strategy for a in found)], rows))
