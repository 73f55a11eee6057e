"""What `curate` prints of data cannot drive a terminal."""

from curate.history.why import Story
from curate.render import messages, story
from schemas.example import Message
from schemas.ledger import Event, Reject

ESCAPE = "\x1b]0;owned\x07\x9b2J\u202e"


def harmless(text: str) -> bool:
    return not {"\x07", "\x9b", "\u202e"} & set(text) and "\x1b]" not in text


def test_messages_and_stories_pass_the_gate() -> None:
    said = Message("assistant", f"{ESCAPE}\nsecond line", tool_calls=ESCAPE)
    assert harmless(messages((said,)))
    assert "second line" in messages((said,))
    event = Event("id", "quality", "flagged", ESCAPE, detail={"x": ESCAPE})
    assert harmless(story(Story("v", "id", None, ((ESCAPE, 1),), (event,), (), ())))
    assert harmless(story(Story("v", None, None, (), (), (), (), Reject(ESCAPE, 1, ESCAPE, ESCAPE))))
