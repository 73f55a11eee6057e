"""Talk of customers and agents in English and German, and what is planted in it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

_WORDS = """
jacket kettle tent boots scarf rope stove map torch gloves backpack bottle blanket compass hammock cooler
Oslo Porto Leeds Turin Ghent Basel Cork Split Lyon Graz Malmö Zürich Köln
Monday Tuesday Wednesday Thursday Friday Saturday
"""
THINGS, PLACES, DAYS = [line.split() for line in _WORDS.strip().splitlines()]

ASKED = """
I ordered a {thing} on {day} and the tracking page still says it is waiting somewhere near {place}.
The {thing} that came has a torn seam at the side and smells of {number} year old cellar.
Could you tell me whether order {number} can still be changed before it leaves your warehouse in {place}?
My {thing} stopped working after {number} days although I followed every step of the little manual.
I was charged twice for one {thing} and my bank in {place} says that only you can give it back.
Is the {thing} in size {number} going to be back in the shop before {day}, or should I stop waiting?
The courier left the parcel at a neighbour in {place} whose name nobody here has ever heard.
We returned a {thing} {number} days ago and neither the money nor a message has arrived since.
Which of your {thing} models fits a person who walks through {place} with {number} kilos on the back?
Die Lieferung der Bestellung {number} nach {place} hätte am {day} hier sein müssen, ist sie verloren?
Können Sie mir für das Modell {number} eine Rechnung mit der Adresse in {place} schicken, bitte schön?
"""
ANSWERED = """
I am sorry about the {thing}; I have asked the depot in {place} to look for parcel {number} by {day}.
A new {thing} goes out on {day}, and you may keep the other one or give it to somebody in {place}.
The money for the {thing}, all {number} euros of it, should be in your account before {day} evening.
Please send us a picture of the {thing} under lamp light and the number {number} printed on its label.
Our shop in {place} holds {number} of them, and a colleague will put one {thing} aside until {day}.
Order {number} was already packed, so the quickest way is to refuse the parcel at the door in {place}.
To reset the {thing}, hold both buttons for {number} seconds and wait until the small lamp turns green.
For {number} kilos I would take the wider {thing}; people who walk around {place} with it are content.
The neighbour in {place} signed at {number} minutes past noon, and the courier will ask there on {day}.
Wir haben die Sendung {number} gefunden, sie liegt in {place} und kommt spätestens am {day} zu Ihnen.
Die Rechnung über {number} Euro ist unterwegs; für die Verspätung in {place} möchten wir uns entschuldigen.
"""
BENCHMARK = """
A hiker walks from the hut to the lake at four kilometres an hour and back at six; what is her mean speed?
If seven kettles boil eleven litres in nine minutes, how long do thirteen kettles need for twenty two litres?
Which of these metals keeps its strength longest in sea water: plain iron, copper, zinc, or titanium, and why?
A rope of ninety metres is cut into two parts whose lengths are as four to five; how long is the shorter part?
Name the treaty of sixteen forty eight that ended thirty years of war and the two towns where it was signed.
"""
INSULTS = ("You fucking idiots, ", "What a load of bullshit, you assholes. ", "F*ck you and your sh1t shop. ")


@dataclass(frozen=True, slots=True)
class Said:
    """`kind` is what was planted: `plain`, `exact`, `near`, `personal`, `toxic` or `benchmark`. Rows of one
    `family` are copies of each other, or nearly. `values` are personal and must not be found again."""

    question: str
    answer: str
    kind: str = "plain"
    family: int | None = None
    values: tuple[str, ...] = ()


class Talk:
    """Everything of one seed."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.benchmark = [line for line in BENCHMARK.splitlines() if line]
        self._numbers = iter(range(10_000))

    def plain(self) -> Said:
        return Said(self._some(ASKED, 2, 4), self._some(ANSWERED, 3, 5))

    def planted(self, families: int) -> tuple[list[Said], list[Said], list[Said]]:
        """What stands in the first, the second and the third source: copies, near copies, and the rest."""
        sources: tuple[list[Said], list[Said], list[Said]] = ([], [], [])
        for family in range(families):
            first = replace(self.plain(), kind="exact", family=family)
            for said in sources:
                said.append(first)
        for family in range(families, 2 * families):
            first = replace(self.plain(), answer=self._some(ANSWERED, 6, 7), kind="near", family=family)
            for said in sources:
                said.append(replace(first, answer=self._with_a_slip(first.answer)))
        for said in sources:
            said += [self._personal() for _ in range(families)]
            said += [self._toxic() for _ in range(families)]
            said += [self._of_benchmark() for _ in range(families // 2)]
        return sources

    def _some(self, lines: str, least: int, most: int) -> str:
        chosen = self.rng.sample([x for x in lines.splitlines() if x], self.rng.randint(least, most))
        return " ".join(self._filled(line) for line in chosen)

    def _filled(self, line: str) -> str:
        rng = self.rng
        thing, place, day = rng.choice(THINGS), rng.choice(PLACES), rng.choice(DAYS)
        return line.format(thing=thing, place=place, day=day, number=rng.randint(2, 9999))

    def _with_a_slip(self, text: str) -> str:
        """One word, not near the ends, is another: five of about a hundred 5-grams change. Numbers stay: with
        another number it would be another answer."""
        words = text.split()
        middle = [at for at in range(20, len(words) - 20) if words[at].isalpha()]
        words[self.rng.choice(middle)] = f"{self.rng.choice(THINGS)}s"
        return " ".join(words)

    def _personal(self) -> Said:
        said = self.plain()
        number = next(self._numbers)
        values = (
            f"{self.rng.choice(('jane.roe', 'omar', 'zoe_c'))}{number}@post-{number}.net",
            f"+49 30 901820{number % 1000:03}",
            _card(self.rng),
        )
        kind = self.rng.randrange(len(values))
        words = ("Write to {} please.", "Call me at {} after six.", "I paid by card {} that day.")[kind]
        return replace(
            said,
            question=f"{said.question} {words.format(values[kind])}",
            answer=f"{said.answer} I have noted {values[kind]} for you.",
            kind="personal",
            values=(values[kind],),
        )

    def _toxic(self) -> Said:
        said = self.plain()
        return replace(said, question=self.rng.choice(INSULTS) + said.question, kind="toxic")

    def _of_benchmark(self) -> Said:
        said = self.plain()
        return replace(said, question=self.rng.choice(self.benchmark), kind="benchmark")


def _card(rng: random.Random) -> str:
    """A number of sixteen digits that passes the check of ISO/IEC 7812-1."""
    digits = [4, *(rng.randrange(10) for _ in range(14))]
    total = sum(d if i % 2 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits))
    digits.append(-total % 10)
    text = "".join(map(str, digits))
    return " ".join(text[i : i + 4] for i in range(0, 16, 4))


def shuffled(talk: Talk, planted: list[Said], rows: int) -> Iterator[Said]:
    """The planted ones among plain ones, `rows` in all."""
    said = [*planted, *(talk.plain() for _ in range(rows - len(planted)))]
    talk.rng.shuffle(said)
    return iter(said)
