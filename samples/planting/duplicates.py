"""Exact duplicates in the same and other formats, near duplicates by light edits, and decoys."""

import random
import re
import unicodedata
from dataclasses import replace

from samples.jaccard import jaccard, shingles
from samples.layout import CSV, JSON_CHATS, MESSAGE_FILES, SINGLE_TURN_FILES, SYSTEM_PROMPTS
from samples.plan import Copy, Plan, single
from samples.shop.conversation import Row, Turn, render
from samples.shop.facts import draw
from samples.shop.topics import BY_NAME

NEAR_FLOOR, FAR_CEILING = 0.815, 0.77  # clear of 0.8, so that word boundaries can't decide
DECOY_FLOOR, DECOY_CEILING = 0.5, 0.75
NEAR_ORIGINALS, CHAINS, DECOYS = 105, 8, 60

SYNONYMS = {
    "planning": "organising", "packing": "getting ready", "neighbour": "cousin", "colleague": "workmate",
    "nights": "evenings", "wind": "breeze", "muddy": "soaked", "gear": "equipment", "old": "ancient",
    "finished": "done for", "clothes": "garments", "things": "items", "catalogue": "brochure",
    "link": "address", "brother": "sister", "mother": "aunt", "flatmate": "roommate", "guide": "leader",
    "thanks": "cheers", "help": "assistance", "grateful": "thankful", "reply": "response", "trek": "hike",
    "walk": "ramble", "friend": "pal", "alone": "by myself", "photograph": "paint", "volunteer": "help out",
    "unclear": "open", "worry": "fear", "hesitate": "waver", "enough": "sufficient", "picture": "photo",
    "jacket": "coat", "rucksack": "backpack", "camp": "stay", "hike": "wander", "climb": "scramble",
}  # fmt: skip

_TAILS = ("Best wishes.", "Kind regards from a loyal customer.", "Sent from my phone.", "Have a nice day.")
_GREETINGS = ("Greetings.", "Hiya.", "To whom it may concern.", "Hello again.")
_LONG_WORD = re.compile(r"\b[a-z]{6,}\b")


def plant_exact(plan: Plan) -> None:
    """Copies that are the same conversation after import, whatever the file says around it."""
    for variant, count in (("same_format", 30), ("other_format", 50), ("system_prompt", 20), ("spacing", 14)):
        for original in plan.take(count, single):
            _copy(plan, original, variant)
            if plan.rng.random() < 0.15:
                _copy(plan, original, variant)
    for original in plan.take(8, single):
        question = original.turns[0].question + " I found you through the Café Zoë in Besançon."
        original.turns = (Turn(question, original.turns[0].answer),)
        _copy(plan, original, "unicode")


def _copy(plan: Plan, original: Row, variant: str) -> None:
    copy = replace(original)
    if variant == "system_prompt":
        original.file, copy.file = plan.rng.sample(MESSAGE_FILES, 2)
        original.system, copy.system = plan.rng.sample(SYSTEM_PROMPTS, 2)
    elif variant == "other_format":
        original.file = original.file or plan.rng.choice(SINGLE_TURN_FILES)
        copy.file = plan.rng.choice([f for f in SINGLE_TURN_FILES if f != original.file])
    elif variant == "unicode":
        original.file, copy.file = JSON_CHATS, CSV
        copy.turns = tuple(_decomposed(turn) for turn in original.turns)
    else:
        original.file = original.file or plan.rng.choice(MESSAGE_FILES)
        copy.file = original.file
    if variant == "spacing":
        copy.turns = tuple(Turn(f"  {turn.question}\n", f"{turn.answer} ") for turn in original.turns)
    plan.rows.append(copy)
    plan.copies.append(Copy(original, copy, variant))


def _decomposed(turn: Turn) -> Turn:
    return Turn(unicodedata.normalize("NFD", turn.question), unicodedata.normalize("NFD", turn.answer))


def plant_near(plan: Plan) -> None:
    """Light edits of long rows. Some originals have two copies, some a chain whose ends differ more."""
    chains = 0
    for position, original in enumerate(
        plan.take(NEAR_ORIGINALS, lambda row: single(row) and row.words >= 54)
    ):
        first = _near(plan, original)
        if first is None:
            plan.untouched.append(original)
        elif position < 12:
            _near(plan, original, apart_from=first)
        elif chains < CHAINS:
            chains += _near(plan, first, chained_to=original) is not None


def _near(plan: Plan, of: Row, apart_from: Row | None = None, chained_to: Row | None = None) -> Row | None:
    """A row near `of`, in the plan; None when edits do not find one.

    To `apart_from` it is clearly near or clearly not, and to `chained_to` clearly not.
    """
    third = apart_from or chained_to
    for _ in range(200):
        row = replace(of, turns=_edited(plan.rng, of.turns), file=None)
        score, beside = _similarity(of, row), _similarity(third, row) if third else 0.0
        ceiling = FAR_CEILING if beside < NEAR_FLOOR or chained_to else 1.0
        if row.turns == of.turns or score < NEAR_FLOOR or beside > ceiling:
            continue
        if third and beside >= NEAR_FLOOR:
            plan.near.append((third, row))
        plan.rows.append(row)
        plan.near.append((of, row))
        return row
    return None


def _similarity(one: Row, other: Row) -> float:
    return jaccard(shingles(one.text), shingles(other.text))


def _edited(rng: random.Random, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """One to three edits that leave numbers, names and the meaning of the answer alone."""
    question, answer = turns[0].question, turns[0].answer
    for edit in rng.sample((_greeting, _tail, _synonym, _typo, _shout), rng.randrange(1, 4)):
        question = edit(rng, question)
    if rng.random() < 0.6:
        answer = _synonym(rng, answer) if rng.random() < 0.5 else f"{answer} {rng.choice(_TAILS)}"
    return (Turn(question, answer),)


def _greeting(rng: random.Random, text: str) -> str:
    return f"{rng.choice(_GREETINGS)} {text}"


def _tail(rng: random.Random, text: str) -> str:
    return f"{text} {rng.choice(_TAILS)}"


def _shout(_: random.Random, text: str) -> str:
    return text.replace("?", "??").replace(". ", "! ", 1)


def _synonym(rng: random.Random, text: str) -> str:
    known = [word for word in re.findall(r"[A-Za-z]+", text) if word in SYNONYMS]
    if not known:
        return text
    word = rng.choice(known)
    return re.sub(rf"\b{word}\b", SYNONYMS[word], text, count=1)


def _typo(rng: random.Random, text: str) -> str:
    """Two neighbouring letters change places inside a long lower-case word."""
    match = rng.choice(list(_LONG_WORD.finditer(text)))
    at = match.start() + rng.randrange(1, 4)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def plant_decoys(plan: Plan) -> None:
    """The same wording about something else: alike, right, and to be kept."""
    made = 0
    for original in plan.take(300, lambda row: single(row) and row.words >= 50):
        twin = _twin(plan, original) if made < DECOYS else None
        if twin is None:
            plan.untouched.append(original)
            continue
        plan.rows.append(twin)
        plan.decoys.append((original, twin))
        made += 1


def _twin(plan: Plan, original: Row) -> Row | None:
    if original.script is None:
        raise ValueError("a decoy needs the script of its original")
    facts = original.script.facts
    for _ in range(40):
        other = draw(plan.rng, BY_NAME[original.topic].subject)
        if other["name"] == facts["name"]:
            continue
        script = replace(original.script, facts={**other, "place": facts["place"], "month": facts["month"]})
        twin = Row(render(script), original.topic, script)
        if DECOY_FLOOR <= _similarity(original, twin) <= DECOY_CEILING:
            return twin
    return None
