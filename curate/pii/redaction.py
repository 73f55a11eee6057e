"""Redaction: one example scanned and rewritten, place by place, in reading order.

Messages first (content, name, tool calls), then metadata, then tags. In JSON (tool calls, metadata) every
string is scanned as the value that it is, with its key before it as context: `{"phone": "4155550123"}` is
found, and escapes stay whole. A key that is more than a name is scanned, too: `{"jane@corp.com": 1}`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from curate.pii.entities import SECRETS
from curate.pii.finding import Finding, resolve
from curate.pii.said import Said, Word
from curate.pii.scanner import Scan
from curate.pii.surrogates import Surrogates
from schemas.example import Example, Message

_NAME = re.compile(r"[A-Za-z_]{0,32}")  # of a field; `curate.pii.bulk.json_values` knows the same ones
LEAST_SECRET = 6  # characters; a shorter value, or a plain word, may stand elsewhere for something else


@dataclass
class Found:
    """What one entity type came to in an example: `spans` are [message, start, end] in contents before;
    `elsewhere` counts findings in names, tool calls, metadata and tags. `by`: reviewers whose word it was."""

    score: float = 0.0
    spans: list[list[int]] = field(default_factory=list)
    elsewhere: dict[str, int] = field(default_factory=dict)
    recognisers: set[str] = field(default_factory=set)
    surrogates: dict[str, None] = field(default_factory=dict)
    by: set[str] = field(default_factory=set)


class Redaction:
    """Scans `example` by `scan` and replaces the findings of types for which `replaces` says yes.

    With a `seed`, stand-ins are realistic ones, the same for this example and seed each time. What reviewers
    `said` comes first: what is no personal data stays, what is goes whatever its type.

    After construction: `example` rewritten, `found` by type in order of first appearance, `confirmed` what is
    replaced by a reviewer's word alone, `spared` what stays by one, `timeouts` the recognisers that ran out
    of time.
    """

    def __init__(
        self,
        example: Example,
        scan: Callable[[str], Scan],
        replaces: Callable[[str], bool],
        seed: int | None = None,
        said: Said | None = None,
    ) -> None:
        self.timeouts: set[str] = set()
        self._said = said or Said()
        self._example_id = example.example_id
        self._scan = scan
        self._replaces = replaces
        self._drawn_by = None if seed is None else f"{seed} {example.example_id}"
        self._repeated: dict[str, Finding] = {}
        self.example = self._rewritten(example, {})
        if self._repeated:  # a secret is told by what stands around it, which need not be there each time
            self.example = self._rewritten(example, dict(self._repeated))

    def _rewritten(self, example: Example, secrets: dict[str, Finding]) -> Example:
        """`secrets` are values that are replaced wherever they stand."""
        self.found: dict[str, Found] = {}
        self.confirmed: dict[str, Found] = {}
        self.spared: dict[str, Found] = {}
        self._secrets = secrets
        self._example = example
        self._surrogates: Surrogates | None = None
        messages = tuple(self._message(i, m) for i, m in enumerate(example.messages))
        metadata = self._json(example.metadata, "metadata", "")
        tags = tuple(self._text(tag, "tags") for tag in example.tags)
        if (messages, metadata, tags) == (example.messages, example.metadata, example.tags):
            return example
        return replace(example, messages=messages, metadata=metadata, tags=tags)

    def _message(self, index: int, message: Message) -> Message:
        content = self._text(message.content, "content", index=index)
        name = message.name and self._text(message.name, "name")
        calls = message.tool_calls and self._string(message.tool_calls, "tool_calls", "")
        if (content, name, calls) == (message.content, message.name, message.tool_calls):
            return message
        return replace(message, content=content, name=name, tool_calls=calls)

    def _json(self, value: Any, place: str, key: str) -> Any:
        if isinstance(value, str):
            return self._string(value, place, key)
        if isinstance(value, Mapping):
            return self._object(value, place)
        if isinstance(value, list | tuple):
            return [self._json(v, place, key) for v in value]
        if isinstance(value, int) and abs(value) >= 10**6:
            text = self._string(str(value), place, key)
            return value if text == str(value) else text
        return value

    def _object(self, value: Mapping[str, Any], place: str) -> dict[str, Any]:
        """Keys that are rewritten alike are told apart by a number: no value is lost behind another."""
        rewritten: dict[str, Any] = {}
        for key, inner in value.items():
            known = new = self._key(str(key), place)
            number = 1
            while new in rewritten:
                number += 1
                new = f"{known}_{number}"
            rewritten[new] = self._json(inner, place, str(key))
        return rewritten

    def _key(self, key: str, place: str) -> str:
        return key if _NAME.fullmatch(key) else self._text(key, place)

    def _string(self, text: str, place: str, key: str) -> str:
        """A string of JSON: JSON again inside (as tool arguments are), or a plain value."""
        if text.lstrip()[:1] in ("{", "["):
            try:
                inner = json.loads(text)
            except ValueError:
                return self._text(text, place, key)
            rewritten = self._json(inner, place, key)
            return text if rewritten == inner else _dump(rewritten)
        return self._text(text, place, key)

    def _text(self, text: str, place: str, key: str = "", index: int | None = None) -> str:
        lead = f"{key}: " if key else ""
        scan = self._scan(lead + text)
        if not (scan.findings or scan.timeouts or self._secrets):
            return text
        self.timeouts.update(scan.timeouts)
        parts, at = [], 0
        for finding in resolve([*scan.findings, *self._again(lead + text)]):
            start, end = max(0, finding.start - len(lead)), finding.end - len(lead)
            if end <= 0:
                continue
            surrogate = self._record(finding, text[start:end], place, index, start, end)
            if surrogate is not None:
                parts += [text[at:start], surrogate]
                at = end
        return "".join((*parts, text[at:])) if parts else text

    def _again(self, text: str) -> Iterator[Finding]:
        for value, finding in self._secrets.items():
            for match in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text):
                yield replace(finding, start=match.start(), end=match.end())

    def _record(
        self, finding: Finding, value: str, place: str, index: int | None, start: int, end: int
    ) -> str | None:
        word = self._said.of(self._example_id, finding.entity, value, finding.key)
        replaced = self._replaces(finding.entity) if word is None else word.personal
        where = self._place(finding.entity, word)
        found = where.setdefault(finding.entity, Found())
        if word is not None and where is not self.found:
            found.by.add(word.by)
        found.score = max(found.score, finding.score)
        found.recognisers.add(finding.source)
        if index is None:
            found.elsewhere[place] = found.elsewhere.get(place, 0) + 1
        else:
            found.spans.append([index, start, end])
        if not replaced:
            return None
        if finding.entity in SECRETS and len(value) >= LEAST_SECRET and not value.isalpha():
            self._repeated.setdefault(value, finding)
        if self._surrogates is None:  # most examples need none
            self._surrogates = Surrogates(_texts(self._example), self._drawn_by)
        surrogate = self._surrogates.of(finding.entity, value, finding.key)
        found.surrogates[surrogate] = None
        return surrogate

    def _place(self, entity: str, word: Word | None) -> dict[str, Found]:
        if word is None or (word.personal and self._replaces(entity)):
            return self.found
        return self.confirmed if word.personal else self.spared


def _texts(example: Example) -> list[str]:
    messages = [text for m in example.messages for text in (m.content, m.tool_calls or "")]
    return [*messages, *example.tags, _dump(example.metadata) if example.metadata else ""]


def _dump(value: Any) -> str:
    """Canonical JSON, as tool calls and metadata are stored."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
