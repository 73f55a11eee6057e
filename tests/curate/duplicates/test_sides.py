import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.duplicates.sides import _NOT, Side, Sides, divergence, relation

RETURNS = "You can return any unworn item to us by post within 30 days of delivery for a full refund"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (RETURNS, RETURNS.upper() + "!", None),
        (RETURNS, RETURNS + ". Call us on 555 0100, and do not hesitate to write.", None),
        (RETURNS, RETURNS.replace("30", "60"), "numbers"),
        (RETURNS, RETURNS.replace("can", "cannot"), "negation"),
        (RETURNS, RETURNS.replace("can", "can’t"), "negation"),
        ("Yes, we ship to Norway", "No, we ship to Norway", "negation"),
        ("We don't ship to Norway", "We do not ship to Norway", None),
        ("Pay it with a card", "Pay it without a card", "negation"),
        ("Pay it without a card", "Pay it wihtout a card", None),
        ("可以退货", "不可以退货", "negation"),
        ("The blue one suits you", "Nothing beats a long walk home", "wording"),
        ("Open the lid.", "Open the lid. Then press both of the red keys until a long tone sounds", None),
        ("It costs 1,200 dollars", "It costs 1200 dollars", None),
        ("1. Open it\n2. Close it", "- Open it\n- Close it", None),
        ("What is 3 + 4?", "what is 3 - 4", "operators"),
        ("What is 3 × 4?", "What is 3*4", None),
        ("Take 10–15 drops", "Take 10 - 15 drops", None),
        ("Where x > 0 and n is odd", "Where x < 0 and n is odd", "operators"),
        ("Where x ≤ (y + 1)", "where x <= y + 1", None),
        ("if paid && sent:", "if paid || sent:", "operators"),
        ("Solve x + 3 = 5", "Solve x - 3 = 8", "operators"),
        ("Ask Mr Smith - the driver - for it", "Ask Mr Smith / the driver / for it", None),
        ("a well-known read/write head", "a well/known read-write head", None),
        ("It is **3** days", "It is <b>3</b> days", None),
        ("Due on 2024-01-05", "Due on 2024/01/05", None),
        ("Take 10-15 by 2024-01-05", "Take 10 to 15 by 2024/01/05", None),
        ("Due on 2024-01-05, at 7", "Due on 2024/01/05", None),
        ("We are open 24/7", "We are open 24-7", None),
        ("Call 555-0100", "Call 555/0100", None),
        ("From 10%-20% off", "From 10-20% off", None),
        ("They won 4/5 games", "They won 5/5 games", "numbers"),
        ("Add 1/2 cup", "Add 2 cups", "numbers"),
        ("👍", "👎", "wording"),
        ("", "", None),
    ],
)
def test_divergence(a: str, b: str, expected: str | None) -> None:
    assert divergence(Side(a), Side(b)) == expected
    assert divergence(Side(b), Side(a)) == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (("Can I return it?", RETURNS), ("can i return it", RETURNS + "."), "duplicate"),
        (("Can I return it?", RETURNS), ("can i return it", RETURNS.replace("30", "90")), "contradiction"),
        (("Can I return it?", RETURNS), ("What about wrong sizes", RETURNS), "same_answer"),
        (("Order 12 is late", "I see order 12"), ("Order 77 is late", "I see order 77"), "duplicate"),
        (("Is a shirt clothing?", "Yes."), ("Do fish live in water?", "Yes."), "unrelated"),
        (("Is order 12 late?", "Yes."), ("Is order 77 late?", "yes"), "unrelated"),
        (("Can I return it?", "Yes."), ("Can't I return it?", "Yes."), "unrelated"),
        (("Is order 12 late?", "Yes."), ("Is order 12 late", "yes"), "duplicate"),
        (
            ("Is order 12 late?", "It left on 3 May"),
            ("Has it gone yet, the parcel", "It left on 9 May"),
            "contradiction",
        ),
        (("What is 2 + 2?", "4"), ("What is 2 * 2?", "4"), "unrelated"),
        (("What is 3 + 4?", "7"), ("What is 3 - 4?", "-1"), "unrelated"),
        (("What is 3 + 4?", "3 + 4 is 7"), ("What is 3 - 4?", "3 - 4 is -1"), "unrelated"),
        (("Which is true?", "Here x > 0 holds"), ("Which is true", "Here x < 0 holds"), "contradiction"),
        (("Sort a < b", RETURNS), ("Sort a > b", RETURNS), "same_answer"),
    ],
)
def test_relation(a: tuple[str, str], b: tuple[str, str], expected: str) -> None:
    sides = [Sides(Side(prompt), Side(answer)) for prompt, answer in (a, b)]
    assert relation(*sides)[0] == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (("Turn on the lamp", '{"lamp":1}'), ("turn on the lamp!", '{"lamp":1}'), "duplicate"),
        (("Turn on the lamp", '{"lamp":1}'), ("turn on the lamp!", '{"lamp":2}'), "contradiction"),
        (("Turn on the lamp", '{"lamp":"a"}'), ("turn on the lamp", '{"lamp":"b"}'), "contradiction"),
        (("Turn on the lamp", '{"lamp":1}'), ("Turn on the lamp", ""), "contradiction"),
        (("Find order 12", '{"order":12}'), ("Find order 77", '{"order":77}'), "duplicate"),
        (("Find order 12", '{"order":"x"}'), ("Find order 77", '{"order":"y"}'), "unrelated"),
        (("Find a red hat", '{"hat":1}'), ("Find a blue hat", '{"hat":2}'), "unrelated"),
        (("Do open it", '{"open":true}'), ("Do not open it", '{"open":false}'), "unrelated"),
    ],
)
def test_calls_are_a_part_of_the_answer(a: tuple[str, str], b: tuple[str, str], expected: str) -> None:
    sides = [Sides(Side(asked), Side("", (made,) if made else ())) for asked, made in (a, b)]
    assert relation(*sides)[0] == relation(*reversed(sides))[0] == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (("12 degrees", "It is 12 degrees"), ("25 degrees", "It is 25 degrees"), "duplicate"),
        (("12 degrees", "It is cold"), ("25 degrees", "Nice and warm"), "unrelated"),
        (("sun", "It is sunny and warm outside"), ("rain", "Take an umbrella"), "unrelated"),
        (("sun", "It is sunny"), ("rain", "It is sunny"), "unrelated"),
        (("sun", "I have sent you the weather"), ("rain", "I have sent you the weather"), "same_answer"),
        (("sun", "It is 12 degrees"), ("sun", "It is 25 degrees"), "contradiction"),
        (("sun", "It is sunny"), ("sun", "it is sunny"), "duplicate"),
    ],
)
def test_results_are_a_part_of_the_question(a: tuple[str, str], b: tuple[str, str], expected: str) -> None:
    sides = [Sides(Side("How is it?"), Side(answer, ("look",)), (result,)) for result, answer in (a, b)]
    assert relation(*sides)[0] == relation(*reversed(sides))[0] == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (("Turn it on", "lamp 1", "lamp 1 is on"), ("turn it on", "lamp 2", "lamp 2 is on"), "contradiction"),
        (("Turn it on", "hall", "done"), ("turn it on", "cellar", "broken"), "contradiction"),
        (("Find order 1", "order 1", "1 sent"), ("Find order 2", "order 2", "2 sent"), "duplicate"),
        (("Find order 1", "order 1", "sent"), ("Find order 2", "order 2", "lost"), "unrelated"),
    ],
)
def test_results_of_other_calls_are_no_part_of_it(
    a: tuple[str, str, str], b: tuple[str, str, str], expected: str
) -> None:
    sides = [Sides(Side(asked), Side("Done.", (call,)), (result,)) for asked, call, result in (a, b)]
    assert relation(*sides)[0] == relation(*reversed(sides))[0] == expected


PIECES = [
    "not",
    "No",
    "never",
    "can't",
    "CAN’T",
    "dont",
    "not_",
    "_no_",
    "kein",
    "keine",
    "nicht",
    "without",
    "Withouts",
]
PIECES += [
    "nothing",
    "know",
    "n't",
    "t",
    "isn't",
    "mustnt",
    "não",
    "нет",
    "不",
    "w1",
    "\x00",
    "a",
    "non-stop",
    "\n1. ",
    "7,200",
]


@given(st.lists(st.sampled_from(PIECES), max_size=5), st.sampled_from([" ", ", ", "-", "_", "'"]))
def test_the_quick_look_for_negations_misses_none(pieces: list[str], between: str) -> None:
    side = Side(between.join(pieces))
    assert side.negates == (_NOT in side._marked)
