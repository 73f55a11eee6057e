"""PII: what is found and what it costs, against Presidio's own batch engine in the same run.

    python -m bench.pii [--texts 4000] [--full 400] [--rounds 5] [--characters 50000]

1. Precision and recall by entity type, on text with planted values, of ours and of Presidio as it comes.
2. Texts a second against `BatchAnalyzerEngine` with the same recognisers (ours, registered with it), whose
   findings must be the same, and against the engine with Presidio's own recognisers of these types. Both run
   with `NoOpNlpEngine`, Presidio's fastest. Rounds alternate, the ratio is the median over them.
3. Seconds of processor time for one document of what regular expressions and libphonenumber are slow on:
   repeated pieces, random digits with punctuation, lists of nothing but telephone numbers.
"""

import argparse
import logging
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

from presidio_analyzer import (
    AnalyzerEngine,
    BatchAnalyzerEngine,
    LocalRecognizer,
    RecognizerRegistry,
    RecognizerResult,
    predefined_recognizers,
)
from presidio_analyzer.nlp_engine import NlpArtifacts, NoOpNlpEngine

from bench.text.hostile import hostile
from bench.text.support import Planted, full, texts
from curate.pii.engine import make_scanner
from curate.pii.entities import PATTERNS, threshold
from curate.pii.finder import Finder
from curate.pii.finding import Finding, resolve
from curate.pii.locales import LANGUAGES
from curate.pii.scanner import Scanner
from schemas.recipe import Pii

LOCALES = ("us", "uk", "de", "es", "it", "pl")
_CLEAN_TARGET, _FULL_TARGET, _SECONDS_TARGET = 10.0, 1.0, 1.0
_WARM_UP = 1000  # characters
_STOCK_THRESHOLD = 0.4  # of Presidio's own recognisers: what its telephone numbers score
_BATCH = 200

T = TypeVar("T")
P = ParamSpec("P")
Spans = frozenset[tuple[str, int, int]]


class Ours(LocalRecognizer):
    """One of our finders as a recogniser of Presidio's engine."""

    def __init__(self, finder: Finder, entities: list[str], number: int) -> None:
        super().__init__(supported_entities=entities, name=f"{finder.name} {number}")
        self._finder = finder

    def load(self) -> None:
        """Nothing to load."""

    def analyze(
        self,
        text: str,
        entities: list[str],  # noqa: ARG002
        nlp_artifacts: NlpArtifacts,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        return [RecognizerResult(f.entity, f.start, f.end, f.score) for f in self._finder.find(text)]


def main() -> int:
    options = _options()
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    rng = random.Random(7)
    stock = _engine(_stock())
    failed = not _quality(make_scanner(Pii(locales=LOCALES), Path()), stock, full(rng, options.full))
    sets = {
        "5 % of the texts, no other numbers": (texts(rng, options.texts, 0.05, 0.0), _CLEAN_TARGET),
        "5 % of the texts, other numbers in 15 % of the sentences": (
            texts(rng, options.texts, 0.05, 0.15),
            _CLEAN_TARGET,
        ),
        "every second sentence": (full(rng, options.full), _FULL_TARGET),
    }
    for recipe, settings in {
        "the default": Pii(),
        f"locales {', '.join(LOCALES)}": Pii(locales=LOCALES),
    }.items():
        scanner = make_scanner(settings, Path())
        same = _engine(_adapted(scanner))
        print(f"\n== {recipe}: {len(scanner.finders)} recognisers, those of secrets among them")
        for name, (planted, target) in sets.items():
            holding = sum(any(map(str.isdigit, p.text)) for p in planted) / len(planted)
            print(f"\nvalues in {name}: {_mean(planted):.0f} characters on average, digits in {holding:.0%}")
            failed |= not _speed(scanner, same, stock, [p.text for p in planted], options.rounds, target)
    failed |= not _adversarial(options.characters)
    return int(failed)


def _quality(scanner: Scanner, stock: BatchAnalyzerEngine, planted: Sequence[Planted]) -> bool:
    """Prints the table. A finding counts where type and both ends are right."""
    wanted = [frozenset(p.spans) for p in planted]
    ours = _scan(scanner, [p.text for p in planted])
    theirs = [_resolved(results, _STOCK_THRESHOLD) for results in _analyze(stock, [p.text for p in planted])]
    print(
        f"{'type':<16}{'planted':>8}{'precision':>11}{'recall':>8}   Presidio as it comes: precision  recall"
    )
    least = 1.0
    for entity in sorted({span[0] for spans in wanted for span in spans}):
        planted_n, precision, recall = _rates(entity, wanted, ours)
        _, their_precision, their_recall = _rates(entity, wanted, theirs)
        least = min(least, precision, recall)
        print(
            f"{entity:<16}{planted_n:>8}{precision:>11.3f}{recall:>8.3f}{their_precision:>34.3f}{their_recall:>8.3f}"
        )
    others = Counter(e for got, want in zip(ours, wanted, strict=True) for e, _, _ in got - want)
    print(f"found but not planted, by type: {dict(sorted(others.items())) or 'none'}")
    return least > 0.8


def _rates(entity: str, wanted: Sequence[Spans], got: Sequence[Spans]) -> tuple[int, float, float]:
    planted = sum(span[0] == entity for spans in wanted for span in spans)
    found = sum(span[0] == entity for spans in got for span in spans)
    right = sum(span[0] == entity for w, g in zip(wanted, got, strict=True) for span in w & g)
    return planted, right / found if found else 0.0, right / planted


def _speed(
    scanner: Scanner,
    same: BatchAnalyzerEngine,
    stock: BatchAnalyzerEngine,
    documents: Sequence[str],
    rounds: int,
    target: float,
) -> bool:
    batches = [documents[i : i + _BATCH] for i in range(0, len(documents), _BATCH)]
    ours: list[Spans] = []
    theirs: list[Spans] = []
    seconds: dict[str, list[float]] = {"ours": [], "same": [], "stock": []}
    for number in range(rounds):
        batch = batches[number % len(batches)]
        found, took = _timed(_scan, scanner, batch)
        results, same_took = _timed(_analyze, same, batch)
        _, stock_took = _timed(_analyze, stock, batch)
        ours += found
        theirs += [_resolved(each) for each in results]
        for name, value in (("ours", took), ("same", same_took), ("stock", stock_took)):
            seconds[name].append(value / len(batch))
    ratios = {
        name: statistics.median(o / t for o, t in zip(seconds[name], seconds["ours"], strict=True))
        for name in ("same", "stock")
    }
    per_s = {name: 1 / statistics.median(values) for name, values in seconds.items()}
    print(f"ours {per_s['ours']:,.0f} texts/s")
    print(f"Presidio's engine, same recognisers: {per_s['same']:,.0f} texts/s; ours is {ratios['same']:.1f}x")
    print(f"Presidio's engine, its own: {per_s['stock']:,.0f} texts/s; ours is {ratios['stock']:.1f}x")
    differ = sum(o != t for o, t in zip(ours, theirs, strict=True))
    print(
        f"findings: {sum(map(len, ours))}; texts whose findings differ from the same recognisers': {differ}"
    )
    for mine, other in [(o, t) for o, t in zip(ours, theirs, strict=True) if o != t][:10]:
        print(f"  ours only {sorted(mine - other)}, Presidio's only {sorted(other - mine)}")
    met = ratios["same"] >= target and differ == 0
    print(f"target {target:.0f}x with the same findings: {'met' if met else 'MISSED'}")
    return met


def _adversarial(characters: int) -> bool:
    """What a process loads once, patterns and tables of telephone numbers, is loaded by short documents."""
    documents = hostile(random.Random(7), characters)
    short = hostile(random.Random(8), _WARM_UP)
    worst = 0.0
    for name, settings in (
        ("the default", Pii()),
        (f"locales {', '.join(LOCALES)}", Pii(locales=LOCALES)),
        ("all locales and URL", Pii(locales=tuple(LANGUAGES), entities={"URL": "redact"})),
    ):
        scanner = make_scanner(settings, Path())
        for text in short.values():
            scanner.scan(text)
        took: dict[str, float] = {}
        unfinished = 0
        for each, text in documents.items():
            began = time.process_time()
            unfinished += bool(scanner.scan(text).timeouts)
            took[each] = time.process_time() - began
        slowest = sorted(took, key=lambda each: -took[each])[:4]
        worst = max(worst, took[slowest[0]])
        listed = ", ".join(f"{each!r} {took[each]:.2f} s" for each in slowest)
        print(
            f"\n{len(documents)} adversarial documents of {characters:,} characters, {name}: "
            f"out of time {unfinished}; slowest {listed}"
        )
    print(f"target {_SECONDS_TARGET:.0f} s a document: {'met' if worst <= _SECONDS_TARGET else 'MISSED'}")
    return worst <= _SECONDS_TARGET


def _adapted(scanner: Scanner) -> list[LocalRecognizer]:
    """Each finder under a type of its own: the engine asks all of them for all types anyway."""
    return [Ours(finder, [f"FINDER_{i}"], i) for i, finder in enumerate(scanner.finders)]


def _stock() -> list[LocalRecognizer]:
    """Presidio's own of the default types and the locales' countries, its telephone recogniser among them."""
    made: list[LocalRecognizer] = []
    for name in predefined_recognizers.__all__:
        kind = getattr(predefined_recognizers, name)
        country = getattr(kind, "COUNTRY_CODE", None)
        entity = getattr(kind, "__module__", "")
        if country in LOCALES or (country is None and ".generic." in entity):
            recogniser = kind()
            if country or set(recogniser.supported_entities) & set(PATTERNS):
                recogniser.supported_language = "en"
                made.append(recogniser)
    return made


def _engine(recognisers: Sequence[LocalRecognizer]) -> BatchAnalyzerEngine:
    registry = RecognizerRegistry(recognizers=list(recognisers), supported_languages=["en"])
    nlp = NoOpNlpEngine(models=[{"lang_code": "en", "model_name": "none"}])
    nlp.load()
    return BatchAnalyzerEngine(AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"]))


def _analyze(engine: BatchAnalyzerEngine, documents: Sequence[str]) -> list[list[RecognizerResult]]:
    return list(engine.analyze_iterator(documents, language="en", batch_size=_BATCH))


def _resolved(results: Sequence[RecognizerResult], least: float | None = None) -> Spans:
    """By the rules that ours go by: thresholds by type, overlaps made one."""
    findings = [Finding(r.entity_type, r.start, r.end, r.score, "") for r in results]
    return _spans(
        resolve(f for f in findings if f.score >= (threshold(f.entity) if least is None else least))
    )


def _spans(findings: Sequence[Finding]) -> Spans:
    return frozenset((f.entity, f.start, f.end) for f in findings)


def _scan(scanner: Scanner, documents: Sequence[str]) -> list[Spans]:
    return [_spans(scanner.scan(text).findings) for text in documents]


def _timed(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> tuple[T, float]:
    began = time.perf_counter()
    return call(*args, **kwargs), time.perf_counter() - began


def _mean(planted: Sequence[Planted]) -> float:
    return statistics.mean(len(p.text) for p in planted)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=int, default=4000)
    parser.add_argument("--full", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--characters", type=int, default=50_000)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
