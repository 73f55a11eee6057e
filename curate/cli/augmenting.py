"""`curate augment`: what augmentation costs, its answers, its prompts."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curate.edge import json_option, print_json, recipe_option, say

if TYPE_CHECKING:
    from curate.building.asking import Asked, Outlook
    from curate.report.acceptance import Acceptance


@click.command()
@recipe_option
@click.option("--dry-run", is_flag=True, help="Say requests, tokens and cost, and ask nobody.")
@click.option("--prompts", is_flag=True, help="List the prompts in force, with their versions.")
@click.option(
    "--prompts-to",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Copy the built-in prompts into DIR, to be changed there; name it in `augment.prompts`.",
)
@click.option(
    "--stats", is_flag=True, help="Say what became of each strategy's children, by today's decisions."
)
@json_option
def augment(
    recipe_path: Path, dry_run: bool, prompts: bool, prompts_to: Path | None, stats: bool, as_json: bool
) -> None:
    """Ask for the children that the recipe's `augment` wants; `curate build` then finds their answers.

    Every answer is kept, and what is there is not asked again. `curate build` asks by itself, too: this is
    for looking at cost and yield before, and for answers that take a night.
    """
    if prompts_to is not None:
        from curate.augment.prompts import copy_out

        written = copy_out(prompts_to)
        say(f"wrote {len(written)} prompts to {prompts_to}; `augment: {{prompts: {prompts_to}}}` uses them")
    elif prompts:
        _list_prompts(recipe_path, as_json)
    elif stats:
        _stats(recipe_path, as_json)
    elif dry_run:
        from curate.building.asking import outlook

        seen = outlook(recipe_path, say)
        if as_json:
            print_json(seen.to_dict())
        else:
            click.echo(_outlook(seen))
    else:
        from curate.building.asking import ask

        asked = ask(recipe_path, say)
        if as_json:
            print_json(asked.to_dict())
        else:
            click.echo(_asked(asked))


def _list_prompts(recipe_path: Path, as_json: bool) -> None:
    from curate.augment.catalogue import prompts_of
    from curate.workspace import Workspace
    from schemas.recipe import Augment

    workspace = Workspace.open(recipe_path)
    found = prompts_of(workspace.recipe.augment or Augment(), workspace.root)
    if as_json:
        print_json(
            [
                {"name": p.name, "version": p.version, "file": str(p.origin) if p.origin else None}
                for p in found
            ]
        )
    else:
        for prompt in found:
            click.echo(f"{prompt.version:<32} {prompt.origin or 'built in'}")


def _stats(recipe_path: Path, as_json: bool) -> None:
    from curate.history.children import acceptance
    from curate.workspace import Workspace

    found = acceptance(Workspace.open(recipe_path))
    if as_json:
        print_json([a.to_dict() for a in found])
    else:
        click.echo(_acceptance(found))


def _acceptance(found: "list[Acceptance]") -> str:
    from curate.report.augmentation import rate

    if not found:
        return "this version holds no augmented examples"
    names = ("created", "accepted", "edited", "rejected", "disputed", "waiting")
    head = f"{'strategy':<20} {'not made':>9} {'created':>9} {'dropped':>9}"
    lines = [head + "".join(f"{name:>10}" for name in names[1:]) + "  accepted of those decided"]
    for a in found:
        counts = (a.not_made.total(), a.created, a.dropped.total())
        lines.append(
            f"{a.strategy:<20}"
            + "".join(f" {n:>9,}" for n in counts)
            + "".join(f"{getattr(a, name):>10,}" for name in names[1:])
            + f"  {rate(a)}"
        )
    for a in found:
        lines += _why("not made", a.strategy, a.not_made) + _why("dropped", a.strategy, a.dropped)
    return "\n".join(lines)


def _why(word: str, strategy: str, reasons: Counter[str]) -> list[str]:
    return [f"{word:<9} {strategy:<20} {reason:<36} {n:>8,}" for reason, n in reasons.most_common()]


def _outlook(seen: "Outlook") -> str:
    lines = [f"{'strategy':<20} {'children':>9} {'answered':>9}"]
    for name, (wanted, there) in seen.strategies.items():
        lines.append(f"{name:<20} {wanted:>9,} {there:>9,}")
    lines += [f"{n:,} parents left out: {reason}" for reason, n in seen.obstacles.items()]
    ask, (per_input, per_output, source) = seen.ask, seen.price
    lines += [
        "",
        f"train rows        {seen.train_rows:>12,}",
        f"requests          {ask.requests:>12,}"
        + (f"  ({seen.later:,} of them follow from answers)" if seen.later else ""),
        f"answers at hand   {seen.cached:>12,}",
        f"tokens in         {ask.input_tokens:>12,}  about: 4 bytes a token",
        f"tokens out        {ask.output_tokens:>12,}  about",
        f"cost              {f'${ask.usd:.4f}':>12}  about; retries of refused answers come on top",
        f"at the most       {f'${ask.worst_usd:.4f}':>12}  a token a byte, every answer as long as it may be",
        f"cap (max_usd)     {f'${seen.max_usd:.2f}':>12}"
        + ("  it will stop before all is asked" if ask.usd > seen.max_usd else ""),
        f"price             {seen.model}: ${per_input} a million tokens in, ${per_output} out ({source})",
    ]
    return "\n".join(lines)


def _asked(asked: "Asked") -> str:
    lines = [f"{'made':<10} {name:<24} {n:>8,}" for name, n in asked.made.items()]
    lines += [f"{'not made':<10} {reason:<24} {n:>8,}" for reason, n in asked.refused.items()]
    lines += [f"{'dropped':<10} {reason:<24} {n:>8,}" for reason, n in asked.dropped.items()]
    lines.append(f"{'spent':<10} {f'${asked.spent_usd:.4f}':>33}")
    if not asked.complete:
        lines.append("not all answers are there yet: run it again to go on, or raise max_usd")
    return "\n".join(lines)
