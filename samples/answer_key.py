"""The answer key: where every planted fault stands, by file and place. The product never reads it.

Near duplicates are not taken on trust: the key lists all pairs of the finished rows whose exact
similarity is 0.8 or more, and a pair that nobody planted is an error.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from samples.formats import Item
from samples.jaccard import pairs
from samples.plan import Broken, Fault, Plan
from samples.shop.conversation import Row

THRESHOLD = 0.8
WATCHED = 0.5  # below this, pairs are of no interest

Place = dict[str, Any]


def answer_key(seed: int, plan: Plan, files: Mapping[str, Sequence[Item]]) -> dict[str, Any]:
    """The key as JSON values. Raises ValueError when rows are alike that were not meant to be."""
    places = _places(files)
    scored = {frozenset((a, b)): score for a, b, score in _alike(plan.rows)}
    _check_nothing_accidental(plan, scored)

    def at(row: Row) -> Place:
        return dict(places[row])

    def faults(listed: Iterable[Fault]) -> list[Place]:
        return _sorted({**at(fault.row), **fault.detail} for fault in listed)

    def alike(one: Row, other: Row) -> Place:
        return {"a": at(one), "b": at(other), "jaccard": round(scored[frozenset((one, other))], 6)}

    return {
        "seed": seed,
        "files": {file: len(items) for file, items in files.items()},
        "exact_duplicates": [
            {"a": at(copy.original), "b": at(copy.copy), "variant": copy.variant, "expect": "one stays"}
            for copy in plan.copies
        ],
        "near_duplicates": [{**alike(one, other), "expect": "one stays"} for one, other in plan.near],
        "decoys": [{**alike(one, other), "expect": "both stay"} for one, other in plan.decoys],
        "contradictions": [
            {"right": at(right), "wrong": at(wrong), "expect": "both flagged contradiction"}
            for right, wrong in plan.contradictions
        ],
        "pii": _sorted(
            {**at(s.row), "type": s.type, "where": s.where, "value": s.value, "expect": "value gone"}
            for s in plan.secrets
        ),
        "toxic": [{**place, "expect": "dropped"} for place in faults(plan.toxic)],
        "swapped": [{**place, "expect": "high loss"} for place in faults(plan.swapped)],
        "truncated": [{**place, "expect": "high loss or dropped"} for place in faults(plan.truncated)],
        "system_prompts": [
            {**place, "expect": "replaced by the recipe's"}
            for place in _sorted(at(row) for row in plan.rows if row.system)
        ],
        "malformed": _sorted(
            {**places[item], "kind": item.kind, "expect": item.expect} for item in plan.broken
        ),
        "huge": [{**place, "expect": "dropped"} for place in faults(plan.huge)],
        "escapes": [{**place, "expect": "kept, shown harmlessly"} for place in faults(plan.escapes)],
        "groups": _groups(plan.rows, places),
    }


def _places(files: Mapping[str, Sequence[Item]]) -> dict[Row | Broken, Place]:
    return {
        item: {"source": file, "line": line}
        for file, items in files.items()
        for line, item in enumerate(items, start=1)
    }


def _alike(rows: Sequence[Row]) -> list[tuple[Row, Row, float]]:
    return pairs(((row, row.text) for row in rows), WATCHED)


def _check_nothing_accidental(plan: Plan, scored: Mapping[frozenset[Row], float]) -> None:
    planted = _tied(
        [*((c.original, c.copy) for c in plan.copies), *plan.near, *plan.decoys, *plan.contradictions]
    )
    for pair, score in scored.items():
        one, other = pair
        if planted.get(one) is None or planted.get(one) != planted.get(other):
            raise ValueError(f"rows alike by accident ({score:.2f}): {one.text!r} and {other.text!r}")
    meant = {frozenset(p) for p in plan.near} | {frozenset(p) for p in _copies_of_each_other(plan)}
    found = {pair for pair, score in scored.items() if score >= THRESHOLD}
    if meant != found:
        raise ValueError(
            f"{len(found - meant)} near duplicates were not meant, {len(meant - found)} are none"
        )


def _copies_of_each_other(plan: Plan) -> list[tuple[Row, Row]]:
    families: defaultdict[Row, list[Row]] = defaultdict(list)
    for copy in plan.copies:
        families[copy.original].append(copy.copy)
    return [
        (one, other)
        for original, copies in families.items()
        for position, one in enumerate([original, *copies])
        for other in copies[position:]
    ]


def _tied(planted: Iterable[tuple[Row, Row]]) -> dict[Row, int]:
    """Rows that planting ties together, directly or through a third, share a number."""
    number: dict[Row, int] = {}
    for one, other in planted:
        old, new = number.get(other), number.setdefault(one, len(number))
        number[other] = new
        if old is not None:
            number.update({row: new for row, n in number.items() if n == old})
    return number


def _groups(rows: Iterable[Row], places: Mapping[Row | Broken, Place]) -> dict[str, list[Place]]:
    groups: defaultdict[str, list[Place]] = defaultdict(list)
    for row in rows:
        if row.customer:
            groups[row.customer].append(dict(places[row]))
    return {customer: _sorted(groups[customer]) for customer in sorted(groups) if len(groups[customer]) > 1}


def _sorted(listed: Iterable[Place]) -> list[Place]:
    return sorted(listed, key=lambda place: (place["source"], place["line"]))
