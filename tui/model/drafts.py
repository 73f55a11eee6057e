"""Texts on their way through an editor of the user's own: a file each, kept until what it says is recorded.

`drafts/` in the workspace, readable by the person alone. A file is named by the example, and by the annotator
and the text that it was made of: what was left there is taken up again as long as these are the same. So is
what was typed in place (`tui.model.unsaved`), in files of another kind.
"""

import os
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from curate import atomic
from schemas.errors import UsageError
from schemas.example import Message, hash_messages, hash_value
from tui.model.text_file import as_text, from_text

_EDITORS = ("sensible-editor", "nano", "vim", "vi")


def draft_path(folder: Path, example_id: str, annotator: str, messages: Sequence[Message], kind: str) -> Path:
    """`kind` is the file's ending."""
    made_of = hash_value(f"{annotator} {hash_messages(messages)}")
    return folder / f"{example_id}-{made_of}.{kind}"


def write_draft(path: Path, text: str, mend: str, *, over: bool) -> None:
    """What is there stays, but for `over`. Raises UsageError with this mend where it cannot be written."""
    try:
        if over or not path.exists():
            atomic.write_text(path, text)
            path.chmod(0o600)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error})", mend) from None


class Draft:
    def __init__(self, folder: Path, example_id: str, annotator: str, messages: Sequence[Message]) -> None:
        """Written unless it is there from before. Raises UsageError where it cannot be."""
        self._messages = tuple(messages)
        self.path = draft_path(folder, example_id, annotator, messages, "txt")
        write_draft(self.path, as_text(messages), "edit with e instead", over=False)

    def messages(self) -> tuple[Message, ...]:
        """As the file now has them. Raises UsageError where it can't be understood; it is kept."""
        try:
            return from_text(self.path.read_text(encoding="utf-8"), self._messages)
        except UnicodeDecodeError:
            raise UsageError(f"{self.path} is not in UTF-8", "E opens it again") from None
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be read ({error})", "edit with e instead") from None
        except UsageError as error:
            raise UsageError(error.problem, f"{error.mend}; E opens your text again") from None

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def editor_command() -> list[str]:
    """$VISUAL, $EDITOR, or an editor that is there. Raises UsageError without any."""
    for name in ("VISUAL", "EDITOR"):
        if os.environ.get(name, "").strip():
            try:
                return shlex.split(os.environ[name])
            except ValueError as error:
                raise UsageError(f"${name} cannot be read ({error})", "put its quotes right") from None
    found = next((path for name in _EDITORS if (path := shutil.which(name))), None)
    if found is None:
        raise UsageError("there is no editor", "set EDITOR to one, or edit with e")
    return [found]
