"""One registry: keys don't clash, arrive on any terminal, and every action is carried out and explained."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import tui
from tui.actions.registry import ACTIONS, Registry
from tui.actions.sheets import BUILDER, BULK, EDITOR, PICKER, PROMPT, READER, SHEETS
from tui.catalogue import SCREENS
from tui.guide import guide
from tui.widgets.bulk_sheet import BulkSheet
from tui.widgets.editor import Editor
from tui.widgets.filter_builder import FilterBuilder
from tui.widgets.picker import Picker
from tui.widgets.prompt_line import PromptLine
from tui.widgets.reader import Reader


def test_the_registry_is_sound() -> None:
    assert Registry().problems() == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "other", "keys": ("a",)}, "'a'"),
        ({"id": "other", "keys": ("?",)}, "'help'"),
        ({"keys": ("f12",)}, "'drop'"),
        ({"id": "other", "keys": ("ctrl+s",)}, "ctrl+s"),
        ({"id": "other", "keys": ("alt+x",)}, "alt+x"),
        ({"id": "other", "keys": ("nokey",)}, "nokey"),
        ({"id": "other", "keys": ("f12",), "footer": True}, "footer"),
    ],
)
def test_a_clash_is_found(change: dict[str, Any], said: str) -> None:
    drop = next(a for a in ACTIONS if a.id == "drop")
    other = replace(drop, **{"footer": False, **change})
    problems = Registry((*ACTIONS, other)).problems()
    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize("entry", SCREENS, ids=lambda entry: entry.name)
def test_every_action_is_carried_out_and_explained(entry: Any) -> None:
    screen = getattr(import_module(f"tui.screens.{entry.name}"), entry.cls)
    assert entry.name == screen.NAME
    keys = dict(guide(Registry(), entry.name))["Keys"]
    for action in Registry().of(entry.name):
        does = action.does or action.id
        method = f"action_{does.partition('(')[0]}"
        assert does.startswith("app.go(") or callable(getattr(screen, method)), action.id
        assert any(line.endswith(action.help) for line in keys), action.id


_WIDGETS = {
    BULK: BulkSheet,
    PICKER: Picker,
    BUILDER: FilterBuilder,
    READER: Reader,
    EDITOR: Editor,
    PROMPT: PromptLine,
}


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_every_key_of_a_sheet_is_an_action_and_the_other_way_round(sheet: Any) -> None:
    """Nothing that opens over a screen has a key of which the registry does not know."""
    widget = _WIDGETS[sheet.name]
    listed = dict(guide(Registry()))[sheet.title]
    actions = Registry().of(sheet.name)
    assert [binding.id for binding in widget.BINDINGS] == [action.id for action in actions]
    for action in actions:
        method = f"action_{(action.does or action.id).partition('(')[0]}"
        assert callable(getattr(widget, method)), action.id
        assert any(line.endswith(action.help) for line in listed), action.id


def test_no_widget_has_bindings_of_its_own() -> None:
    found = [
        path.name
        for path in (Path(tui.__file__).parent).rglob("*.py")
        if "Binding(" in path.read_text("utf-8")
    ]
    assert found == ["bindings.py"]


@pytest.mark.parametrize("entry", SCREENS, ids=lambda entry: entry.name)
def test_a_screen_can_be_reached(entry: Any) -> None:
    assert len({e.key for e in SCREENS}) == len({e.letter for e in SCREENS}) == len(SCREENS)
    assert entry.action in Registry().of(entry.name)


@pytest.mark.parametrize(
    ("screen", "action"),
    [(e.name, a) for e in SCREENS if e.plain for a in Registry().of(e.name) if a.plain],
    ids=lambda one: getattr(one, "id", one),
)
def test_line_mode_takes_names_and_keys(screen: str, action: Any) -> None:
    registry = Registry()
    assert registry.by_typed(action.id, screen) is action
    assert registry.by_typed(action.id.replace("_", "-"), screen) is action
    assert all(registry.by_typed(key, screen) is action for key in (action.shown, *action.keys))
    assert registry.by_typed(action.label, screen) is action
