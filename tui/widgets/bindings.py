"""Actions of the registry as Textual binds them."""

from textual.binding import Binding, BindingType

from tui.actions.action import Action
from tui.actions.registry import Registry


def bindings_of(name: str) -> list[BindingType]:
    """The bindings of a screen or a sheet. Their ids are the actions', by which the person's keys replace
    these."""
    return [Binding(keys_of(a), a.does or a.id, a.label, show=False, id=a.id) for a in Registry().of(name)]


def keys_of(action: Action) -> str:
    """As Textual wants them."""
    return ",".join("comma" if key == "," else key for key in action.keys)
