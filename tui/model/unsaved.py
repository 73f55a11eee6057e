"""What was typed into an example when the terminal went away, or when it could not be recorded.

A JSON file of contents beside the drafts (`tui.model.drafts`), taken up again as they are.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from schemas.example import Example, Message
from tui.model.drafts import draft_path, write_draft


class Unsaved:
    def __init__(self, folder: Path, annotator: str, example: Example) -> None:
        self._said = example.turns
        self.path = draft_path(folder, example.example_id, annotator, self._said, "json")

    def keep(self, messages: Sequence[Message]) -> None:
        """Of the same messages, with other contents. Raises UsageError where it cannot be written."""
        if tuple(messages) == self._said:
            return
        contents = json.dumps([message.content for message in messages])
        write_draft(self.path, contents, "free the disk, then edit again", over=True)

    def messages(self) -> tuple[Message, ...] | None:
        """None where nothing is kept, or no such file can be read: it stays as it is."""
        try:
            contents = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return None
        if not isinstance(contents, list) or len(contents) != len(self._said):
            return None
        return tuple(replace(m, content=str(text)) for m, text in zip(self._said, contents, strict=True))

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
