"""One registry: keys don't clash, arrive on any terminal, and every action is carried out and explained."""

from dataclasses import replace

import pytest

from schemas.errors import UsageError
from tui.actions import ACTIONS, by_typed, check
from tui.guide import guide
from tui.screen import ReviewScreen


def test_the_registry_is_sound() -> None:
    check(ACTIONS)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "other", "keys": ("a",)}, "'a'"),
        ({"keys": ("f9",)}, "'drop'"),
        ({"id": "other", "keys": ("ctrl+s",)}, "ctrl+s"),
        ({"id": "other", "keys": ("alt+x",)}, "alt+x"),
        ({"id": "other", "keys": ("f9",), "footer": True}, "footer"),
    ],
)
def test_a_clash_is_an_error_at_start(change: dict[str, object], said: str) -> None:
    drop = next(a for a in ACTIONS if a.id == "drop")
    with pytest.raises(UsageError, match=said.replace("+", r"\+")):
        check(
            [
                *ACTIONS,
                replace(drop, footer=False, **change) if "footer" not in change else replace(drop, **change),
            ]
        )


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.id)
def test_every_action_is_carried_out_and_explained(action: object) -> None:
    assert callable(getattr(ReviewScreen, f"action_{action.id}"))  # type: ignore[attr-defined]
    keys = dict(guide())["Keys"]
    assert any(line.endswith(action.help) for line in keys)  # type: ignore[attr-defined]


@pytest.mark.parametrize("action", [a for a in ACTIONS if a.plain], ids=lambda a: a.id)
def test_line_mode_takes_names_and_keys(action: object) -> None:
    assert by_typed(action.id) is action  # type: ignore[attr-defined]
    assert by_typed(action.shown) is action  # type: ignore[attr-defined]
