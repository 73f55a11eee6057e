"""The generated files: the same bytes every time, and readable as their formats promise."""

import csv
import io
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

from samples import layout
from samples.generate import generate
from samples.plan import Broken
from samples.shop.conversation import Row
from schemas.recipe_file import load_recipe


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first, again = (_bytes(tmp_path / name) for name in ("first", "again"))
    assert first == again
    assert len(first) == len(layout.WEIGHTS) + 3  # recipe, answer key, talk of other shops


def _bytes(folder: Path) -> dict[Path, bytes]:
    generate(folder)
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_another_seed_gives_another_sample_that_holds_its_promises(made: Any, tmp_path: Path) -> None:
    generate(tmp_path, seed=3)
    name = layout.CSV
    assert (tmp_path / name).read_bytes() != (made.folder / name).read_bytes()


def test_about_two_thousand_rows_short_enough_for_a_cpu(made: Any) -> None:
    rows = made.plan.rows
    assert 1_900 <= sum(made.key["files"].values()) <= 2_200
    usual = [row for row in rows if 25 <= row.words <= 90]
    assert len(usual) > 0.9 * len(rows)
    assert {len(row.turns) for row in rows} == {1, 2, 3}


def test_recipe_is_valid_and_finds_every_file(made: Any) -> None:
    recipe = load_recipe(made.folder / "recipe.yaml")
    found = {p for source in recipe.sources for p in made.folder.glob(source.path)}
    assert found == {made.folder / file for file in made.files}
    assert recipe.augment is None
    text = (made.folder / "recipe.yaml").read_text(encoding="utf-8")
    switched_on = made.folder / "augmented.yaml"
    lines = [line.removeprefix("# ") if _belongs_to_augment(line) else line for line in text.splitlines()]
    switched_on.write_text("\n".join(lines), encoding="utf-8")
    assert load_recipe(switched_on).augment is not None
    switched_on.unlink()


def _belongs_to_augment(line: str) -> bool:
    return line.startswith(("# augment:", "#   model", "#   base_url", "#   strategies", "#   max_usd"))


def test_jsonl_holds_each_row_on_its_line(made: Any) -> None:
    for file in (*layout.MESSAGE_FILES, layout.JSONL_CHATS):
        lines = (made.folder / file).read_bytes().split(b"\n")
        for line, item in zip(lines, made.files[file], strict=False):
            if isinstance(item, Row):
                said = json.loads(line).get("messages") or json.loads(line)["conversations"]
                texts = [m.get("content") or m.get("value") for m in said]
                assert [t.question for t in item.turns] == [x for x in texts if x != item.system][::2]
            else:
                assert line == item.content
        assert len(lines) == len(made.files[file]) + 1


def test_json_arrays_hold_each_row_at_its_element(made: Any) -> None:
    for file in (layout.JSON_CHATS, layout.MACROS):
        elements = json.loads((made.folder / file).read_bytes())
        assert len(elements) == len(made.files[file])
        for element, item in zip(elements, made.files[file], strict=True):
            if isinstance(item, Broken):
                assert element == item.content
    outputs = {element["output"] for element in elements if isinstance(element, dict) and "output" in element}
    assert {row.turns[0].answer for row in made.files[layout.MACROS] if isinstance(row, Row)} <= outputs


def test_csv_counts_records_where_fields_hold_line_ends(made: Any) -> None:
    csv.field_size_limit(10**7)
    raw = (made.folder / layout.CSV).read_bytes()
    records = list(csv.reader(io.StringIO(raw.decode("utf-8-sig", "surrogateescape"), newline="")))
    assert records[0] == ["question", "answer", "customer", "topic"]
    assert len(records) - 1 == len(made.files[layout.CSV])
    for record, item in zip(records[1:], made.files[layout.CSV], strict=True):
        if isinstance(item, Row):
            assert record[:2] == [item.turns[0].question, item.turns[0].answer]
    assert len(raw.splitlines()) > len(records)


def test_toxic_words_stand_only_where_they_are_planted(made: Any) -> None:
    listed = (
        resources.files("better_profanity").joinpath("profanity_wordlist.txt").read_text("utf-8").split("\n")
    )
    phrases = [phrase for phrase in listed if " " in phrase]
    toxic = {fault.row for fault in made.plan.toxic}
    rude = {
        row
        for row in made.plan.rows
        if not set(listed).isdisjoint(re.findall(r"[a-z]+", row.text.lower()))
        or any(f" {phrase} " in row.text.lower() for phrase in phrases)
    }
    assert rude == toxic
    assert len(toxic) > 30
