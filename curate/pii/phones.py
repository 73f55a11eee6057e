"""Phone numbers by libphonenumber's metadata, accepted on evidence.

A ten-digit order number is a valid phone number somewhere, so validity alone is no evidence. Accepted are
- a number with its country code (`+44 (0)20 …`, `0049 …`), where the code makes its length possible: 0.75;
- a national number grouped as its own country groups it, or in the North American or the leading-zero
  European shape, real or fictional (`(555) 010-0199`, `01632 960123`): 0.5;
- a mobile number in bare digits with a leading zero: 0.5;
- anything else of seven digits or more only after a word such as `call` or `mobile`: 0.5.
Never what follows `order`, `invoice`, `tracking` and the like, a currency sign, `#` or a longer token, and
never what runs on into decimals or a unit. A number without country code, separators, leading zero or
word of context is missed: it looks like any other number.
"""

import re
from collections.abc import Iterable, Iterator

from curate.pii.chunks import CHUNK, in_chunks
from curate.pii.finding import Finding
from curate.pii.look import DIGIT, LooseGate
from curate.pii.lookalikes import is_lookalike
from curate.pii.numbering import LEAST_DIGITS
from curate.pii.phone_runs import digits_in, normal, numbers_in

REGIONS = ("US", "GB", "DE", "FR", "IN", "BR", "ES", "IT", "NL", "AU")
"""Where a number without country code may be from, beside the regions that a finder is made with; Canada
shares the US's plan."""

_RUN = re.compile(
    r"[+(\d](?<![\w@#€£$¥-].)(?<![€£$¥]\s.)(?<!\d[.,].)(?:(?<=\d)|(?<=[+(])\+?\d)"
    r"[\d ().\-/+]{4,}\d(?!\w)(?![.,]\d)"
    r"(?!\s?(?:[€£$¥%°]|(?:EUR|USD|GBP|INR|kg|g|cm|mm|km|m|ml|px|x)\b))"
)
_STRETCH = re.compile(r"[+(\d][\d ().\-/+]*")  # a run lies within one
_BEFORE, _AHEAD = 60, 8  # characters around a run that say whether it is a number


class PhoneFinder:
    """Looks at the stretches of seven digits or more between which nothing but telephone punctuation stands;
    most are short, and a long one is cut into chunks by itself."""

    name = "PhoneRecognizer"
    gates = (DIGIT, LooseGate(LEAST_DIGITS))
    chunked = False

    def __init__(self, regions: Iterable[str] = ()) -> None:
        self._regions = tuple(dict.fromkeys((*REGIONS, *regions)))

    def find(self, text: str) -> Iterator[Finding]:
        for stretch in _STRETCH.finditer(text):
            start, end = stretch.span()
            if end - start < LEAST_DIGITS or digits_in(stretch[0]) < LEAST_DIGITS:
                continue
            if end - start <= CHUNK:
                yield from self._within(text, start, end)
                continue
            left = max(0, start - _BEFORE)
            around = text[left : end + _AHEAD]
            for finding in in_chunks(lambda part: self._within(part, 0, len(part)), around):
                if start <= finding.start + left < end:
                    yield finding.moved(left)

    def _within(self, text: str, start: int, end: int) -> Iterator[Finding]:
        for run in _RUN.finditer(text, start, end + _AHEAD):
            if run.start() >= end:
                return
            if digits_in(run[0]) < LEAST_DIGITS:
                continue
            before = text[max(0, run.start() - _BEFORE) : run.start()]
            for at, until, score, national in numbers_in(run[0], before, self._regions):
                if is_lookalike("PHONE_NUMBER", text, run.start() + at, run.start() + until):
                    continue
                key = normal(run[0][at:until], national)
                yield Finding("PHONE_NUMBER", run.start() + at, run.start() + until, score, self.name, key)
