"""`curate judge`: the judge's scores, how far they are to be trusted, what asking costs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from curate.edge import json_option, print_json, recipe_option, say

if TYPE_CHECKING:
    from curate.agreement.coefficient import Coefficient
    from curate.building.judged import Outlook
    from curate.judge.human import Agreement
    from curate.judge.scores import Scores


@click.command()
@click.argument("version_name", metavar="[VERSION]", required=False)
@recipe_option
@click.option(
    "--agreement",
    is_flag=True,
    help="Compare the judge with reviewers' decisions (Cohen's kappa); asks about texts not judged yet.",
)
@click.option("--dry-run", is_flag=True, help="Say requests, tokens and cost, and ask nobody.")
@click.option("--rubric", is_flag=True, help="Print the rubric that ships, to begin one's own with.")
@json_option
def judge(
    version_name: str | None, recipe_path: Path, agreement: bool, dry_run: bool, rubric: bool, as_json: bool
) -> None:
    """Show the scores of a version's rows, from answers at hand; nobody is asked.

    `curate build` asks the judge when the recipe has `judge`. With --agreement, how far its verdicts are
    those of reviewers on the same texts.
    """
    if rubric:
        from curate.judge.rubric import shipped_rubric

        click.echo(shipped_rubric(), nl=False)
        return
    from curate.building import judged

    if dry_run:
        outlook = judged.trust_outlook if agreement else judged.build_outlook
        _show(outlook(recipe_path, say), _outlook, as_json)
    elif agreement:
        _show(judged.trust(recipe_path, say), _agreement, as_json)
    else:
        _show(judged.scores(recipe_path, version_name, say), _scores, as_json)


class _Found(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


def _show(found: _Found, text: Callable[[Any], str], as_json: bool) -> None:
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(text(found))


def _outlook(seen: "Outlook") -> str:
    ask = seen.ask
    return "\n".join(
        [
            f"rows              {seen.rows:>12,}",
            f"answers at hand   {seen.known:>12,}",
            f"requests          {ask.requests:>12,}",
            f"tokens in         {ask.input_tokens:>12,}  about: 4 bytes a token",
            f"tokens out        {ask.output_tokens:>12,}  about",
            f"cost              {f'${ask.usd:.4f}':>12}  about; what is no verdict is asked for once more",
            f"at the most       {f'${ask.worst_usd:.4f}':>12}  a token a byte, the longest answers",
            f"cap (max_usd)     {f'${seen.max_usd:.2f}':>12}"
            + ("  it will stop before all is asked" if ask.usd > seen.max_usd else ""),
        ]
    )


def _scores(found: "Scores") -> str:
    lines = [
        f"judged by {found.model} under {found.rubric}, threshold {found.settings.threshold:g}",
        f"{len(found.graded):,} of {len(found.rows):,} rows have a verdict, {found.low:,} a low one",
    ]
    lines += [f"{n:,} rows have none: {_WHY.get(why, why)}" for why, n in sorted(found.without.items())]
    if found.graded:
        lines += ["", f"{'criterion':<20} {'mean':>6} " + "".join(f"{score:>8}" for score in range(1, 6))]
    for name, (mean, counts) in found.by_criterion().items():
        lines.append(f"{name:<20} {mean:>6.2f} " + "".join(f"{n:>8,}" for n in counts))
    return "\n".join(lines)


_WHY = {"unasked": "not asked yet"}


def _agreement(found: "Agreement") -> str:
    left_out = [
        f"{n:,} {why}"
        for n, why in (
            (found.disputed, "disputed between reviewers"),
            (found.gone, "whose text is in no version that is still there"),
            (found.unanswered, "without a verdict of the judge"),
        )
        if n
    ]
    (no_low, no_passes), (keep_low, keep_passes) = found.passes
    lines = [
        f"judged by {found.model} under {found.rubric}, threshold {found.threshold:g}",
        f"{found.compared:,} decided examples compared"
        + (f"; left out: {', '.join(left_out)}" if left_out else ""),
        "",
        f"{'':<26}{'judge: low':>12}{'passes':>12}",
        f"{'reviewer: drop or edit':<26}{no_low:>12,}{no_passes:>12,}",
        f"{'reviewer: keep':<26}{keep_low:>12,}{keep_passes:>12,}",
        "",
    ]
    if found.plain.observed is not None:
        lines.append(f"{'agree on':<26}{found.plain.observed:>12.1%}")
    lines += [
        _line("kappa", found.plain),
        _line("kappa, linear weights", found.linear) + "  drop, edit, keep",
        _line("kappa, quadratic weights", found.quadratic) + "  drop, edit, keep",
        "",
        "kappa at other thresholds (chosen on these examples, it flatters):",
    ]
    for at, found_at in found.by_threshold.items():
        lines.append(_line(f"  {at:g}", found_at) + ("  in force" if at == found.threshold else ""))
    return "\n".join(lines)


def _line(name: str, kappa: "Coefficient") -> str:
    if kappa.value is None:
        return f"{name:<26}{'–':>12}  not defined: both always said the same, or nothing"
    if kappa.low is None:
        return f"{name:<26}{kappa.value:>12.2f}  one of the two always said the same, n {kappa.n:,}"
    return f"{name:<26}{kappa.value:>12.2f}  95 % {kappa.low:.2f} to {kappa.high:.2f}, n {kappa.n:,}"
