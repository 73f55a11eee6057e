"""What was typed into an example when the terminal went away, or when it could not be recorded.

A JSON file of contents in `drafts/` of the workspace, readable by the person alone, named by the example, and
by the annotator and the text that was edited: it is taken up again as long as these are the same.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from curate import atomic
from schemas.errors import UsageError
from schemas.example import Example, Message, hash_messages, hash_value


class Unsaved:
    def __init__(self, folder: Path, annotator: str, example: Example) -> None:
        self._said = tuple(m for m in example.messages if m.role != "system")
        made_of = hash_value(f"{annotator} {hash_messages(self._said)}")
        self.path = folder / f"{example.example_id}-{made_of}.json"

    def keep(self, messages: Sequence[Message]) -> None:
        """Of the same messages, with other contents. Raises UsageError where it cannot be written."""
        if tuple(messages) == self._said:
            return
        try:
            atomic.write_text(self.path, json.dumps([message.content for message in messages]))
            self.path.chmod(0o600)
        except OSError as error:
            raise UsageError(
                f"{self.path}: cannot be written ({error})", "free the disk, then edit again"
            ) from None

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
