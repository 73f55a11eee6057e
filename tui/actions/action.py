"""An action, and how keys are written."""

from dataclasses import dataclass

EVERYWHERE = "everywhere"
_MOVES = ("up", "down", "left", "right", "home", "end", "pageup", "pagedown")
_WORDS = frozenset(("space", "enter", "escape", "tab", "backspace", "delete", "insert", *_MOVES))
# Keys that a terminal, a tty's flow control or a multiplexer may never deliver, or delivers as another key.
UNDELIVERED = frozenset(f"ctrl+{letter}" for letter in "csqzhijm")


@dataclass(frozen=True, slots=True)
class Action:
    """`keys` are written as a person would: `a`, `?`, `space`, `ctrl+d`, `f2`. `scope` is the screen that has
    it, or what several screens share. `does` is what the screen is asked to do, its id where it is empty.
    `plain` says that line mode has it too, typed as its id or its first key."""

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    scope: str
    footer: bool = False
    plain: bool = False
    does: str = ""

    @property
    def shown(self) -> str:
        """The first key as people read it."""
        return shown(self.keys[0])


def shown(key: str) -> str:
    """`ctrl+d` as `^d`, `f2` as `F2`, `escape` as `esc`, other keys as they are."""
    if key == "escape":
        return "esc"
    if is_function_key(key):
        return key.upper()
    return f"^{key.removeprefix('ctrl+')}" if key.startswith("ctrl+") else key


def is_function_key(key: str) -> bool:
    return key[:1] == "f" and key[1:].isdecimal() and 1 <= int(key[1:]) <= 12


def acts_in_a_field(key: str) -> bool:
    """Whether it acts where text is typed: every other key is text, or moves in it."""
    return key == "escape" or key.startswith("ctrl+") or is_function_key(key)


def key_problem(key: str) -> str | None:
    """Why this can be no key of an action; None for one that can."""
    if key in UNDELIVERED or key.startswith("alt+"):
        return "which terminals do not deliver"
    if len(key) == 1:
        ok = key.isprintable() and not key.isspace()
    else:
        bare = key.removeprefix("ctrl+")
        letter = bare != key and len(bare) == 1 and bare.isascii() and bare.islower()
        ok = letter or bare in _WORDS or is_function_key(key)
    if ok:
        return None
    return f"which is none; one character, f1 to f12, ctrl+ a letter, or one of {', '.join(sorted(_WORDS))}"
