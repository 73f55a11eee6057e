"""`python -m samples.generate DIR`: the messy dataset, its recipe and its answer key.

The same seed gives the same bytes. Nothing here is read from the clock, the network or the machine.
"""

import json
import random
import sys
from pathlib import Path

import click

from samples import layout
from samples.answer_key import answer_key
from samples.formats import Item, encode
from samples.plan import Plan
from samples.planting import answers, duplicates, forms, hostile, personal
from samples.shop.conversation import Clean
from samples.shop.elsewhere import dialogues

SEED = 17
CLEAN_ROWS = 1_610
KEY_NAME = "answer_key.json"
TALK, TALK_NAME = 8_000, "elsewhere.jsonl"  # dialogues of other shops, for the base model


def generate(folder: Path, seed: int = SEED) -> dict[str, int]:
    """Writes the sample into `folder`, with talk of other shops; returns the number of raw rows by file."""
    plan, files = compose(seed)
    key = answer_key(seed, plan, files)
    for file, items in files.items():
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(encode(file, items))
    recipe = Path(__file__).with_name("recipe.yaml")
    (folder / "recipe.yaml").write_bytes(recipe.read_bytes())
    talk = dialogues(random.Random(seed), TALK)
    lines = (json.dumps({"messages": messages}, ensure_ascii=False) + "\n" for messages in talk)
    (folder / TALK_NAME).write_text("".join(lines), encoding="utf-8")
    (folder / KEY_NAME).write_text(json.dumps(key, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return {file: len(items) for file, items in files.items()}


def compose(seed: int) -> tuple[Plan, dict[str, list[Item]]]:
    """The plan, and the items of every file in their order."""
    plan = make_plan(seed)
    rng = random.Random(f"{seed}:layout")
    layout.choose_files(rng, plan.rows)
    layout.dress(rng, plan.rows)
    return plan, layout.arrange(rng, plan.rows, plan.broken)


def make_plan(seed: int) -> Plan:
    """Clean rows first; then each planting takes untouched ones, the pickiest first."""
    plan = Plan(random.Random(f"{seed}:planting"), Clean(random.Random(f"{seed}:clean")))
    plan.grow(CLEAN_ROWS)
    duplicates.plant_near(plan)
    duplicates.plant_decoys(plan)
    answers.plant_contradictions(plan)
    duplicates.plant_exact(plan)
    answers.plant_swapped(plan)
    answers.plant_truncated(plan)
    personal.plant(plan)
    hostile.plant_toxic(plan)
    hostile.plant_escapes(plan)
    hostile.plant_huge(plan)
    hostile.plant_broken(plan)
    forms.plant(plan)
    return plan


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--seed", default=SEED, show_default=True)
def main(folder: Path, seed: int) -> None:
    """Write the sample into FOLDER: raw/, recipe.yaml and answer_key.json."""
    rows = generate(folder, seed)
    for file, count in rows.items():
        click.echo(f"{count:6,}  {file}", err=True)
    click.echo(f"{sum(rows.values()):6,}  rows in {folder}", err=True)


if __name__ == "__main__":
    sys.exit(main())
