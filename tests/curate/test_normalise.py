"""Normalise: what becomes of a row, and that everything that happens to it stands in the events."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from closing import assert_closes
from hypothesis import given
from hypothesis import strategies as st

from curate.stages import normalise
from curate.stages.normalise import Normalise
from schemas.example import Example, Message, hash_messages
from schemas.ledger import Event
from schemas.row_table import rows_table

Turns = Sequence[tuple[str, str]]


def example(turns: Turns, **fields: object) -> Example:
    messages = tuple(Message(role, content) for role, content in turns)
    return Example(hash_messages(messages), messages, "x.jsonl", 1, **fields)  # type: ignore[arg-type]


def run(row: Example) -> tuple[Example | None, list[Event]]:
    outcome = Normalise()([row])
    assert_closes([row], outcome)
    return (outcome.rows[0] if outcome.rows else None), outcome.events


def result(turns: Turns) -> tuple[list[tuple[str, str]] | None, list[tuple[str, str]]]:
    row, events = run(example(turns))
    return (
        [(m.role, m.content) for m in row.messages] if row else None,
        [(e.action, e.reason) for e in events],
    )


CLEAN = [("user", "Where is it?"), ("assistant", "On its way.")]


def test_a_clean_row_passes_as_it_is() -> None:
    row = example([*CLEAN, ("user", "Thanks"), ("assistant", "Gladly.")])
    assert run(row) == (row, [])


def test_the_system_prompt_moves_to_the_metadata() -> None:
    before = example([("system", "Be kind."), *CLEAN])
    row, events = run(before)
    assert row is not None
    assert row.messages == before.messages[1:]
    assert row.example_id == before.example_id
    assert row.metadata == {"system_prompt": "Be kind."}
    assert [(e.action, e.reason) for e in events] == [("edited", "system_prompt_replaced")]
    assert (events[0].before_hash, events[0].after_hash) == (before.content_hash, row.content_hash)


def test_several_system_prompts_are_all_kept_once() -> None:
    turns = [
        ("system", "One."),
        *CLEAN,
        ("system", "Two."),
        ("user", "q"),
        ("system", "One."),
        ("assistant", "a"),
    ]
    row, _ = run(example(turns, metadata={"system_prompt": "Zero.", "id": 7}))
    assert row is not None
    assert row.metadata == {"system_prompt": "Zero.\n\nOne.\n\nTwo.", "id": 7}
    assert [m.role for m in row.messages] == ["user", "assistant"] * 2


@pytest.mark.parametrize(
    ("prompt", "system"),
    [
        ("### Instruction:\nWhere is it?\n\n### Response:\n", None),
        ("<INSTRUCTION>Where is it?</INSTRUCTION>", None),
        ("<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nWhere is it? [/INST]", "Be kind."),
        ("<|im_start|>user\nWhere is it?<|im_end|>\n<|im_start|>assistant", None),
    ],
)
@pytest.mark.parametrize(
    "answer", ["On its way.", "### Response:\nOn its way.</s>", "<RESPONSE>On its way.</RESPONSE>"]
)
def test_templates_inside_contents_are_read_back(prompt: str, system: str | None, answer: str) -> None:
    row, events = run(example([("user", prompt), ("assistant", answer)]))
    assert row is not None
    assert [(m.role, m.content) for m in row.messages] == CLEAN
    assert row.metadata.get("system_prompt") == system
    assert row.flags == ()
    assert "template_parsed" in {e.reason for e in events}


def test_a_transcript_that_the_user_quotes_stays_and_is_flagged() -> None:
    quoted = "### Instruction:\nSay hi\n\n### Response:\nHi"
    row, events = run(example([("user", quoted), ("assistant", "Nice.")]))
    assert row is not None
    assert row.messages[0].content == quoted
    assert row.flags == ("template_leftover",)
    assert [(e.action, e.reason) for e in events] == [("flagged", "template_leftover")]


def test_stray_markers_at_the_ends_go() -> None:
    assert result([("user", "Where is it? [/INST]"), ("assistant", "<s>On its way.<|im_end|>")]) == (
        CLEAN,
        [("edited", "template_leftover")],
    )


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("\x1b[31mOn its\x1b[0m way.", "On its way."),
        ("\x1b]0;title\x07On its way.\x1b]8;;http://x\x1b\\", "On its way."),
        ("\x9b2JOn its way.\x00\x08\x7f", "On its way."),
        ("On\tits\nway\x0b.", "On\tits\nway."),
        ("\x1bcOn its way.\x1b", "On its way."),
    ],
)
def test_control_characters_go(text: str, clean: str) -> None:
    assert result([("user", "q"), ("assistant", text)]) == (
        [("user", "q"), ("assistant", clean)],
        [("edited", "control_characters")],
    )


def test_unicode_is_composed() -> None:
    turns, events = result([("user", "cafe\u0301"), ("assistant", "oui\r\nbien")])
    assert turns == [("user", "café"), ("assistant", "oui\nbien")]
    assert events == [("edited", "unicode_normalised")]


def test_neighbours_of_one_role_are_merged_and_flagged() -> None:
    turns = [
        ("user", "Hi"),
        ("user", "Where is it?"),
        ("assistant", "One moment."),
        ("assistant", "On its way."),
    ]
    row, events = run(example(turns))
    assert row is not None
    assert [(m.role, m.content) for m in row.messages] == [
        ("user", "Hi\n\nWhere is it?"),
        ("assistant", "One moment.\n\nOn its way."),
    ]
    assert row.flags == ("merged_turns",)
    assert [(e.action, e.reason) for e in events] == [("edited", "merged_turns")]


def test_turns_after_the_last_answer_are_cut() -> None:
    assert result([*CLEAN, ("user", "Thanks")]) == (CLEAN, [("edited", "trailing_turns_cut")])


def test_a_greeting_before_the_first_question_goes_to_the_metadata() -> None:
    row, events = run(example([("assistant", "Welcome"), ("assistant", "How may I help?"), *CLEAN]))
    assert row is not None
    assert [(m.role, m.content) for m in row.messages] == CLEAN
    assert row.metadata["greeting"] == "Welcome\n\nHow may I help?"
    assert [(e.action, e.reason) for e in events] == [("edited", "merged_turns"), ("edited", "greeting_cut")]


def test_a_call_before_the_first_question_is_no_greeting() -> None:
    call = Message("assistant", "", tool_calls='[{"function":{"name":"find"}}]')
    messages = (call, Message("user", "q"), Message("assistant", "a"))
    kept, events = run(Example(hash_messages(messages), messages, "x.jsonl", 1))
    assert kept is None
    assert [e.reason for e in events] == ["starts_with_assistant"]


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ([("user", "q")], "no_assistant_answer"),
        ([("assistant", "a")], "no_user_message"),
        ([("assistant", "Welcome"), ("user", "q")], "no_assistant_answer"),
        ([("user", "q"), ("assistant", "a"), ("user", ""), ("assistant", "b")], "empty_content"),
        ([("user", "q"), ("assistant", "\x00")], "empty_content"),
        ([("user", "q"), ("tool", "r"), ("assistant", "a")], "tool_result_without_call"),
    ],
)
def test_what_is_no_conversation_is_dropped_with_the_reason(turns: Turns, reason: str) -> None:
    kept, events = result(turns)
    assert kept is None
    assert events[-1] == ("dropped", reason)


def test_what_a_reviewer_protects_is_kept() -> None:
    row, events = run(example([("user", "q")], protected=True))
    assert row is not None
    assert row.flags == ("no_assistant_answer",)
    assert [(e.action, e.reason) for e in events] == [("kept_by_review", "no_assistant_answer")]


def test_tool_calls_pass_and_end_a_conversation() -> None:
    call = Message("assistant", "", tool_calls='[{"function":{"name":"find"}}]')
    answered = (Message("user", "q"), call, Message("tool", ""), Message("assistant", "a"))
    for messages in (answered, answered[:2]):
        row = Example(hash_messages(messages), messages, "x.jsonl", 1)
        assert run(row) == (row, [])
    twice = (Message("user", "q"), call, Message("assistant", "a"))
    kept, events = run(Example(hash_messages(twice), twice, "x.jsonl", 1))
    assert kept is None
    assert events[-1].reason == "roles_out_of_order"


roles = st.sampled_from(["system", "user", "assistant", "tool"])
contents = st.sampled_from(
    [
        "",
        "q",
        "a</s>",
        "\x1b[1mb",
        "[INST] q [/INST]",
        "### Response:\nx",
        "cafe\u0301",
        "one\n### Input:\ntwo",
    ]
)
conversations = st.lists(st.tuples(roles, contents), max_size=6)


@given(st.lists(conversations, max_size=8))
def test_rows_are_accounted_for_however_they_are_batched(turns: list[Turns]) -> None:
    rows = [example(t) for t in turns]
    whole = Normalise()(rows)
    assert_closes(rows, whole)
    single = [Normalise()([row]) for row in rows]
    assert whole.rows == [row for outcome in single for row in outcome.rows]
    assert whole.events == [event for outcome in single for event in outcome.events]


@given(conversations)
def test_what_is_kept_alternates_and_stays_as_it_is(turns: Turns) -> None:
    row, _ = run(example(turns))
    if row is None:
        return
    roles = [m.role for m in row.messages]
    assert "system" not in roles
    assert (roles[0], roles[-1]) == ("user", "assistant")
    assert all(a != b for a, b in pairwise(roles))
    again, events = run(row)
    assert again is not None
    assert again.messages == row.messages
    assert all(e.action == "flagged" for e in events)


ODD = (
    "Hi",
    "é",
    "e\u0301",
    "\n",
    "\r\n",
    "\t",
    "\x00",
    "\u200b",
    "\u2028",
    "\x85",
    "\x1b[2J",
    " ",
    "😀",
    "<b>",
)
MARKERS = (
    "<|im_start|>user\n",
    "<|im_end|>",
    "[INST]",
    "### Instruction:",
    "### Response:",
    "USER: ",
    "</s>",
)
pieces = st.sampled_from((*ODD, *MARKERS))


anything = st.lists(
    st.tuples(
        st.sampled_from(["system", "user", "assistant", "tool"]),
        st.lists(pieces, max_size=4).map("".join),
    ),
    max_size=5,
)


@given(anything, st.booleans())
def test_the_quick_way_and_the_whole_way_agree(turns: Turns, clean: bool) -> None:
    row = example([*turns, *CLEAN] if clean else turns)
    assert run(row) == normalise._normalise(row)


@given(st.lists(st.tuples(anything, st.sampled_from([None, "", '[{"name":"look"}]'])), max_size=8))
def test_columns_tell_the_same_of_rows_that_need_nothing(
    conversations: list[tuple[Turns, str | None]],
) -> None:
    rows = [
        replace(row, messages=tuple(replace(message, tool_calls=calls) for message in row.messages))
        for row, calls in ((example([*turns, *CLEAN][-4:]), calls) for turns, calls in conversations)
    ]
    rows += [example([*turns, *CLEAN]) for turns, _ in conversations]
    left = Normalise().untouched(rows_table(rows)).tolist()
    assert left == [normalise._needs_nothing(row.messages) for row in rows]
    assert all(run(row) == (row, []) for row, same in zip(rows, left, strict=True) if same)


def test_columns_leave_most_rows_alone() -> None:
    rows = [example(CLEAN), example([("user", "é < ü"), *CLEAN[1:]]), example([("user", "é"), *CLEAN[1:]])]
    assert Normalise().untouched(rows_table(rows)).tolist() == [True, False, True]
