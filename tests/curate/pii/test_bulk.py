"""Rows that hold nothing are known to: what the sieve leaves untouched, the stage leaves alone."""

import json
import random
import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.pii.bulk import json_values, word_table  # noqa: F401 (with them loaded, few rows are enough)
from curate.pii.bulk.sieve import Sieve
from curate.pii.bulk.suspects import Suspects
from curate.pii.bulk.texts import Texts, texts_of
from curate.pii.bulk.words import Words
from curate.pii.engine import make_scanner
from curate.pii.folding import folded
from curate.pii.locales import LANGUAGES
from curate.pii.look import Look
from curate.pii.redaction import Redaction
from curate.pii.scanner import Scan
from curate.pii.shapes import SHAPES
from curate.stages.pii import Pii
from schemas.example import Example, Message
from schemas.recipe import Pii as Settings
from schemas.row_table import rows_of, rows_table
from schemas.stage import Outcome

EVERY = Settings(locales=tuple(LANGUAGES), entities={"URL": "redact"})
OPEN = Settings(entities={"DATE_TIME": "flag"})  # has no gate

VALUES = (
    *(
        "ada.lovelace@fable.io",
        "ada [at] fable [dot] io",
        "+49 30 9018207",
        "(415) 555-0132",
        "020 7946 0018",
    ),
    *(
        "4111 1111 1111 1111",
        "DE89 3704 0044 0532 0130 00",
        "10.20.30.40",
        "00:1a:2b:3c:4d:5e",
        "219-09-9999",
    ),
    *(
        "44051401359",
        "86095742719",
        "12345678Z",
        "RSSMRA85T10A562S",
        "S2740116C",
        "943-476-5919",
        "AB123456C",
    ),
    *(
        "password: hunter22x",
        "ghp_" + "a1B2" * 9,
        "sk-proj-abcdEFGH1234567890abcdEFGH",
        "https://shop.example.com/x",
    ),
)
PLAIN = "call|PESEL|ssn|Steuer-ID|order 84120397|39.90 EUR|12.11.2024|password:|plain words"
FOLDED = (
    "ada＠fable.io|４１１１ 1111 1111 1111|call 415–555–0123|٤١٥-555-0132|tel 555\u00a00199|（415） 555 0132"
)
ODD = "日本語の文章です|müde Füße|“quoted” – dash|a\0b|\x1f\x85\u2028|abcdefghijklmnopq1|abcdefghijklmnopr1"
NESTED = '{|[|{"phone": "4155550123"}|["a", {"ssn": 219099998}]|{"a": [1, 2.5e3, -0, true, null]}'
PIECES = st.one_of(
    st.sampled_from(VALUES),
    *(st.sampled_from(some.split("|")) for some in (PLAIN, FOLDED, ODD, NESTED)),
    st.integers(44, 52).map(lambda size: "x" * size),
    st.text(alphabet='aB1 .-:@/+(9\n"\\{}[],', max_size=12),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
TEXTS = st.lists(PIECES, max_size=5).map(" ".join)
JSON = st.recursive(
    TEXTS | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
CALLS = st.one_of(
    TEXTS,
    JSON.map(json.dumps),
    JSON.map(lambda v: json.dumps({"arguments": json.dumps(v)}, ensure_ascii=False)),
)
MESSAGES = st.builds(Message, st.just("user"), TEXTS, st.none() | TEXTS, st.none() | CALLS)
ROWS = st.lists(
    st.builds(
        lambda messages, tags, metadata: Example(
            "", tuple(messages), "raw", 1, tuple(tags), metadata=metadata
        ),
        st.lists(MESSAGES, min_size=1, max_size=3),
        st.lists(TEXTS, max_size=2),
        st.dictionaries(TEXTS, JSON, max_size=2),
    ),
    max_size=4,
)


def table(rows: list[Example]) -> pa.Table:
    return rows_table([Example(str(at), *_fields(row)) for at, row in enumerate(rows)])


def _fields(row: Example) -> tuple[Any, ...]:
    return row.messages, row.source, row.line, row.tags, 0, None, None, None, None, "raw", (), row.metadata


@pytest.mark.parametrize(
    "recipe",
    [Settings(), EVERY, Settings(secrets=False), OPEN],
    ids=["default", "every", "no secrets", "open"],
)
def test_the_stage_leaves_alone_what_is_untouched(recipe: Settings) -> None:
    stage = Pii(recipe)
    left = []

    @settings(max_examples=60, deadline=None)
    @given(ROWS)
    def check(rows: list[Example]) -> None:
        held = table(rows)
        untouched_rows = stage.untouched(held)
        stage.untouched(held.slice(0, 0))  # forgets what it scanned
        for row, untouched in zip(rows_of(held), untouched_rows, strict=True):
            outcome = Pii(recipe)([row])
            alone = outcome.rows == [row] and outcome.rows[0] is row and not outcome.events
            assert alone or not untouched
            left.append(untouched)

    check()
    assert any(left)


def scanned(row: Example) -> set[str]:
    """What the stage gives the scanner of a row."""
    seen: list[str] = []

    def scan(text: str) -> Scan:
        seen.append(text)
        return Scan([], [])

    Redaction(row, scan, lambda _: True)
    return set(seen)


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_the_texts_are_those_that_the_stage_scans(rows: list[Example]) -> None:
    held = table(rows)
    unread = np.zeros(len(rows), dtype=np.bool_)
    found: dict[int, set[str]] = {at: set() for at in range(len(rows))}
    for some in texts_of(held, unread):
        for at in range(len(some)):
            found[int(some.rows[at])].add(some[at])
    for at, row in enumerate(rows_of(held)):
        assert unread[at] or scanned(row) - found[at] <= {""}


@pytest.mark.parametrize(
    ("calls", "read"),
    [
        ('{"a": {"b": ["x", 12345678, 1.5e+10, -1234567]}, "c": "d\\n\\"e\\""}', True),
        ('[{"arguments": "{\\"phone\\": \\"[1, \\\\\\"x\\\\\\"]\\"}"}]', True),
        (" [] ", True),
        ("no JSON", True),
        ('{"a": "\\u0041"}', False),
        ('{"a\\n": 1}', False),
        *(
            (text, False)
            for text in ('{"a": 1,}', "[1 2]", "[01]", "[1.]", "[tru]", "[1", "[1]]", "{1: 2}", '["\t"]')
        ),
        *(
            (text, False)
            for text in ("[NaN]", "[" * 40 + "]" * 40, "[" + "9" * 5000 + "]", '{"a" 1}', "[}", "[-]", "[1e]")
        ),
    ],
)
def test_json_is_read_strictly(calls: str, read: bool) -> None:
    row = Example("", (Message("assistant", "", tool_calls=calls),), "raw", 1)
    unread = np.zeros(1, dtype=np.bool_)
    found = {some[at] for some in texts_of(table([row]), unread) for at in range(len(some))}
    assert unread[0] != read
    assert not read or scanned(row) - found <= {""}


def looked_at(held: list[str], words: Words, asked: int) -> npt.NDArray[np.bool_]:
    """Which of them have to be looked at by themselves; the others' looks are right."""
    encoded = [text.encode() for text in held]
    ends = np.cumsum([len(each) for each in encoded], dtype=np.int64)
    starts = ends - [len(each) for each in encoded]
    data = np.frombuffer(b"".join(encoded) or b" ", dtype=np.uint8)
    looks = words.look(Texts(data, starts, ends, np.arange(len(held))))
    for at, text in enumerate(held):
        look = Look(folded(text))
        if not looks.alone[at]:
            assert int.from_bytes(looks.bits[at].tobytes(), "little") == look.bits & asked
            assert looks.blurred[at] or tuple(looks.rows[at]) == look.rows
    return looks.alone


@lru_cache
def words() -> tuple[Words, int]:
    asked = make_scanner(EVERY, Path()).asked
    return Words(asked), asked


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS | st.text("1 .-/+()x\n\x1c", max_size=30), max_size=6))
def test_looks_at_many_texts_are_looks_at_each(held: list[str]) -> None:
    looked_at(held, *words())


@given(st.data())
def test_what_a_test_matches_is_a_suspect(data: st.DataObject) -> None:
    asked = make_scanner(EVERY, Path()).asked
    pattern = re.compile(
        data.draw(st.sampled_from(sorted(filter(str.isascii, SHAPES.patterns(asked))))), re.ASCII
    )
    word = data.draw(st.from_regex(pattern, alphabet=st.characters(codec="ascii")))
    assert Suspects(asked)(["".join(word.split())]).all() or not pattern.search("".join(word.split()))


def test_plain_words_are_no_suspects() -> None:
    assert not Suspects(make_scanner(Settings(), Path()).asked)(["the", "parcel,", "“", "a.b"][:2]).any()


def test_words_that_find_no_room_are_looked_at_by_themselves() -> None:
    asked = make_scanner(Settings(), Path()).asked
    held = ["w" + bin(at)[2:].translate({48: "a", 49: "n"}) + "-@" * (at % 3) for at in range(1000)]
    some = Words(asked, lines=1 << 9)
    for _ in range(2):
        alone = looked_at(held, some, asked)
        assert 0 < alone.sum() < len(held)
    assert not looked_at(held[:100], some, asked).any()


def test_prose_without_findings_is_untouched_and_no_other() -> None:
    rng = random.Random(3)
    numbers = (
        *("order 84120397", "on 12.11.2024", "$1,299.00", "at 10:30"),
        *("EAN 4006381333931", "sizes 38-40", "ORD-2024-001234"),
    )
    rows = []
    for at in range(600):
        said = ["The parcel arrived late, so I'd like my money back.", "Is “blue” – or green – in stock?"]
        said += [f"It was {rng.choice(numbers)}, I think."] if at % 2 else []
        said += [f"My data: {rng.choice(VALUES)}"] if at % 20 == 0 else []
        messages = (Message("user", " ".join(said)), Message("assistant", "Naïve? Ça va: yes."))
        rows.append(Example(str(at), messages, "raw", 1, metadata={"customer": f"c{at}", "stars": 4.5}))
    stage = Pii(EVERY)
    untouched = stage.untouched(rows_table(rows))
    assert untouched.tolist() == [stage([row]) == Outcome([row], []) for row in rows]
    assert 0.9 < untouched.mean() < 0.96


def test_few_rows_load_no_compiled_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "numba")
    rows = rows_table([Example("", (Message("user", "plain"),), "raw", 1)] * 2048)
    sieve = Sieve(make_scanner(Settings(), Path()))
    assert not sieve.untouched(rows).any()
    assert sieve.untouched(rows).all()  # enough by now
