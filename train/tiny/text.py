"""Generated pretraining text: plain sentences, and support dialogues whose answers depend on the question.

A grammar of patterns with `{slots}`. Within one pattern set a slot keeps its value, so an answer repeats the
question's order number, goods or city: copying from the prompt is what a base must learn before tuning.

Many names, and some other words, are coined from syllables. Whoever tunes this base will bring words that it
never met, and it must have learned to read and to copy what is spelled in pieces.
"""

import random
from collections.abc import Callable, Sequence

from train.tiny import words

Chat = list[dict[str, str]]

_SENTENCES = """
The {adjective} {noun} {past} in the {place}.
{person} {past} the {noun} and {past2} the {adjective} {noun2} {adverb}.
In {month}, {person} {past} to {city} with a {adjective} {noun}.
There is a {adjective} {noun} on the {noun2} near the {place}.
The {person} will {verb} the {noun} before {day}.
Please {verb} the {noun} {adverb} and {verb2} the {noun2}.
If you {verb} the {noun}, the {noun2} will be {adjective}.
We can {verb} your {noun} when the {noun2} is {adjective}.
How do I {verb} a {adjective} {noun}? First {verb2} the {noun2}, then wait {count} minutes.
"{adverb_c}," said the {person}, "the {noun} is too {adjective} for the {place}."
It took {count} days to {verb} the {noun} because the {noun2} was {adjective}.
The price of the {noun} is {price}, but the {adjective} {noun2} costs {price2}.
Every {day} the {person} {past} from the {place} to {city}.
Nobody in {city} {past} the {noun}, so the {person} {past2} it {adverb}.
You should not {verb} the {noun} if it is {adjective} or {adjective2}.
A {noun} is a kind of {noun2} that people {verb} in a {place}.
The {goods} comes in {colour}, {colour2} and {colour3}, and weighs {count} kilos.
My {person} has a {colour} {goods} that was made in {city}.
The {noun} and the {noun2} were both {adjective}, yet the {person} {past} only one of them.
On {day} at {hour} o'clock the {place} opens, and the {person} can {verb} the {noun}.
What is the {noun}? It is the {adjective} {noun2} that the {person} {past} {adverb}.
To {verb} the {goods}, turn the {noun} to the left, {verb2} it, and close the {noun2}.
Number {number} is a {adjective} {noun}; number {number2} is a {adjective2} {noun2}.
She {past} that the {noun} would {verb} the {place}, and she was right.
""".strip().splitlines()

_INTENTS = """
Q Where is my order {number}?
Q I ordered a {goods} {count} days ago and it is not here. The order number is {number}.
Q Can you tell me when order {number} will arrive?
A Order {number} left our warehouse and should arrive on {day}.
A Your order {number} is on its way to {city} and will be with you by {day}.
A I have checked order {number}: it is with the courier in {city} and arrives on {day}.

Q How can I return the {goods}?
Q The {goods} is not what I wanted. Can I send it back?
Q I would like to return a {colour} {goods}.
A You can return the {goods} within {count} days. Print the label and drop it off.
A Of course. Pack the {goods}, add the return label, and take it to the nearest post office.
A Yes, the {goods} can be sent back free of charge if it was not used.

Q When will I get my refund for the {goods}?
Q I returned order {number} but have no money back yet.
Q My refund of {price} is missing.
A The refund takes {count} working days after the parcel reaches us. You will get an email.
A We have sent {price} to your bank today. Please allow {count} days until it shows.

Q Do you have the {goods} in {colour}?
Q Is the {colour} {goods} in stock?
Q Which colours does the {goods} come in?
A Yes, we have the {goods} in {colour}, {colour2} and {colour3}.
A The {colour} {goods} is sold out, but we expect more on {day}.
A At the moment the {goods} comes in {colour} and {colour2} only.

Q Which size should I take for the {goods}?
Q Is the {goods} true to size? I usually wear {size}.
Q I am between {size} and {size2}, which one fits?
A The {goods} runs small, so take one size up. If you wear {size}, choose {size2}.
A For the {goods} we suggest {size}. You can change it for free if it does not fit.

Q I forgot my password.
Q I can't log in to my account.
Q How do I reset my password?
A Click on the link below the login form, and we will email you a new one for {count} hours.
A Please open the login page, choose reset password, and follow the steps in the email.

Q Can I change the delivery address of order {number}?
Q I moved to {city}. Please send order {number} to my new address.
A I have changed the address of order {number} to {city}.
A Order {number} is packed already, but the courier can send it on to {city}.

Q The {goods} arrived broken.
Q My {goods} stopped working after {count} days.
Q There is a crack in the {goods} that I got on {day}.
A I am sorry about the {goods}. We will send you a new one today. Keep the old one.
A The {goods} has a warranty of {count} months, so we will repair it for free.

Q How much does delivery to {city} cost?
Q Do you deliver to {city}?
Q How long does shipping to {city} take?
A Delivery to {city} costs {price} and takes {count} days.
A Yes, we deliver to {city}. It takes {count} working days and is free above {price2}.

Q How can I pay?
Q Do you take cards?
Q Can I pay for the {goods} by invoice?
A You can pay by card, bank transfer or invoice.
A We take all common cards, and you can pay by invoice within {count} days.

Q Please cancel order {number}.
Q I want to cancel the {goods} that I ordered on {day}.
A Order {number} is cancelled, and {price} will go back to your card.
A I have cancelled the {goods}. You will get an email to confirm it.

Q When do you open on {day}?
Q What are the opening hours of your shop in {city}?
A On {day} we are open from {hour} to {hour2} o'clock.
A The shop in {city} opens at {hour} o'clock and closes at {hour2} o'clock.

Q How do I wash the {goods}?
Q Can the {goods} go into the dryer?
Q How do I clean my {colour} {goods}?
A Wash the {goods} at {count} degrees with similar colours, and dry it flat.
A Clean the {goods} with a damp cloth and mild soap. Do not put it into the dryer.

Q My code {code} does not work.
Q How do I use the voucher {code}?
A The code {code} ended on {day}. Here is a new one: {code2}.
A Type {code} into the field at checkout, and {price} will be taken off.

Q What does it mean to {verb} a {noun}?
Q Tell me about the {noun} in {city}.
Q Who {past} the {noun}?
A The {noun} in {city} is {adjective}, and many people {verb} it in {month}.
A It was the {person} who {past} the {noun}, {adverb}, near the {place}.
""".strip()

_DIALOGUES = [
    tuple([line[2:] for line in intent.splitlines() if line[0] == side] for side in "QA")
    for intent in _INTENTS.split("\n\n")
]

_SYSTEMS = [
    "You are a helpful assistant.",
    "You are the {adjective} helper of a {place} in {city}.",
    "You answer questions of customers. Be {adjective} and {adjective2}.",
    "You work for a shop that sells the {goods}. Answer in short sentences.",
]
_OPENINGS = ["", "", "", "Hi, ", "Hello, ", "Good morning. ", "Dear team, ", "Hey there! ", "Please help. "]
_CLOSINGS = ["", "", "", " Thank you.", " Thanks!", " It was a {adjective} present.", " Best, {person}"]
_GREETINGS = ["", "", "Thank you for writing. ", "Hello! ", "Sure. ", "Good question. "]
_ENDINGS = ["", "", " Is there anything else?", " Have a good {day}!", " Just reply if you need more help."]

_COINED_NAMES, _COINED_WORDS = 0.5, 0.15  # how many names, and other words, are coined


def _syllable(rng: random.Random) -> str:
    return rng.choice(words.ONSETS) + rng.choice(words.VOWELS) + rng.choice(words.CODAS)


def coined(rng: random.Random) -> str:
    """A word of one to three syllables that hardly any language has."""
    syllables = rng.choice((1, 2, 2, 3))
    return "".join(_syllable(rng) for _ in range(syllables))


def _word(known: Sequence[str]) -> Callable[[random.Random], str]:
    return lambda rng: coined(rng) if rng.random() < _COINED_WORDS else rng.choice(known)


def _name(known: Sequence[str]) -> Callable[[random.Random], str]:
    return lambda rng: coined(rng).capitalize() if rng.random() < _COINED_NAMES else rng.choice(known)


def _product(rng: random.Random) -> str:
    """Goods by their name, by a coined one, or by a coined name of two words."""
    if rng.random() >= _COINED_NAMES:
        return rng.choice(words.GOODS)
    return coined(rng) if rng.random() < 0.5 else f"{coined(rng).capitalize()} {coined(rng).capitalize()}"


_SLOTS: dict[str, Callable[[random.Random], str]] = {
    "noun": _word(words.NOUNS),
    "verb": _word(words.VERBS),
    "past": _word(words.PAST),
    "adjective": _word(words.ADJECTIVES),
    "adverb": lambda rng: rng.choice(words.ADVERBS),
    "adverb_c": lambda rng: rng.choice(words.ADVERBS).capitalize(),
    "person": _name(words.PEOPLE),
    "place": _word(words.PLACES),
    "city": _name(words.CITIES),
    "goods": _product,
    "colour": lambda rng: rng.choice(words.COLOURS),
    "size": lambda rng: rng.choice(words.SIZES),
    "day": lambda rng: rng.choice(words.DAYS),
    "month": lambda rng: rng.choice(words.MONTHS),
    "count": lambda rng: str(rng.randint(2, 60)),
    "hour": lambda rng: str(rng.randint(6, 21)),
    "number": lambda rng: str(rng.randint(1000, 999_999)),
    "price": lambda rng: f"{rng.randint(2, 240)}.{rng.choice(['00', '50', '90', '95', '99'])}",
    "code": lambda rng: "".join(rng.choices("ABCDEFGHKLMNPRSTUVWXYZ", k=4)) + str(rng.randint(5, 50)),
}


class _Bound(dict[str, str]):
    """Slot values, drawn when first asked for and kept. A digit at the end makes a slot of its own."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self.rng = rng

    def __missing__(self, slot: str) -> str:
        self[slot] = _SLOTS[slot.rstrip("0123456789")](self.rng)
        return self[slot]


def passage(rng: random.Random) -> str:
    """A few plain sentences."""
    return " ".join(_fill(rng.choice(_SENTENCES), _Bound(rng)) for _ in range(rng.randint(3, 8)))


def chat(rng: random.Random) -> Chat:
    """A support dialogue of one or two exchanges, with a system message in most of them."""
    messages: Chat = []
    if rng.random() < 0.8:
        messages.append({"role": "system", "content": _fill(rng.choice(_SYSTEMS), _Bound(rng))})
    for _ in range(1 if rng.random() < 0.8 else 2):
        bound = _Bound(rng)
        questions, answers = rng.choice(_DIALOGUES)
        question = rng.choice(_OPENINGS) + rng.choice(questions) + rng.choice(_CLOSINGS)
        answer = rng.choice(_GREETINGS) + rng.choice(answers) + rng.choice(_ENDINGS)
        messages.append({"role": "user", "content": _fill(question, bound)})
        messages.append({"role": "assistant", "content": _fill(answer, bound)})
    return messages


def _fill(pattern: str, bound: _Bound) -> str:
    text = pattern.format_map(bound)
    return text[:1].upper() + text[1:]
