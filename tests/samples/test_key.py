"""The answer key tells the truth about the finished files."""

import json
import re
from itertools import combinations
from typing import Any

import phonenumbers
import pytest

from samples.answer_key import answer_key
from samples.generate import SEED
from samples.jaccard import jaccard, shingles
from samples.planting.answers import CORE_FACT
from samples.shop.conversation import CLEAN_CEILING, Row, Script, render
from samples.shop.topics import BY_NAME

DELETED = re.compile(r"[^\w\s]")


def _texts(made: Any) -> dict[tuple[str, int], str]:
    return {
        (file, line): item.text
        for file, items in made.files.items()
        for line, item in enumerate(items, start=1)
        if isinstance(item, Row)
    }


def _pair(entry: dict[str, Any]) -> frozenset[tuple[str, int]]:
    return frozenset((side["source"], side["line"]) for side in (entry["a"], entry["b"]))


def _joined_words(text: str) -> set[tuple[str, ...]]:
    """The other reading of "punctuation folded": marks vanish instead of parting words."""
    words = DELETED.sub("", text.casefold()).split()
    return {tuple(words[i : i + 5]) for i in range(max(1, len(words) - 4))}


def test_the_pairs_at_or_above_the_threshold_are_exactly_those_listed(made: Any) -> None:
    """Every pair of rows by brute force: no index, no filter."""
    sets = {at: shingles(text) for at, text in _texts(made).items()}
    near, exact = (made.key[name] for name in ("near_duplicates", "exact_duplicates"))
    listed = {_pair(entry) for entry in near}
    families = {_pair(entry) for entry in exact}
    scores = {}
    for (a, grams), (b, others) in combinations(sets.items(), 2):
        shared = len(grams & others)
        if shared / (len(grams) + len(others) - shared) >= 0.8:
            scores[frozenset((a, b))] = jaccard(grams, others)
    assert listed | families <= scores.keys()
    assert all(scores[pair] == 1.0 for pair in families)
    originals = {(e["a"]["source"], e["a"]["line"]) for e in exact}
    copies_of_one = {pair for pair in scores.keys() - listed - families if scores[pair] == 1.0}
    assert scores.keys() == listed | families | copies_of_one
    assert all(not pair & originals for pair in copies_of_one)
    for entry in near:
        assert scores[_pair(entry)] == pytest.approx(entry["jaccard"], abs=1e-6)


def test_no_pair_hangs_on_how_punctuation_is_folded(made: Any) -> None:
    texts = _texts(made)
    for name, low, high in (("near_duplicates", 0.8, 1.0), ("decoys", 0.4, 0.79)):
        for entry in made.key[name]:
            a, b = (_joined_words(texts[at]) for at in _pair(entry))
            assert low <= len(a & b) / len(a | b) <= high


def test_near_duplicates_keep_every_number(made: Any) -> None:
    texts = _texts(made)
    for entry in made.key["near_duplicates"]:
        a, b = (sorted(re.findall(r"\d[\d.,]*", texts[at])) for at in _pair(entry))
        assert a == b


def test_decoys_lie_between_half_and_three_quarters(made: Any) -> None:
    assert len(made.key["decoys"]) >= 50
    assert all(0.5 <= entry["jaccard"] <= 0.75 for entry in made.key["decoys"])


def test_an_accidental_near_duplicate_is_refused(made: Any) -> None:
    original = made.plan.untouched[0]
    stowaway = Row(original.turns, original.topic)
    made.plan.rows.append(stowaway)
    try:
        with pytest.raises(ValueError, match="alike by accident"):
            answer_key(SEED, made.plan, {**made.files, "raw/other": [stowaway]})
    finally:
        made.plan.rows.remove(stowaway)


def test_planted_values_stand_in_their_line(made: Any) -> None:
    texts = {
        (file, line): (item.text, item.system or "", item.contact or "")
        for file, items in made.files.items()
        for line, item in enumerate(items, start=1)
        if isinstance(item, Row)
    }
    values = [entry["value"] for entry in made.key["pii"]]
    assert len(values) == len(set(values))
    for entry in made.key["pii"]:
        text, system, contact = texts[(entry["source"], entry["line"])]
        held = {"system": system, "metadata": contact}.get(entry["where"], text)
        assert entry["value"] in held


def _values(made: Any, kind: str) -> list[str]:
    return [entry["value"] for entry in made.key["pii"] if entry["type"] == kind]


def test_cards_pass_luhn(made: Any) -> None:
    for value in _values(made, "card"):
        digits = [int(d) for d in value if d.isdigit()]
        doubled = [sum(divmod(2 * d, 10)) for d in digits[-2::-2]]
        assert (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
        assert len(digits) in (15, 16)


def test_ibans_pass_mod_97(made: Any) -> None:
    for value in _values(made, "iban"):
        plain = value.replace(" ", "")
        assert int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def test_phones_are_valid_numbers(made: Any) -> None:
    for value in _values(made, "phone"):
        assert phonenumbers.is_valid_number(phonenumbers.parse(value, "GB"))


def test_keys_have_the_shapes_of_their_makers(made: Any) -> None:
    shapes = (r"sk-(proj-)?\w+T3BlbkFJ\w+", r"AKIA[A-Z0-9]{16}", r"ghp_\w{36}", r"xoxb(-\d{12}){2}-[a-z]{24}")
    values = _values(made, "api_key")
    for shape in (*shapes, r"sk_live_\w{24}"):
        assert any(re.fullmatch(shape, value) for value in values)


def test_no_clean_question_or_answer_stands_twice(made: Any) -> None:
    rows = made.plan.untouched
    assert len(rows) > 700
    said = [tuple(turn.question for turn in row.turns) for row in rows]
    assert len(said) == len(set(said))
    for row in rows[:200]:
        for other in rows[:200]:
            assert row is other or jaccard(shingles(row.text), shingles(other.text)) <= CLEAN_CEILING


def test_swapped_rows_hold_each_others_answer(made: Any) -> None:
    swapped = [fault.row for fault in made.plan.swapped]
    assert 0.04 <= len(swapped) / len(made.plan.rows) <= 0.05
    for one, two in zip(swapped[::2], swapped[1::2], strict=True):
        assert one.turns == (_with_answer(one, render(_script(two))[0].answer),)
        assert two.turns == (_with_answer(two, render(_script(one))[0].answer),)


def _with_answer(row: Row, answer: str) -> Any:
    return type(row.turns[0])(row.turns[0].question, answer)


def _script(row: Row) -> Script:
    assert row.script is not None
    return row.script


def test_contradictions_share_the_question_and_differ_in_the_fact_asked_for(made: Any) -> None:
    for right, wrong in made.plan.contradictions:
        assert [t.question for t in right.turns] == [t.question for t in wrong.turns]
        fact = _script(right).facts[CORE_FACT[right.topic]]
        assert fact.casefold() in right.text.casefold()
        assert fact not in wrong.turns[0].answer.split()


def test_truncated_answers_are_the_start_of_the_right_one(made: Any) -> None:
    for fault in made.plan.truncated:
        answer, whole = fault.row.turns[0].answer, render(_script(fault.row))[0].answer
        assert whole.startswith(answer)
        assert len(answer.split()) < 0.7 * len(whole.split())
        assert ("right_answer" in fault.detail) == BY_NAME[fault.row.topic].catalogue


def test_no_row_is_planted_twice(made: Any) -> None:
    plan = made.plan
    planted: list[list[Row]] = [
        [row for copy in plan.copies for row in (copy.original, copy.copy)],
        [row for pair in plan.near for row in pair],
        [row for pair in plan.decoys for row in pair],
        [row for pair in plan.contradictions for row in pair],
        [secret.row for secret in plan.secrets],
        *(
            [fault.row for fault in faults]
            for faults in (plan.swapped, plan.truncated, plan.toxic, plan.escapes)
        ),
        plan.untouched,
    ]
    distinct = [set(rows) for rows in planted]
    assert sum(len(rows) for rows in distinct) == len(set().union(*distinct))


def test_every_kind_of_fault_stands_in_the_key(made: Any) -> None:
    empty = [name for name, entries in made.key.items() if name != "seed" and not entries]
    assert not empty
    kinds = {entry["kind"] for entry in made.key["malformed"]}
    assert {"broken_json", "invalid_utf8", "unknown_role", "empty_messages", "blank_text"} <= kinds
    assert any(int(entry["bytes"]) > 190_000 for entry in made.key["huge"])
    assert json.loads(json.dumps(made.key)) == made.key
