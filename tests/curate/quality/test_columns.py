"""What a rule says of columns is what it says of each example: a row that passes gets no verdict."""

import sys
import unicodedata
from typing import Any

import numpy as np
import pyarrow as pa
from asking import conversation
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.quality.columns import MEASURES, Asked, Measured, features_of, passed
from curate.quality.hashed_words import hashed_words
from curate.quality.rules import RULES, rules_asked
from curate.quality.text import words
from schemas.example import Example, Message, hash_messages
from schemas.recipe import Quality
from schemas.row_table import rows_table

CONSERVATIVE = ("answer_repeats_question", "html_leftover")  # by column they know fewer of those that pass
SETTINGS = Quality(min_words=3, max_tokens=40)

# Of which each rule objects to some, with what deceives a look at the bytes: letters of several cases and
# forms, white space beyond ASCII, scripts without spaces, marks that join or are left out.
PIECES = """
I can't help with that.|I’M SORRY, BUT I CANNOT ASSIST WITH THIS|as an AI language model|
Als Kİ kann ich|Я НЕ МОГУ вам помочь с этим|作为一个人工智能|として|En tant qu'IA|[Your Name]|{{order}}|
LOREM IPSUM|lorem ıpsum|TODO:|todo|Tbd|FİXME: x|_____|【姓名】|<your name>|<b>|</b>|<|`|```|```py|<|
im_start|>|[INST]|### Response:|USER: |ASSISTANT:|<s>|</s>|the|, and|and the|,|.|!|…|。|”|»|)|(|
- item|1. one|https://x.io|one two three four|one, TWO three… Four|
word word word word word word|a b a b a b a b a b|ß ẞ ss|ﬁnd find|ŉ|K k ſ s|straße STRASSE|
don't dont don’t|é é|한국어 문장|日本語の文|ภาษาไทย|𝐀𝐁 𐐀|👍🏽 👍|٣ 3 ³ Ⅷ|़|‍|­|﻿|א ב|ا ب|x|Regards,|Thanks|
&nbsp;|<br>|<p>|</p>|html|fÃ¼r|itâ€™s|�|--|On 3 May 2024 Jane wrote:|From: me|Subject: it|
To: you|Sent from my iPhone|thıs emaıl ıs confıdential|THIS E-MAIL MAY BE CONFIDENTIAL|
Am 3. Mai schrieb Jo:|Я, 3 мая, написал:|What is the time
""".replace("\n", "").split("|")
SPACES = ["", " ", "\n", "\t", "\r\n", "\x1c", "\x85", "\xa0", "\u2003", "\u2028", "\u3000", "\0", "\u200b"]

texts = st.lists(
    st.tuples(
        st.one_of(
            st.sampled_from(PIECES),
            st.sampled_from(PIECES),
            st.text(st.characters(codec="utf-8"), max_size=12),
        ),
        st.sampled_from(SPACES),
        st.sampled_from([1, 1, 1, 2, 5, 21]),
    ),
    max_size=6,
).map(lambda parts: "".join((piece + space) * times for piece, space, times in parts))
messages = st.builds(
    Message,
    st.sampled_from(["user", "assistant", "assistant", "system", "tool"]),
    texts,
    tool_calls=st.sampled_from([None, None, None, None, "", '[{"name":"look","arguments":{"q":"日本"}}]']),
)


def example(said: tuple[Message, ...]) -> Example:
    return Example(hash_messages(said), said, "raw.jsonl", 1)


echoed = st.tuples(texts, texts).map(
    lambda t: (Message("user", t[0]), Message("assistant", f"{t[0]} {t[1]}"))
)
rows = st.lists(st.one_of(st.lists(messages, max_size=5).map(tuple), echoed).map(example), max_size=8)


def passing(rule: str, table: pa.Table, settings: Quality = SETTINGS) -> list[bool]:
    found: list[bool] = passed([rule], Measured().of_table(table), settings).tolist()
    return found


MARKED = """
TODO|tbd|fixme|lorem|ipsum|lorem ipsum|<|>|</|<!--|-->|`|```|{{|}}|[|]|[Name]|your name|insert|_____|:|p|BR|td
|<b>|</b>|s>|<s>|</s>|<start_of_turn>|<|im_end|>|INST]|###| Response:|USER:|user: |&|&nbsp;|<E_MAIL_1>|x|x|.
""".replace("\n", "").split("|")
marked = st.lists(
    st.tuples(st.sampled_from([*MARKED, "|", "<|"]), st.sampled_from(["", "", " ", "\n", "\x1c"])),
    max_size=10,
).map(lambda parts: "".join(piece + space for piece, space in parts))


@settings(max_examples=200)
@given(st.lists(marked, min_size=1, max_size=20))
def test_marks_are_seen_in_columns_where_code_and_tags_are_cut_out(answers: list[str]) -> None:
    rows = [conversation("What?", answer) for answer in answers]
    table = rows_table(rows)
    for rule in ("placeholder", "template_leftover", "html_leftover"):
        alone = [RULES[rule](row, SETTINGS) is None for row in rows]
        by_column = passing(rule, table)
        assert all(one or not other for one, other in zip(alone, by_column, strict=True)), rule
        assert by_column == alone or rule in CONSERVATIVE, rule


@settings(max_examples=30)
@given(rows=rows)
def test_a_row_that_passes_by_column_passes_alone(rows: list[Example]) -> None:
    table = rows_table(rows)
    for rule in MEASURES:
        alone = [RULES[rule](row, SETTINGS) is None for row in rows]
        by_column = passing(rule, table)
        assert all(one or not other for one, other in zip(alone, by_column, strict=True)), rule
        assert by_column == alone or rule in CONSERVATIVE, rule


def test_columns_know_every_kind_of_verdict() -> None:
    """Else the test above would say little."""
    answers = {
        "empty_answer": " \u2003",
        "too_short": "Yes.",
        "too_long": "word " * 100,
        "repetition": "so it goes " * 12,
        "refusal": "I’m sorry, but I can’t help with that.",
        "truncated_answer": "You can find it in the",
        "placeholder": "Dear [Customer Name], hello",
        "template_leftover": "Fine. <|im_end|>",
        "answer_repeats_question": "what IS a good question, again?",
        "html_leftover": "Ten&nbsp;of them.",
        "mojibake": "Das ist fÃ¼r Sie.",
        "email_leftover": "Yes, they are.\n-- \nJane",
    }
    assert set(answers) == set(MEASURES)
    fine = conversation("What is a good question again?", "One that has an answer.")
    for rule, answer in answers.items():
        bad = conversation("What is a good question again?", answer)
        assert passing(rule, rows_table([fine, bad, fine])) == [True, False, True], rule
        # Rows from the middle of a table lie in the middle of its bytes.
        assert passing(rule, rows_table([bad, fine, bad, fine]).slice(1, 2)) == [True, False], rule


def test_thresholds_are_held_against_what_was_measured() -> None:
    table = rows_table([conversation("Why?", "word " * n) for n in (1, 5, 50)])
    known = Measured().of_table(table)
    assert passed(["too_short"], known, Quality(min_words=5)).tolist() == [False, True, True]
    assert passed(["too_long"], known, Quality(max_tokens=20)).tolist() == [True, True, False]
    assert passed([], known, Quality()).tolist() == [True] * 3


def test_a_rule_without_a_measure_is_asked_row_by_row_and_heeds_its_own_settings() -> None:
    german = conversation("Was?", "Das ist ein ganz gewöhnlicher deutscher Satz über das Wetter.")
    english = conversation("What?", "This is an ordinary English sentence about the weather.")

    def feature(**more: Any) -> Asked:
        options = Quality(**{"languages": ("en",), **more})
        (asked,) = (f for f in features_of(rules_asked(options), options, 2) if isinstance(f, Asked))
        return asked

    asked = feature()
    assert asked([german, english])["language"].tolist() == [False, True]
    assert feature(min_words=7).key == asked.key
    assert feature(languages=("de",)).key != asked.key
    assert "language" not in rules_asked(Quality())


@given(one=texts, other=texts)
def test_equal_words_have_equal_hashes(one: str, other: str) -> None:
    assert_same_words([one, other, one.upper(), f"{one} {other}"])


def test_every_character_is_folded_as_words_folds_it() -> None:
    characters = [
        c for c in map(chr, range(sys.maxunicode)) if unicodedata.category(c) not in ("Cn", "Co", "Cs")
    ]
    some = [c for c in characters if c < "\u3100" or (c > "\uf8ff" and c < "\U00010500")] + characters[::97]
    assert_same_words([f"a{c}b {c} {c}c" for c in some])


def assert_same_words(texts: list[str]) -> None:
    known = hashed_words(pa.array(texts, pa.string()), np.ones(len(texts), dtype=bool))
    spelled = [words(text) for text in texts]
    assert known.sizes.tolist() == list(map(len, spelled))
    hashes = [known.hashes[s : s + n].tolist() for s, n in zip(known.starts, known.sizes, strict=True)]
    of_word = {w: h for ws, hs in zip(spelled, hashes, strict=True) for w, h in zip(ws, hs, strict=True)}
    assert hashes == [[of_word[word] for word in text] for text in spelled]
    assert len(set(of_word.values())) == len(of_word)
