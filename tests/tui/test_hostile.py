"""Data never drives the terminal: hostile text in every field, through every screen of the catalogue, in a
pseudo-terminal whose bytes are read. A new screen is covered by its line in the catalogue."""

import json
import re
import sys
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from terminal import ESCAPE, Terminal, terminal

from curate.building.build import build
from curate.journal import Journal
from schemas.example import Example, Message
from tui.actions.registry import Registry
from tui.catalogue import SCREENS

_CURATE = "from curate.cli import main; main()"
_ALLOWED = re.compile(
    rb"\x1b\[(?:[\d;]*[mHABCDEFGKX]|\??[\d;]*[hl])|\x1b[DEM]"  # colours, places, erasures, modes
    rb"|\x1b\[3g|\x1b[H78]"  # tab stops
    rb"|\x1b\[(?:[?>=<]?[\d;]*u|\?[\d;$]*p|\d* q)"  # keyboard, questions to the terminal, cursor
    rb"|\x1b\]22;[a-z]+\x07"  # pointer
    rb"|\x1b\]52;c;[A-Za-z0-9+/]+=*\x07"  # an id that was copied
)
_TYPED = {
    "space": " ",
    "enter": "\r",
    "escape": "\x1b[27u",  # as kitty sends it: a bare one is waited on for 0.1 s
    "tab": "\t",
    "delete": "\x1b[3~",
    "pagedown": "\x1b[6~",
    "pageup": "\x1b[5~",
    **{name: f"\x1b[{letter}" for name, letter in zip(("up", "down", "right", "left"), "ABCD", strict=True)},
}
_FUNCTION = ("OP", "OQ", "OR", "OS", *(f"[{n}~" for n in (15, 17, 18, 19, 20, 21, 23, 24)))
_LONG = "one line of a megabyte " * 45_000
_PHONE, _MAIL = "(415) 555-0132", "ada@example.com"


def typed(key: str) -> str:
    """What a terminal sends for a key."""
    if key[:1] == "f" and key[1:].isdecimal():
        return f"\x1b{_FUNCTION[int(key[1:]) - 1]}"
    if key.startswith("ctrl+"):
        return chr(ord(key[-1]) & 0x1F)
    return _TYPED.get(key, key)


@pytest.fixture
def built(tmp_path: Path, hostile_texts: tuple[str, ...]) -> Path:
    """A version that was really built: near duplicates, contradictions, personal data, odd file names."""
    rows = []
    for number, text in enumerate(hostile_texts):
        words = " ".join(f"word{n}{number}" for n in range(30))
        question = f"{text} how do I return {number}?"
        rows += [(question, f"{words} {text} {_PHONE}"), (question, f"{words} {text} {_PHONE} now")]
        rows.append((question, f"Never, {text}. Write to {_MAIL}."))
    lines = [json.dumps({"prompt": p, "completion": c, "\x1b[31m": p}) for p, c in rows]
    lines.append(json.dumps({"prompt": "half a pair \ud83d", "completion": "\udc00 other half"}))
    lines.append(json.dumps({"prompt": "long?", "completion": _LONG}))
    root = tmp_path / "built"
    root.mkdir()
    (root / "a\x1b]0;PWNED\x07\x9b2J\u202e[bold].jsonl").write_text("\n".join(lines), encoding="utf-8")
    (root / "recipe.yaml").write_text(
        "name: hostile\nsystem_prompt: Help.\ndedup: {}\npii: {entities: {EMAIL_ADDRESS: flag}}\n"
        "sources:\n  - path: '*.jsonl'\n",
        encoding="utf-8",
    )
    build(root / "recipe.yaml", say=lambda _: None)
    return root / "recipe.yaml"


@pytest.fixture
def trained(make_desk: Any, make_child: Any, hostile_examples: list[Example]) -> Path:
    """A version with a run, losses of tokens, and children whose texts are hostile too."""
    children = [
        make_child(
            row, *(f"{m.content} reworded" for m in row.messages[1:]), strategy=row.messages[1].content
        )
        for row in hostile_examples
    ]
    long = replace(hostile_examples[0], example_id="long", messages=(Message("user", _LONG),))
    recipe: Path = make_desk(examples=[*hostile_examples, *children, long]).recipe
    return recipe


@pytest.fixture(params=["built", "trained"])
def workspace(request: pytest.FixtureRequest, hostile_texts: tuple[str, ...]) -> Path:
    """With a journal in which annotators of hostile names, reasons, notes and labels are in conflict."""
    recipe: Path = request.getfixturevalue(request.param)
    version = next(path for path in (recipe.parent / ".siftune" / "datasets").iterdir() if path.is_dir())
    import pyarrow.parquet as pq

    ids = pq.read_table(version / "data" / "train.parquet")["example_id"].to_pylist()
    with Journal.open(recipe.parent / ".siftune" / "decisions.db") as journal:
        for text, example_id in zip(hostile_texts, ids, strict=False):
            said = text.replace("\0", "")
            journal.append(example_id, said.strip(), "drop", labels=[said], reason=said, note=said)
            journal.append(example_id, "bob", "edit", messages=[Message("user", text)], reason=said)
            journal.append(example_id, "ada", "keep", labels=[said], note=said)
    return recipe


@pytest.fixture
def running(workspace: Path) -> Iterator[Terminal]:
    command = [sys.executable, "-c", _CURATE, "review", "--recipe", str(workspace), "--as", "ada"]
    with terminal(command, EDITOR="true", VISUAL="true") as opened:
        opened.wait_for("PWNED", 40)
        yield opened


def test_no_screen_lets_data_drive_the_terminal(running: Terminal) -> None:
    registry, seen = Registry(), {"quit", "back", *(f"go_{screen.name}" for screen in SCREENS)}
    for screen in registry.screens:
        press(running, screen.key, 0.3)
        assert running.process.poll() is None, f"{screen.name}: {running.plain[-3000:]}"
        for action in registry.of(screen.name):
            if action.id not in seen:
                seen.add(action.id)
                for key in (action.keys[0], "escape", screen.key):
                    press(running, key)
        for _ in range(10):
            press(running, "j")
    assert running.process.poll() is None, running.plain[-3000:]
    check(running.written)


def press(running: Terminal, key: str, quiet: float = 0.03) -> None:
    running.type(typed(key))
    running.read(quiet)


def check(written: bytes) -> None:
    """Nothing but what the program itself writes: its own sequences, and characters that are seen."""
    sequences = set(ESCAPE.findall(written))
    foreign = {one for one in sequences if not _ALLOWED.fullmatch(one)}
    assert not foreign, foreign
    copied = [b64decode(one[7:-1]).decode() for one in sequences if one.startswith(b"\x1b]52;")]
    assert all(text.isalnum() for text in copied), copied
    left = ESCAPE.sub(b"", written).decode("utf-8")
    assert "PWNED" in left
    assert "bell \x07" not in left  # a bell alone may be the program's
    hidden = {c for c in left if not c.isprintable() and c not in "\r\n\t\x07\x08 \xa0\u3000"}
    assert not hidden, [hex(ord(c)) for c in hidden]
