"""Data inside a request: quoted as JSON, so that no text in it can end the quotation or act as a template.

What a row says must reach the model as something to work on, never as an instruction. JSON's own quotes
bound it; the characters that template marks begin with are escaped besides, since a server that reads special
tokens out of message text must not find `<|im_end|>` or `[/INST]` there. JSON reads the escapes back.
"""

import json
import re
from typing import Any

# Angle brackets that are no placeholder of ours, and Llama's marks.
_TEMPLATE_MARK = re.compile(r"<(?![A-Z][A-Z0-9_]*>)|\[(?=/?INST\])")


def quoted(value: Any) -> str:
    """One line of JSON without template marks; its texts should be `clean`."""
    return marks_escaped(json.dumps(value, ensure_ascii=False))


def marks_escaped(text: str) -> str:
    """Any text without template marks; the same value still where it is JSON."""
    return _TEMPLATE_MARK.sub(lambda mark: f"\\u{ord(mark[0]):04x}", text)


def clean(text: str) -> str:
    """Without lone surrogates, which no request can carry."""
    return text.encode("utf-8", "replace").decode()
