"""Tickets as a help desk exports them: semicolons, line ends inside cells, HTML, and the header once more
wherever two exports were put together. One file a year; the older one is of Windows and says it nowhere."""

import random
from pathlib import Path

from messy.talk import Said, Talk, shuffled
from messy.written import Written

HEADER = "Ticket-ID;Created;Subject;Customer e-mail;Body;Agent reply;Tags;CSAT"
BROKEN_EVERY = 40  # about one record in so many is broken on top of what was said


def write_tickets(folder: Path, talk: Talk, planted: list[Said], rows: int) -> list[Written]:
    """`tickets-2024.csv` in UTF-8 with a mark, `tickets-2017.csv` in Windows-1252. Returns every record."""
    folder.mkdir(parents=True)
    old = rows // 4
    said = list(shuffled(talk, planted, rows))
    return [
        *_write(folder / "tickets-2017.csv", "cp1252", talk.rng, said[:old]),
        *_write(folder / "tickets-2024.csv", "utf-8-sig", talk.rng, said[old:]),
    ]


def _write(path: Path, encoding: str, rng: random.Random, said: list[Said]) -> list[Written]:
    source = f"raw/{path.parent.name}/{path.name}"
    records = [HEADER]
    written: list[Written] = []
    for number, each in enumerate(said):
        if rng.randrange(BROKEN_EVERY) == 0:
            broken, record = rng.choice(_BROKEN)
            records.append(record)
            written.append(Written(source, len(records) - 1, broken))
        records.append(_record(number, each, rng))
        written.append(Written(source, len(records) - 1, said=each))
    path.write_bytes("\r\n".join([*records, ""]).encode(encoding))
    return written


_BROKEN = (
    ("the header again", HEADER),
    ("nothing", ""),
    ("empty cells", ";;;;;;;"),
    ("a cell too many", "T-1;2024-02-03;Hi; there;a@b.example;What now?;This.;shipping;5"),
    ("cells missing", "T-2;2024-02-03;Lost;x@y.example;Where is it?"),
    ("no reply", "T-3;2024-02-03;Lost;x@y.example;Where is my parcel now?;;shipping;"),
    ("no question", "T-4;2024-02-03;Lost;x@y.example;;We are sorry for the delay.;shipping;3"),
    ("a quote that stays open", 'T-5;2024-02-03;"Lost;x@y.example;Where is it?;Here.;shipping;3'),
    ("a total at the end", "Total;1234;;;;;;"),
)


def _record(number: int, said: Said, rng: random.Random) -> str:
    question, answer = said.question, said.answer
    if said.kind == "plain":
        question, answer = _dressed(question, rng), _signed(answer, rng)
    cells = [
        f"T-{rng.randint(10**5, 10**6)}",
        f"2024-0{rng.randint(1, 9)}-1{rng.randint(0, 9)} 0{rng.randint(0, 9)}:17",
        rng.choice(('Re: "your" order', "Lieferung; dringend!", "", "Question – urgent", "N/A")),
        f"customer{number // 3}@post-{number // 3}.example",
        question,
        answer,
        rng.choice(("shipping, refund", "", "returns", "Größe")),
        rng.choice(("", "5", "4,5", "n/a")),
    ]
    return ";".join(_cell(cell, rng) for cell in cells)


def _dressed(text: str, rng: random.Random) -> str:
    dress = rng.randrange(4)
    if dress == 0:
        first, _, rest = text.partition(". ")
        return f'<p class="body">{first}.</p>\r\n<p>{rest}&nbsp;<br/></p>'
    if dress == 1:
        return "Hello,\r\n\r\n" + text.replace(". ", ".\r\n") + '\r\n\r\nOn 3 May you wrote:\r\n> "see below"'
    if dress == 2:
        return f"  {text} \u2013 that\u2019s all\u2026\u00a0"
    return text


def _signed(text: str, rng: random.Random) -> str:
    return text if rng.random() < 0.5 else f"{text}\r\n\r\nKind regards,\r\nFable Outfitters"


def _cell(text: str, rng: random.Random) -> str:
    if any(c in text for c in ';"\r\n') or rng.random() < 0.2:
        return '"' + text.replace('"', '""') + '"'
    return text
