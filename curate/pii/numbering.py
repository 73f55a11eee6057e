"""Numbering plans: whether a region's telephone numbers can stand in a run of digits.

libphonenumber's matcher, at leniency STRICT_GROUPING, parses each piece of a run again for every region,
which takes half a millisecond. What it accepts is a piece from the beginning of a block of digits to the end
of one, of which the last digits, after a country code and a national prefix at most, are a valid number of
the country, each group of one of the country's formats whole within a block. That is asked here of the same
metadata, by lengths first (remembered, as many runs have the same) and by digits then. A yes may be wrong, a
no never is.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import phonenumbers
from phonenumbers import PhoneMetadata
from phonenumbers.data import _ALT_NUMBER_FORMATS

Lengths = tuple[int, ...]
_Looks = Callable[[str, int, int], re.Match[str] | None]
_Numbers = dict[int, tuple[_Looks, tuple[tuple[Lengths, int, _Looks], ...]]]
_Form = tuple[int, _Looks, tuple[tuple[Lengths, _Looks], ...]]

LEAST_DIGITS = 7
MOST_DIGITS = 15  # ITU-T E.164

_BLOCK = re.compile(r"\d+")
_TYPES = (
    *("premium_rate", "toll_free", "shared_cost", "voip", "personal_number"),
    *("pager", "uan", "voicemail", "fixed_line", "mobile"),
)
_LONGEST_BLOCK = 20  # digits; the matcher cuts a longer one
_LONGEST_PREFIX = 8  # digits of a national prefix with a carrier's code
_FEW_REGIONS = 4
_PLAIN_FORMAT = re.compile(r"(?:\(\\d(?:\{\d+(?:,\d+)?\})?\))+")
_SUFFIX_RULE = re.compile(r"\\\d")


@dataclass(frozen=True)
class _Plan:
    """`numbers[n]`: what the country's numbers of n digits look like, and the ways in which it writes them,
    as lengths of groups, the largest of them, and how such numbers begin. `drops`: how many digits may stand
    before the number, `prefix`: which. `abroad`: what is dialled before another country's code."""

    abroad: re.Pattern[str]
    prefix: re.Pattern[str]
    drops: tuple[int, ...]
    numbers: _Numbers


def holding(run: str, regions: tuple[str, ...]) -> Iterator[str]:
    """The regions, in their order, of which the matcher may find a number in groups, theirs or one from
    abroad, in a run of digits and punctuation: LEAST_DIGITS to MOST_DIGITS digits in two blocks or more.
    None is looked at before it is asked for."""
    blocks = _BLOCK.findall(run)
    lengths = tuple(map(len, blocks))
    if "+" in run or max(lengths, default=0) > _LONGEST_BLOCK:
        yield from regions
        return
    digits = "".join(blocks)
    starts = (0, *accumulate(lengths))[:-1]
    from_abroad: dict[str, bool] = {}  # by what is dialled before: many regions have the same

    def dialled(plan: _Plan) -> bool:
        known = from_abroad.get(plan.abroad.pattern)
        if known is None:
            known = any(plan.abroad.match(digits, start) for start in starts)
            from_abroad[plan.abroad.pattern] = known
        return known

    for region in regions:
        plan = _plan(region)
        if (
            plan is None
            or dialled(plan)
            or any(_held(plan, digits, blocks, stretch, region) for stretch in _stretches(lengths))
        ):
            yield region


def _held(plan: _Plan, digits: str, blocks: list[str], stretch: "_Stretch", region: str) -> bool:
    """Whether these blocks of a run may be a number. Asked so often that it calls as little as it can."""
    first, last, start, end, lengths = stretch
    prefix = plan.prefix.fullmatch
    for n, looks, ways in _forms(region, end - start, last - first, max(lengths)):
        at = end - n
        if not (looks(digits, at, end) and prefix(digits, start, at)):
            continue
        for groups, begins in ways:
            if (
                begins(digits, at, end)
                and _fit(groups, lengths)
                and _stand(groups, digits[at:end], " ".join(blocks[first:last]))
            ):
                return True
    return False


def may_be(candidate: str, region: str) -> bool:
    """Whether a candidate, whole, may be a number of `region` as it is written there, or one from abroad."""
    plan = _plan(region)
    blocks = _BLOCK.findall(candidate)
    if plan is None or "+" in candidate or not blocks:
        return True
    digits = "".join(blocks)
    whole = _Stretch(0, len(blocks), 0, len(digits), tuple(map(len, blocks)))
    return bool(plan.abroad.match(digits)) or _held(plan, digits, blocks, whole, region)


class _Stretch(NamedTuple):
    """Blocks `first` to `last` of a run, the digits from `start` to `end`, that may be a number: how long
    each of these is."""

    first: int
    last: int
    start: int
    end: int
    blocks: Lengths


@lru_cache(maxsize=1 << 12)
def _stretches(lengths: Lengths) -> tuple[_Stretch, ...]:
    bounds = (0, *accumulate(lengths))
    return tuple(
        _Stretch(i, j, bounds[i], bounds[j], lengths[i:j])
        for i in range(len(lengths))
        for j in range(i + 2, len(lengths) + 1)
        if LEAST_DIGITS <= bounds[j] - bounds[i] <= MOST_DIGITS
    )


@lru_cache(maxsize=1 << 14)
def _forms(region: str, total: int, blocks: int, largest: int) -> tuple[_Form, ...]:
    """How many digits a number may have that ends so many in so many blocks, the largest of this size; what
    it looks like; and the groups that it may be in, with how it begins then. Each block but those before the
    number has a group."""
    plan = _plan(region)
    forms = []
    for drop in plan.drops if plan else ():
        looks, ways = plan.numbers.get(total - drop, (None, ())) if plan else (None, ())
        fitting = tuple(
            (groups, begins)
            for groups, largest_group, begins in ways
            if largest_group <= largest and blocks - len(groups) <= drop
        )
        if looks and fitting:
            forms.append((total - drop, looks, fitting))
    return tuple(forms)


@lru_cache(maxsize=1 << 16)  # many countries write numbers in the same groups
def _fit(groups: Lengths, blocks: Lengths) -> bool:
    """Whether the groups can stand in the blocks in this order, each whole within one."""
    at, room = 0, blocks[0]
    for group in groups:
        while room < group:
            at += 1
            if at == len(blocks):
                return False
            room = blocks[at]
        room -= group
    return True


def _stand(groups: Lengths, number: str, written: str) -> bool:
    """Whether the number's groups stand in what is written, in this order and each unbroken."""
    begin = at = 0
    for group in groups:
        at = written.find(number[begin : begin + group], at)
        if at < 0:
            return False
        begin += group
        at += group
    return True


@cache
def _plan(region: str) -> _Plan | None:
    """None for a country that writes its numbers in ways that this module doesn't know."""
    metadata: Any = PhoneMetadata.metadata_for_region(region, None)
    code = metadata.country_code
    main: Any = PhoneMetadata.metadata_for_region(phonenumbers.region_code_for_country_code(code), None)
    rule = metadata.national_prefix_transform_rule
    formats = [*main.number_format, *main.intl_number_format, *_ALT_NUMBER_FORMATS.get(code, ())]
    if not all(map(_is_plain, formats)) or (rule and not _SUFFIX_RULE.fullmatch(rule)):
        return None
    shared = phonenumbers.region_codes_for_country_code(code)
    countries = [PhoneMetadata.metadata_for_region(each, None) for each in shared]
    abroad = re.compile(metadata.international_prefix or r"(?!)")
    valid = {n: _valid(n, countries) for n in _possible_lengths(countries)}
    numbers: _Numbers = {
        n: (re.compile(rf"(?:{'|'.join(looks)})\Z").match, tuple(_ways(n, formats)))
        for n, looks in valid.items()
        if looks
    }
    return _Plan(abroad, *_before(str(code), metadata.national_prefix_for_parsing or ""), numbers)


def _is_plain(form: Any) -> bool:
    """Groups of digits by number alone, and nothing but separators put between them."""
    digits_added = re.search(r"\d", re.sub(r"\\\d", "", form.format))
    return _PLAIN_FORMAT.fullmatch(form.pattern) is not None and digits_added is None


def _before(code: str, prefix: str) -> tuple[re.Pattern[str], tuple[int, ...]]:
    """The country code is dropped, a national prefix, or both, then the prefix even twice: what they look
    like, and how many digits that may be."""
    longest = len(prefix) if prefix.isdigit() or not prefix else _LONGEST_PREFIX
    drops = {*range(longest + 1), *(len(code) + n for n in range(2 * longest + 1))}
    looks = rf"(?:{code})?(?:{prefix}){{0,2}}" if prefix.isdigit() or not prefix else r"\d*"
    return re.compile(looks), tuple(sorted(drops))


def _possible_lengths(countries: list[Any]) -> set[int]:
    return {n for country in countries for n in country.general_desc.possible_length}


def _ways(n: int, formats: list[Any]) -> Iterator[tuple[Lengths, int, _Looks]]:
    by_groups: dict[Lengths, set[str]] = {(n,): {""}}
    for form in formats:
        written = re.sub(form.pattern, form.format, "0" * n)
        leading = form.leading_digits_pattern[-1] if form.leading_digits_pattern else ""
        by_groups.setdefault(tuple(map(len, _BLOCK.findall(written))), set()).add(leading)
    for groups, leading in by_groups.items():
        begins = "" if "" in leading else "|".join(sorted(leading))
        yield groups, max(groups), re.compile(begins).match


def _valid(n: int, countries: list[Any]) -> list[str]:
    """Patterns of valid numbers of n digits. Of many countries under one code the general ones suffice."""
    kinds = _TYPES if len(countries) <= _FEW_REGIONS else ("general_desc",)
    patterns = set()
    for country in countries:
        for kind in kinds:
            described = getattr(country, kind)
            if described is None or not described.national_number_pattern:
                continue
            if not described.possible_length or n in described.possible_length:
                patterns.add(described.national_number_pattern)
    return sorted(patterns)
