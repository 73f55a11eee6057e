"""Writes `docs/review.md` from the review's own registry: `python docs/keys.py`. A test compares them."""

from pathlib import Path

from tui.actions.action import shown
from tui.actions.registry import Registry
from tui.catalogue import FIRST, Entry
from tui.guide import guide

HEAD = """# The review

Made from the program's own registry by `python docs/keys.py`; `?` shows the same. `curate review` opens the
full screen, `curate review --plain` asks line by line and takes the same names and keys. Every decision is
on disk before the screen moves on. Characters that cannot be seen are written out, such as ␛ and ⟨U+202E⟩.

F1 to F11 open the screens listed below, and so does `o` with a letter where a terminal keeps F-keys to
itself; `ctrl+p` finds any action, screen, queue or saved view by its name, `esc` goes back.
[screens.md](screens.md) says what each is for. `--theme light` and `--theme contrast` change the colours
(`SIFTUNE_THEME` for good); with `NO_COLOR` set there are none, and nothing is told by colour alone.

`/` shows what matches: words, fields and numbers, as listed below; `F` builds the same filter from the
values that there are. While words are searched for, `n` and `N` go from hit to hit. `s` sorts by a number,
`Q` chooses another queue, and `S` keeps queue, filter and order under a name, for everyone who reviews in
the workspace: `--queue NAME` opens it.

The digits give labels; the recipe's `review: {labels: [rude, wrong, …]}` names them, and they go into the
journal with the decision. `v`, `V` and `*` mark examples; `b` decides or labels the marked at once, or all
listed without your verdict: it says first how many they are and shows some, and `u` takes all of them back
in one step. Thousands are written a hundred at a time, each hundred on disk before the next: the line of
messages counts, moving and reading go on, and `esc` stops; what was written stays, and is one undo.

When the line drops or the window is closed, the program ends by itself. What was being typed under `e` is in
the workspace's `drafts/` then, for you alone, and stands there again at the next `e` on that example.

`E` opens the conversation as a text file in `$VISUAL` or `$EDITOR`. What cannot be read back is said, and
the file is kept in the workspace's `drafts/` until `E` has recorded it. `c` lays an example beside its
parent, itself before your edit, or what a stage found alike to it.

`--queue augmented` holds the examples that a model made: each stands beside its parent, changed words
marked. Keep accepts one for good, drop rejects it, and an edited one stays a child of its parent; the next
build does as decided. `curate augment --stats` counts what was accepted by strategy. A decision is about
that very text: another model or prompt, or an edit of the parent, makes other examples, which wait for
decisions of their own.

`--queue disagreement` holds the examples on which annotators disagree, with each one's verdict, reason,
labels, note and edit. What is decided there ends the conflict; `t` takes over one annotator's verdict or
edit. `--blind` shows nothing of the others, `--team` deals the work out: [agreement.md](agreement.md).
"""


LINE_BY_LINE = """## Line by line

`curate review --plain` asks and answers in lines: nothing is drawn, no colour tells anything, and each
question names the keys. A key or a name and Enter acts, in the same journal: what was decided in the full
screen can be undone here, and the other way round. `o` goes to duplicates (which row stays, which are
none), pii (what is personal data, here or everywhere), contradictions (left, right, both or neither) and
votes (which answer is better), and `--screen NAME` begins there. Of two texts that are nearly the same the
differences are said in words.

```text
$ curate review --plain --screen contradictions
contradiction 1 of 32, as ada, 32 left
left: train, raw/tickets-2024.jsonl line 433
right: train, raw/macros.json line 148
user, the same in both:
  How much is the Stoat Mitten for students?
assistant, left:
  With the student discount the Stoat Mitten is 47.20 euros, down from 59.
assistant, right:
  Students pay 279.20 euros for the Stoat Mitten instead of 349, a fifth less.
h keep left, l keep right, a keep both, x drop both, Enter next, help>
```
"""


OWN_KEYS = """## Your own keys

Any action can have other keys: write its name and a key, or several, into `~/.config/siftune/keys.toml`
(`$XDG_CONFIG_HOME/siftune/keys.toml` where that is set), or name a file with `--keys`:

```toml
keep = "enter"
drop = ["delete", "backspace"]
half_down = "ctrl+f"
```

Help, footer, sheets and line mode show the keys in force. Two actions of a screen or sheet with one key, a
name that no action has, a key that terminals do not deliver, or one that would be text where it should act is
an error before the screen opens. The names:
"""


def page() -> str:
    """The whole page: the review as `?` shows it, the other screens, and every action's name."""
    registry = Registry()
    review = [_section(heading, lines) for heading, lines in guide(registry)]
    others = [_screen(entry, registry) for entry in registry.screens if entry.name != FIRST]
    names = [f"{action.id:<20} {' '.join(action.keys)}" for action in registry.actions]
    return "\n".join([HEAD, _picture(FIRST), *review, *others, LINE_BY_LINE, OWN_KEYS, _block(names)])


def _screen(entry: Entry, registry: Registry) -> str:
    """What it is for, its picture, and the keys that it alone has."""
    own = [action for action in registry.of(entry.name) if action.scope == entry.name]
    keys = f"\n{_block([f'{action.shown:<6} {action.help}' for action in own])}" if own else ""
    return (
        f"## {entry.title.capitalize()} ({shown(entry.key)})\n\n{entry.about}\n\n{_picture(entry.name)}{keys}"
    )


def _picture(screen: str) -> str:
    return f"![{screen}](pictures/{screen}.svg)\n"


def _section(heading: str, lines: list[str]) -> str:
    return f"## {heading[0].upper()}{heading[1:].rstrip('.')}\n\n{_block(lines)}"


def _block(lines: list[str]) -> str:
    return f"```text\n{chr(10).join(lines)}\n```\n"


if __name__ == "__main__":
    (Path(__file__).parent / "review.md").write_text(page(), encoding="utf-8")
