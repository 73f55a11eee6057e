"""A dataset version against the answer key: what was found, what was missed, what was lost besides."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from samples.scoring.built import Built, Key, Place, place
from samples.scoring.rates import Score, found, precise

SECRET_PIECE = 12  # characters of a key that must not stand anywhere, so that half a key is not enough


def score_build(key: Key, built: Built) -> dict[str, Score]:
    """One score by fault; every fraction is None where the key plants nothing of its kind."""
    return {
        "exact_duplicates": _duplicates(key, built, "exact_duplicates", "exact"),
        "near_duplicates": _duplicates(key, built, "near_duplicates", "near"),
        "decoys_kept": _all_kept(built, [p for d in key["decoys"] for p in (place(d["a"]), place(d["b"]))]),
        "malformed": _malformed(key, built),
        **{f"pii_{kind}": score for kind, score in _personal(key, built).items()},
        "pii_rows": _personal_rows(key, built),
        "toxic": _dropped_by(key, built, "toxic", "toxicity"),
        "huge": _dropped_by(key, built, "huge", "quality"),
        "contradictions": _contradictions(key, built),
        "escapes_kept": _all_kept(built, [place(entry) for entry in key["escapes"]]),
        "system_prompts": _system_prompts(built),
        "groups": _groups(key, built),
        "swapped_in_splits": dict(Counter(built.split_of.get(place(e), "dropped") for e in key["swapped"])),
        "clean_rows_lost": _lost(key, built),
    }


def _duplicates(key: Key, built: Built, planted: str, kind: str) -> Score:
    """A pair is found where at most one of its rows is left. Exact and near pairs vouch for both kinds."""
    pairs = [(place(entry["a"]), place(entry["b"])) for entry in key[planted]]
    single = [not (a in built.split_of and b in built.split_of) for a, b in pairs]
    missed = [pair for pair, right in zip(pairs, single, strict=True) if not right]
    alike = _alike(key)
    said = built.duplicates[built.duplicates["kind"] == kind]
    claims = list(zip(said["kept_place"], said["dropped_place"], strict=True))
    true = [frozenset(claim) in alike for claim in claims]
    wrong = [claim for claim, right in zip(claims, true, strict=True) if not right]
    return {
        **found(single, missed),
        **precise(true, wrong),
        "lost_with_their_twin": _orphans(pairs, alike, built),
    }


def _alike(key: Key) -> set[frozenset[Place]]:
    """Every true pair: the near ones listed, and any two of the same family of exact copies."""
    families: defaultdict[Place, set[Place]] = defaultdict(set)
    for entry in key["exact_duplicates"]:
        families[place(entry["a"])] |= {place(entry["a"]), place(entry["b"])}
    exact = {frozenset((a, b)) for family in families.values() for a in family for b in family if a != b}
    return exact | {frozenset((place(entry["a"]), place(entry["b"]))) for entry in key["near_duplicates"]}


def _orphans(pairs: Iterable[tuple[Place, Place]], alike: Collection[frozenset[Place]], built: Built) -> int:
    """Rows left out although no row is left that they duplicate."""
    gone = {at for pair in pairs for at in pair if at not in built.split_of}
    covered = {at for pair in alike for at in pair if pair & built.split_of.keys()}
    return len(gone - covered)


def _all_kept(built: Built, places: Collection[Place]) -> Score:
    kept = [at in built.split_of for at in places]
    return found(kept, [at for at, right in zip(places, kept, strict=True) if not right])


def _malformed(key: Key, built: Built) -> Score:
    """Rejected rows must stand in the rejects under their line; absent ones only must not come through."""
    entries = [entry for entry in key["malformed"] if entry["expect"] != "ignored"]
    right = [
        place(entry) in built.rejects if entry["expect"] == "rejected" else place(entry) not in built.split_of
        for entry in entries
    ]
    missed = [{**entry} for entry, ok in zip(entries, right, strict=True) if not ok]
    known = {place(entry) for entry in key["malformed"]}
    return {**found(right, missed), **precise([at in known for at in built.rejects], built.rejects - known)}


def _personal(key: Key, built: Built) -> dict[str, Score]:
    """By type, whether the value stands nowhere in the version. With a row dropped, its values are gone."""
    by_type: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in key["pii"]:
        by_type[entry["type"]].append(entry)
    scores = {}
    for kind, entries in sorted(by_type.items()):
        gone = [not any(piece in built.text for piece in _pieces(entry)) for entry in entries]
        missed = [
            (entry["where"], *place(entry)) for entry, right in zip(entries, gone, strict=True) if not right
        ]
        scores[kind] = found(gone, missed)
    return scores


def _pieces(entry: Mapping[str, Any]) -> list[str]:
    value = str(entry["value"])
    if entry["type"] != "api_key" or len(value) <= SECRET_PIECE:
        return [value]
    return [value[at : at + SECRET_PIECE] for at in range(0, len(value) - SECRET_PIECE + 1, SECRET_PIECE)]


def _personal_rows(key: Key, built: Built) -> Score:
    """Of the rows that the PII stage changed or dropped, those in which something was planted."""
    planted = {place(entry) for entry in key["pii"]}
    touched = _touched(built, "pii")
    return precise([at in planted for at in touched], [at for at in touched if at not in planted])


def _dropped_by(key: Key, built: Built, planted: str, stage: str) -> Score:
    """Whether the planted rows are gone; `dropped_by_stage` counts all that the stage dropped."""
    entries = [place(entry) for entry in key[planted]]
    gone = [at not in built.split_of for at in entries]
    missed = [at for at, right in zip(entries, gone, strict=True) if not right]
    events = built.ledger[(built.ledger["stage"] == stage) & (built.ledger["action"] == "dropped")]
    return {**found(gone, missed), "dropped_by_stage": len(events)}


def _touched(built: Built, stage: str) -> list[Place]:
    """Rows of the version that a stage edited, by the ids in the ledger."""
    events = built.ledger[(built.ledger["stage"] == stage) & (built.ledger["action"] == "edited")]
    ids = set(events["example_id"])
    return [at for at, example_id in built.ids.items() if example_id in ids]


def _contradictions(key: Key, built: Built) -> Score:
    """A pair is found where both rows are left and both are flagged."""
    pairs = [(place(entry["right"]), place(entry["wrong"])) for entry in key["contradictions"]]
    both = [all((at, "contradiction") in built.flagged for at in pair) for pair in pairs]
    missed = [pair for pair, right in zip(pairs, both, strict=True) if not right]
    planted = {at for pair in pairs for at in pair}
    flagged = [at for at, flag in sorted(built.flagged) if flag == "contradiction"]
    wrong = [at for at in flagged if at not in planted]
    return {**found(both, missed), **precise([at in planted for at in flagged], wrong)}


def _system_prompts(built: Built) -> Score:
    """Every example opens with the one system prompt of the version and holds no other."""
    systems = [
        tuple((position, m["content"]) for position, m in enumerate(messages) if m["role"] == "system")
        for messages in built.rows["messages"]
    ]
    usual = Counter(systems).most_common(1)[0][0]
    right = [system == usual and len(system) == 1 and system[0][0] == 0 for system in systems]
    return found(right, [at for at, ok in zip(built.rows["place"], right, strict=True) if not ok])


def _groups(key: Key, built: Built) -> Score:
    """Customers whose rows all stand in one split."""
    whole = {
        customer: len({built.split_of[place(e)] for e in entries if place(e) in built.split_of}) < 2
        for customer, entries in key["groups"].items()
    }
    return found(list(whole.values()), [customer for customer, right in whole.items() if not right])


def _lost(key: Key, built: Built) -> Score:
    """Rows that are not in the version, though neither a planting nor a reviewer's decision explains it."""
    explained = {place(e) for fault in ("toxic", "huge", "malformed", "truncated") for e in key[fault]}
    explained |= {at for pair in _alike(key) for at in pair}
    edits = built.ledger[(built.ledger["stage"] == "edits") & (built.ledger["action"] == "dropped")]
    if not edits.empty:
        explained |= {place(e) for e in key["swapped"]} | {place(e["wrong"]) for e in key["contradictions"]}
    every = {(file, line) for file, count in key["files"].items() for line in range(1, count + 1)}
    lost = sorted(every - explained - set(built.split_of))
    return {"rows": len(lost), "first": [list(at) for at in lost[:10]], "dropped_by_decision": len(edits)}
