"""The telephone numbers in a run of digits and telephone punctuation, by the evidence that `phones` names."""

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import phonenumbers

from curate.pii.numbering import LEAST_DIGITS, MOST_DIGITS, holding, may_be

STRICT_GROUPING = 2  # phonenumbers.Leniency: valid, and grouped as the country's formats group it

INTERNATIONAL = 0.75
NATIONAL = 0.5

_NOT_PHONE = re.compile(
    r"\b(?:order|invoice|receipt|tracking|track|parcel|shipment|ref|reference|ticket|case|sku|item|article|"
    r"product|model|part|serial|batch|account|policy|booking|customer|member|card|iban|isbn|ean|upc|gtin|"
    r"version|code|dates?|ssn|security|ip|po|rma|id|bestellnummer|auftrag|commande|pedido|arxiv(?:\.org/\w+)?)"
    r"(?:\W+(?:no|nr|num|number|numbers|nummer|id|code|ref|is|was|are|of|the|and|it|s)\b){0,3}[\W_]*\Z",
    re.IGNORECASE,
)
_PHONE_WORD = re.compile(
    r"\b(?:phone|telephone|tel|cell|cellphone|mobile|mob|handy|fax|call|called|calling|callback|ring|dial|"
    r"whatsapp|sms|text me|texted|hotline|helpline|landline|reach (?:me|us|him|her|them)|"
    r"contact number|my number|telefon|téléphone|teléfono|telefono|cellulare|móvil|portable|rufnummer|"
    r"handynummer|mobilnummer|komórka|puhelin)\b[^\n]{0,40}\Z",
    re.IGNORECASE,
)
_NANP = re.compile(
    r"(?<!\d)(?:\+?1[-. ]?)?"
    r"(?:\([2-9]\d{2}\) ?\d{3}[-. ]|[2-9]\d{2}([-.])\d{3}\1|[2-9]\d{2} [2-9]\d{2} )\d{4}(?!\d)"
)
_TRUNK_ZERO = re.compile(r"(?<![\d+])\(?0[1-9]\d{1,3}\)?[ /-]\d{3,4}(?:[ -]?\d{2,4}){1,2}(?!\d)")
_OTHER_SHAPE = re.compile(
    r"\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}"  # dates
    r"|\d{3}-\d{2}-\d{4}|\d{5}-\d{4,5}"  # US social security numbers, postcodes and their ranges
    r"|(?:\d{1,3} ?)?\((?:1[89]|20)\d\d\) ?\d{1,4}-\d{1,4}"  # years and pages, as in `28 (1979) 329-332`
    r"|\d{4}(?:[ -]\d{4}){3,}(?:[ -]\d{1,4})?|\d{4}[ -]\d{6}[ -]\d{5}"  # cards and IBANs
    r"|\d{1,3}(?:\.\d{1,3}){3}"  # IP addresses
)
_DECIMAL = r"(?:0|[1-9]\d{0,2})\.\d*"
_DECIMALS = re.compile(rf"\(?{_DECIMAL}(?:[ +()-]+{_DECIMAL})*")
_ABROAD = re.compile(r"(?:\+|\A00)(?:[ ().\-/]*\d){7}")
_HEAD = re.compile(r"\D*(?:\d\D*){22}(?=(?:\d\D*){10})")  # of a run that is longer than two numbers
_ABROAD_BEGINS = ("+", "(+")
_LEAD = re.compile(r"(?:[(+][ ().\-/]{0,4})?\+")
_ABROAD_MOST = re.compile(r"\D*(?:\d\D*){0,20}\d+")  # more digits than any country code and number have
_BETWEEN = re.compile(r" ?/+ ?| -+ ?|-+ |\.+ +| (?=[(+])")
_STRAY_DIGITS = 4  # beside a number, as in `415-555-0123 24/7`; more, and it is a piece of a longer one


class Number(NamedTuple):
    """`national` is its national number where libphonenumber has parsed it as it stands."""

    start: int
    end: int
    score: float
    national: int | None = None


class QuickMatcher(phonenumbers.PhoneNumberMatcher):
    """Parses only what may be a number: the same matches, in a fraction of the time. Where the package calls
    its own step otherwise one day, it is merely slow again."""

    def _parse_and_verify(self, candidate: str, offset: int) -> Any:
        if self.preferred_region and not may_be(candidate, self.preferred_region):
            return None
        return super()._parse_and_verify(candidate, offset)


def numbers_in(run: str, before: str, regions: tuple[str, ...]) -> list[Number]:
    """The numbers in a run of digits and phone punctuation, none overlapping another."""
    numbers: list[Number] = []
    left = digits_in(run)
    for step in _steps(run, before, regions):
        for number in step(run):
            if _put(number, numbers):
                left -= digits_in(run[number.start : number.end])
            if left < LEAST_DIGITS:
                break
        if left < LEAST_DIGITS:
            break
    return [number for number in numbers if number.score > NATIONAL or left <= _STRAY_DIGITS]


def _put(number: Number, numbers: list[Number]) -> bool:
    """Puts it among the others, sorted, if it overlaps none."""
    at = bisect(numbers, number)
    free = (at == 0 or numbers[at - 1].end <= number.start) and (
        at == len(numbers) or number.end <= numbers[at].start
    )
    if free:
        numbers.insert(at, number)
    return free


def _steps(run: str, before: str, regions: tuple[str, ...]) -> Iterator[Callable[[str], Iterable[Number]]]:
    """What may find a number here, the surest first."""
    if _ABROAD.search(run):
        yield _international
    bare = run.isdigit()
    after_word = _PHONE_WORD.search(before) is not None
    if bare and not after_word and not run.startswith("0"):
        return
    if _NOT_PHONE.search(before) or _OTHER_SHAPE.fullmatch(run.strip(" .-")):
        return
    if not after_word and _DECIMALS.fullmatch(run.strip(" .-+()")):
        return
    if not _begins(run, regions):
        return
    if bare:
        yield _bare_mobile
    else:
        yield _shaped
        yield partial(_by_region, regions)
    if after_word:
        yield _whole


def _begins(run: str, regions: tuple[str, ...]) -> bool:
    """Whether a long run may be numbers side by side: then one of them stands at its beginning."""
    head = _HEAD.match(run)
    if head is None:
        return True
    steps = (_international, _shaped, partial(_by_region, regions))
    starts = [number.start for step in steps for number in step(head[0])]
    return any(digits_in(head[0][:start]) <= _STRAY_DIGITS for start in starts)


def _international(run: str) -> Iterator[Number]:
    """Numbers with a country code, of a length that it makes possible. Each begins at a `+` or an opening
    bracket before it, and none goes on over the next: so each stretch from one to the next is looked at by
    itself, and no more of it than a number has digits."""
    plain = _plus(run)
    shift = len(run) - len(plain)
    leads = [match.start() for match in _LEAD.finditer(plain)]
    if leads and plain[: leads[0]][-1:].isdigit():  # a sum, or a version such as 30+20220630
        del leads[0]
    for at, until in pairwise([*leads, len(plain)]):
        stretch = _ABROAD_MOST.match(plain, at, until)
        if stretch is None or digits_in(stretch[0]) < LEAST_DIGITS:
            continue
        for match in phonenumbers.PhoneNumberMatcher(stretch[0], "ZZ", leniency=0):
            if LEAST_DIGITS <= digits_in(match.raw_string) <= MOST_DIGITS:
                start = at + match.start
                plain_form = match.raw_string.startswith(_ABROAD_BEGINS) and "(0)" not in match.raw_string
                national = match.number.national_number if plain_form else None
                yield Number(start + (shift if start else 0), at + match.end + shift, INTERNATIONAL, national)


def _shaped(run: str) -> Iterator[Number]:
    for shape in (_NANP, _TRUNK_ZERO):
        for match in shape.finditer(run):
            yield Number(match.start(), match.end(), NATIONAL)


def _by_region(regions: tuple[str, ...], run: str) -> Iterator[Number]:
    """Valid in a region and grouped as its numbers are written; a lone block of digits has no grouping. In a
    run that is longer than two numbers they stand between separators other than those within them."""
    if _HEAD.match(run) is None:
        yield from _grouped(run, 0, regions)
        return
    at = 0
    for between in (*_BETWEEN.finditer(run), None):
        end = between.start() if between else len(run)
        if digits_in(run[at:end]) >= LEAST_DIGITS and _HEAD.match(run, at, end) is None:
            yield from _grouped(run[at:end], at, regions)
        at = between.end() if between else end


def _grouped(run: str, at: int, regions: tuple[str, ...]) -> Iterator[Number]:
    for region in holding(run, regions):
        for match in QuickMatcher(run, region, leniency=STRICT_GROUPING):
            grouped = re.search(r"\d[^\d]+\d", match.raw_string)
            if grouped and LEAST_DIGITS <= digits_in(match.raw_string) <= MOST_DIGITS:
                yield Number(at + match.start, at + match.end, NATIONAL)


def _whole(run: str) -> Iterator[Number]:
    if LEAST_DIGITS <= digits_in(run) <= MOST_DIGITS:
        yield Number(0, len(run), NATIONAL)


def digits_in(text: str) -> int:
    return sum(map(str.isdigit, text))


def _bare_mobile(run: str) -> Iterator[Number]:
    """Ten or eleven digits from a leading zero that are some country's mobile number."""
    mobile = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    if re.fullmatch(r"0\d{9,10}", run) and any(
        phonenumbers.number_type(number) in mobile
        for region in ("GB", "DE", "FR", "ES", "IT", "NL", "AU")
        if (number := _parse(run, region)) is not None
    ):
        yield Number(0, len(run), NATIONAL)


def _plus(run: str) -> str:
    """The international prefix `00` as `+`, one character shorter."""
    return "+" + run[2:] if re.match(r"00[1-9]", run) else run


def normal(number: str, national: int | None) -> str:
    """The national number's digits, so that `+44 20 7946 0123` and `020 7946 0123` are one. `national` is
    Number's."""
    plain = re.sub(r"\(0\)", "", _plus(number))
    if national is None and plain.startswith(_ABROAD_BEGINS) and (parsed := _parse(plain, "US")) is not None:
        national = parsed.national_number
    digits = re.sub(r"\D", "", plain) if national is None else str(national)
    return re.sub(r"^1(?=[2-9]\d{9}$)", "", digits).lstrip("0") or digits


def _parse(number: str, region: str) -> Any | None:
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
