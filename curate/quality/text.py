"""What the rules read of an example: its words, its prose without code, its last answer."""

import re

from schemas.example import Example, Message

_SPACELESS = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1780-\u17ff"
_WORD = re.compile(rf"[{_SPACELESS}]|[^\W_{_SPACELESS}]+(?:['’][^\W_]+)*")
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_INLINE_CODE = re.compile(r"`[^`\n]*`")
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,200}>")


def words(text: str) -> list[str]:
    """Runs of letters and digits, case-folded; each character of scripts without spaces is one."""
    return [word.casefold() for word in _WORD.findall(text)]


def prose(text: str) -> str:
    """The text without code blocks, inline code and HTML tags."""
    return _TAG.sub(" ", _INLINE_CODE.sub(" ", _FENCE.sub("\n", text)))


def last_answer(example: Example) -> Message | None:
    """The last assistant message, or None where the conversation has none."""
    return next((m for m in reversed(example.messages) if m.role == "assistant"), None)
