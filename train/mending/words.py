"""Whether a regression is gone, in words and as a table."""

from rich.table import Table

from train.bisecting.words import about, span
from train.mending.proving import Fixed


def verdict(found: Fixed) -> str:
    share = span(found.gone, ".0%")
    if found.verdict == "gone":
        return f"gone: {share} of {span(found.regression)} nats a token; run {found.run} is the repaired one"
    if found.verdict == "partly":
        return f"not gone: {share} of {span(found.regression)} nats a token"
    if found.verdict == "not gone":
        return f"not gone: no effect that stands out of the noise, {share} of {span(found.regression)}"
    return f"not enough evidence: by seeds, B is not worse to begin with ({span(found.regression)})"


def title(found: Fixed) -> str:
    return f"about {about(found.target)}, nats a token"


def table(found: Fixed) -> Table:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("")
    for seed in found.seeds:
        shown.add_column(f"seed {seed}", justify="right", no_wrap=True)
    shown.add_column("mean", justify="right")
    rows = (("A's data", found.losses_a), ("B", found.losses_b), ("repaired", found.losses))
    for name, losses in rows:
        shown.add_row(name, *(f"{loss:.4f}" for loss in losses), f"{sum(losses) / len(losses):.4f}")
    return shown
