"""The page of a real build: whole, the same each time, without script, network or what was removed."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from desk import EMAIL, RECIPE, chat, write_workspace

import curate
from curate.version import DatasetVersion

VOID = {"meta", "br"}


class Tree(HTMLParser):
    """Fails on a tag that is closed out of turn; collects table headings."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scopes: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        if tag == "th":
            self.scopes.append(dict(attrs).get("scope"))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def build(recipe: Path) -> DatasetVersion:
    return curate.build(recipe, say=lambda _: None)


def page_of(version: DatasetVersion) -> str:
    return (version.path / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    recipe = write_workspace(tmp_path / "desk")
    with (recipe.parent / "raw/tickets.jsonl").open("a", encoding="utf-8") as file:
        for line in (
            chat(
                "How warm is the <script>alert(1)</script> Gilet at night?",
                "It is \x1b[31mwarm\u202e & light.",
            ),
            chat(
                "Is the Plover hat warm enough for a winter night?",
                "Its limit is 14 degrees, with a hood on.",
            ),
            chat(
                "Is the Plover hat warm enough for a winter night?", "Its limit is 2 degrees, with a hood on."
            ),
            chat("Tell me about politics?", "I'm sorry, but I can't help with that."),
            chat("Say something rude to the shop?", "You are a fucking idiot of the zebra kind."),
            chat("Please write something long about zebras", "zebra stripes " * 60),
        ):
            file.write(line + "\n")
    return recipe


def test_it_is_whole_and_asks_nobody(workspace: Path) -> None:
    text = page_of(build(workspace))
    tree = Tree()
    tree.feed(text)
    assert tree.open == []
    assert set(tree.scopes) == {"col", "row"}
    assert not re.search(r"<script|src=|@import|url\(|https?://", text.replace("<!doctype", ""))
    assert "prefers-color-scheme: dark" in text


def test_data_can_neither_break_the_page_nor_hide_in_it(workspace: Path) -> None:
    text = page_of(build(workspace))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<script" not in text


def test_the_same_version_has_the_same_bytes(workspace: Path, tmp_path: Path) -> None:
    first = page_of(build(workspace))
    other = tmp_path / "other"
    (other / "raw").mkdir(parents=True)
    for name in ("recipe.yaml", "raw/tickets.jsonl", "raw/notes.json"):
        (other / name).write_bytes((workspace.parent / name).read_bytes())
    assert page_of(build(other / "recipe.yaml")) == first


def test_reasons_have_samples_and_a_contradiction_both_sides(workspace: Path) -> None:
    text = page_of(build(workspace))
    assert "I&#x27;m sorry, but I can&#x27;t help with that." in text
    assert text.count("Its limit is 14 degrees") == text.count("Its limit is 2 degrees") == 1


def test_no_text_of_a_dropped_or_pii_flagged_or_toxic_row(workspace: Path) -> None:
    version = build(workspace)
    text = page_of(version)
    reasons = {e.reason.partition(":")[0] for e in version.events()}
    assert {"toxicity", "repetition"} <= reasons
    assert "zebra" not in text
    workspace.write_text(RECIPE.replace("action: redact", "action: flag"))
    flagged = build(workspace)
    assert EMAIL in str(flagged.examples())
    assert EMAIL not in page_of(flagged)


def test_a_share_is_shown_and_warned_of(workspace: Path) -> None:
    shared = RECIPE.replace("tags: [notes]}", "tags: [notes], share: 0.15}")
    workspace.write_text(shared)
    text = page_of(build(workspace))
    assert "Sources with a share of the train split" in text
    assert "less than the 10% to 20%" in text
