"""Gates for rewritten turns, against the turns that they are to replace. Each refusal has a name for the
ledger.

    turns · empty · unchanged · length · structure · literal_lost · literal_added · language
    · too_similar · too_different, after those of `curate.augment.answers`

Entities and meaning are judged besides, where a model is there (`curate.augment.senses`).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from curate.augment.alike import plain, similarity
from curate.augment.answers import manner
from curate.augment.literals import literals, quotations
from curate.augment.structure import as_json, leaves, structure_kept
from curate.augment.tongue import NAMES, foreign
from curate.augment.turns import Turns, all_text
from curate.augment.verdict import Refused, first_refused

_LENGTH_SLACK = 24  # characters: short texts double easily
_COMPARABLE = 40  # folded characters; shorter rewordings may share no 3-gram at all
_NAMED = 5  # literals named in a retry


@dataclass(frozen=True, slots=True)
class Band:
    """What a rewriting may be: `shortest` to `longest` times the characters of the old text, and a similarity
    of 3-grams from `least` to `most`."""

    shortest: float = 0.5
    longest: float = 2.0
    least: float = 0.03
    most: float = 0.85


def rewritten(
    old: Mapping[str, Sequence[str]], new: Turns, band: Band, *, same_language: bool = True
) -> float | Refused:
    """The similarity of the new texts to the old ones, or the first gate that they do not pass."""
    refused = _shape(old, new)
    if refused is None:
        befores = [text for texts in old.values() for text in texts]
        afters = [text for name in old for text in new[name]]
        refused = (
            manner(afters, befores)
            or _unchanged(old, new)
            or _length(befores, afters, band)
            or _each(structure_kept, befores, afters)
            or _each(_literals, befores, afters)
            or (_language(old, new) if same_language else None)
        )
    if refused is not None:
        return refused
    score = similarity(all_text(old), all_text(new))
    return _too_near_or_far(all_text(old), score, band) or score


def _shape(old: Mapping[str, Sequence[str]], new: Turns) -> Refused | None:
    for name, texts in old.items():
        if len(new[name]) != len(texts):
            role = name.removesuffix("_turns")
            words = f"it has {len(new[name])} {role} turns where the conversation has {len(texts)}"
            return Refused("turns", words, len(new[name]), len(texts))
        if any(not after and before.strip() for before, after in zip(texts, new[name], strict=True)):
            return Refused("empty", "a turn is empty")
    return None


def _unchanged(old: Mapping[str, Sequence[str]], new: Turns) -> Refused | None:
    """Each list by itself: where both sides are to change, neither may stay as it was."""
    for name, texts in old.items():
        if [plain(t) for t in new[name]] == [plain(t) for t in texts]:
            return Refused("unchanged", "it repeats the original; use other words")
    return None


def _length(befores: Sequence[str], afters: Sequence[str], band: Band) -> Refused | None:
    before, after = sum(map(len, befores)), sum(map(len, afters))
    ratio = after / max(1, before)
    if band.shortest <= ratio <= band.longest or abs(after - before) <= _LENGTH_SLACK:
        return None
    if ratio > 1:
        return Refused("length", "it is much longer than the original", ratio, band.longest)
    return Refused("length", "it is much shorter than the original", ratio, band.shortest)


def _literals(old: str, new: str) -> Refused | None:
    before, after = _said(old), _said(new)
    had, has = literals(before), literals(after)
    lost = (had - has) | {q for q in quotations(before) if q not in after}
    if lost:
        return Refused("literal_lost", f"these must be copied exactly: {_listed(lost)}")
    added = (has - had) | {q for q in quotations(after) if q.casefold() not in before.casefold()}
    if added:
        return Refused("literal_added", f"these do not stand in the original turn: {_listed(added)}")
    return None


def _said(text: str) -> str:
    value = as_json(text)
    return text if value is None else leaves(value)


def _language(old: Mapping[str, Sequence[str]], new: Turns) -> Refused | None:
    for name, texts in old.items():
        code = foreign("\n".join(texts), "\n".join(new[name]))
        if code is not None:
            return Refused("language", f"it is in {NAMES.get(code, code)}; keep the original's language")
    return None


def _too_near_or_far(old: str, score: float, band: Band) -> Refused | None:
    if score > band.most:
        words = "it is nearly the original; use other words and another structure"
        return Refused("too_similar", words, score, band.most)
    if score < band.least and len(plain(old)) >= _COMPARABLE:
        words = "it has nothing in common with the original; keep its language and meaning"
        return Refused("too_different", words, score, band.least)
    return None


def _each(
    gate: Callable[[str, str], Refused | None], befores: Sequence[str], afters: Sequence[str]
) -> Refused | None:
    return first_refused([gate(b, a) for b, a in zip(befores, afters, strict=True)])


def _listed(values: frozenset[str] | set[str]) -> str:
    named = sorted(values)
    rest = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return json.dumps(named[:_NAMED], ensure_ascii=False) + rest
