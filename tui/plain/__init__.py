"""Line mode: the queue and the screens that decide, by questions a screen reader can follow.

The model, the journal and the gate of text are those of the full screen; nothing here knows of Textual.

    talk.py       a line asked, lines said, all through the gate
    telling.py    an example, and two that are compared, in words
    desk.py       what every screen has here: its actions by id, and what it says of the line
    review.py     the review queue      duplicates.py   pii.py   contradictions.py   votes.py
    session.py    reads a word, finds the action, goes from screen to screen
"""

from tui.plain.session import review_plain as review_plain
