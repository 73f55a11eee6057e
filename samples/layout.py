"""Which row goes to which file, at which place, with which system prompt and customer around it."""

# ruff: noqa: E501 - a table is easier to read and to change with a row on one line

import random
from collections.abc import Sequence

from samples.plan import Broken
from samples.shop.conversation import Row

MESSAGE_FILES = ("raw/tickets-2024.jsonl", "raw/tickets-2025.jsonl")
JSON_CHATS = "raw/chats.json"
JSONL_CHATS = "raw/chats-archive.jsonl"
MACROS = "raw/macros.json"
CSV = "raw/faq.csv"
ALPACA = "raw/notes-alpaca.txt"
TAGS = "raw/notes-tags.txt"
CHATML = "raw/notes-chatml.txt"
LLAMA = "raw/notes-llama.txt"

WEIGHTS = {
    MESSAGE_FILES[0]: 20, MESSAGE_FILES[1]: 20, JSON_CHATS: 13, JSONL_CHATS: 10, MACROS: 10, CSV: 17,
    ALPACA: 3, TAGS: 3, CHATML: 2, LLAMA: 2,
}  # fmt: skip
MULTI_TURN_FILES = (*MESSAGE_FILES, JSON_CHATS, JSONL_CHATS)
SINGLE_TURN_FILES = tuple(WEIGHTS)

SYSTEM_PROMPTS = (
    "You are Fern, the cheerful assistant of Fable Outfitters. Always answer in rhyme.",
    "You answer for Fable Outfitters. Never name a price. Refer all questions to the shops.",
    "You are a helpful assistant.",
    "Be brief. One sentence at most. No greetings.",
    "Be as detailed as you can, at least three paragraphs, and greet the customer by name.",
    "Answer only in capital letters.",
)
HANDBOOK = " ".join(
    f"Rule {number}: {rule}"
    for number, rule in enumerate(
        (
            "greet every customer of Fable Outfitters as you would greet a friend who comes in from the rain,",
            "look up the product in the catalogue before you write a single word about its price or its weight,",
            "name the size that fits and say why it fits, for most parcels that come back were ordered too small,",
            "promise no delivery date that the courier has not promised, and give the days for the country asked about,",
            "explain washing by the material of the product, since down, wool and wax each die of the others' treatment,",
            "never discuss another customer, another customer's order or another customer's address with anybody,",
            "send a case to the night shift when money was charged twice, and write down what you have already tried,",
            "keep an answer shorter than the question wherever that can be done without leaving out a number,",
        ),
        start=1,
    )
)

CUSTOMERS = 210
FIRST_CUSTOMER = 1001


def choose_files(rng: random.Random, rows: Sequence[Row]) -> None:
    """A file for every row that has none yet; conversations of several turns only where they fit."""
    for row in rows:
        allowed = SINGLE_TURN_FILES if len(row.turns) == 1 else MULTI_TURN_FILES
        if row.file is None:
            row.file = rng.choices(allowed, weights=[WEIGHTS[file] for file in allowed])[0]


def dress(rng: random.Random, rows: Sequence[Row]) -> None:
    """Customers in tickets and in the CSV file; system prompts that contradict each other in tickets."""
    for row in rows:
        if row.file in MESSAGE_FILES:
            row.system = row.system or _system_prompt(rng)
            row.customer = _customer(rng) if rng.random() < 0.35 else None
        elif row.file == CSV:
            row.customer = _customer(rng) if rng.random() < 0.8 else None
        elif row.file == CHATML or (row.file == JSON_CHATS and rng.random() < 0.3):
            row.system = rng.choice(SYSTEM_PROMPTS)


def _system_prompt(rng: random.Random) -> str | None:
    return rng.choices((None, HANDBOOK, rng.choice(SYSTEM_PROMPTS)), weights=(35, 20, 45))[0]


def _customer(rng: random.Random) -> str:
    return f"C-{FIRST_CUSTOMER + rng.randrange(CUSTOMERS)}"


def arrange(
    rng: random.Random, rows: Sequence[Row], broken: Sequence[Broken]
) -> dict[str, list[Row | Broken]]:
    """The items of every file in their order; nothing broken comes first, where a format is detected."""
    files: dict[str, list[Row | Broken]] = {}
    for file in WEIGHTS:
        items: list[Row | Broken] = [row for row in rows if row.file == file]
        rng.shuffle(items)
        for item in broken:
            if item.file == file:
                items.insert(rng.randrange(3, len(items)), item)
        files[file] = items
    return files
