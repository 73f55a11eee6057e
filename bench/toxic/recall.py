"""What the quick modes lose: recall and precision against the labels given, on texts that no training saw."""

from collections.abc import Sequence

from bench.toxic.language import ADDED, CLASSES, MISSED, Labelled
from bench.toxic.training import Shape, held_out, trained
from curate.toxicity.cascade import CLEAN, CascadeScorer
from curate.toxicity.detoxify_scorer import PUBLISHED, DetoxifyScorer
from curate.toxicity.scorer import Scores

THRESHOLDS = (0.5, 0.8)
LABELS = PUBLISHED["original"]  # in the order of CLASSES


def report(texts: int, shape: Shape) -> None:
    """Trains where that was not done before, scores `texts` held out, and prints."""
    folder = trained(shape)
    held = held_out(texts)
    exact = DetoxifyScorer("original", folder, None)
    int8 = DetoxifyScorer("original", folder, None, "int8")
    words = [each.text for each in held]
    scores = {"exact": exact(words), "int8": int8(words), "cascade": CascadeScorer(int8, exact)(words)}
    doubtful = sum(max(score.values()) >= CLEAN for score in scores["int8"])
    print(
        f"{texts:,} texts held out, {sum(any(each.labels) for each in held):,} with a label; annotators miss "
        f"{MISSED:.0%} and add {ADDED:.1%}; {shape.layers} layers of {shape.hidden}, trained for this"
    )
    print(f"a cascade scores {doubtful:,} of them exactly, {doubtful / texts:.0%}")
    for number, label in enumerate(LABELS):
        given = [each.labels[number] for each in held]
        _print_label(label, given, {mode: [s[label] for s in each] for mode, each in scores.items()})
    for threshold in THRESHOLDS:
        _print_drops(threshold, held, scores)


def _print_label(label: str, given: Sequence[bool], scores: dict[str, list[float]]) -> None:
    areas = "  ".join(f"{mode} {auroc(given, values):.4f}" for mode, values in scores.items())
    print(f"  {label}: {sum(given)} given; AUROC {areas}")
    for threshold in THRESHOLDS:
        print(f"    at {threshold:g}: {'; '.join(_at(threshold, given, scores))}")


def _at(threshold: float, given: Sequence[bool], scores: dict[str, list[float]]) -> list[str]:
    parts: list[str] = []
    exact = [score >= threshold for score in scores["exact"]]
    for mode, values in scores.items():
        over = [score >= threshold for score in values]
        hits = sum(o and g for o, g in zip(over, given, strict=True))
        precision = f"{hits / sum(over):.3f}" if any(over) else "none found"
        part = f"{mode} recall {hits / sum(given):.3f} precision {precision}"
        if mode != "exact":
            part += f" ({sum(o != e for o, e in zip(over, exact, strict=True))} decide otherwise)"
        parts.append(part)
    return parts


def _print_drops(threshold: float, held: Sequence[Labelled], scores: dict[str, list[Scores]]) -> None:
    """What the stage does with its action `drop` and one threshold for all labels."""
    drops = {mode: [max(score.values()) >= threshold for score in each] for mode, each in scores.items()}
    given = [any(each.labels) for each in held]
    exact = drops["exact"]
    line = f"any label at {threshold:g}: {sum(exact)} dropped by exact scores"
    for mode in ("int8", "cascade"):
        pairs = list(zip(drops[mode], exact, strict=True))
        lost = sum(g and e and not m for g, (m, e) in zip(given, pairs, strict=True))
        gained = sum(g and m and not e for g, (m, e) in zip(given, pairs, strict=True))
        agree = sum(m == e for m, e in pairs) / len(pairs)
        line += (
            f"; {mode} misses {sum(e and not m for m, e in pairs)}, adds {sum(m and not e for m, e in pairs)}"
        )
        line += f", recall {(gained - lost) / sum(given):+.4f}, decisions agree {agree:.2%}"
    print(line)


def auroc(given: Sequence[bool], scores: Sequence[float]) -> float:
    """The chance that a text with the label scores higher than one without; ties count half."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks = [0.0] * len(scores)
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or scores[order[end]] != scores[order[start]]:
            for at in order[start:end]:
                ranks[at] = (start + end + 1) / 2
            start = end
    positives = sum(given)
    total = sum(rank for rank, label in zip(ranks, given, strict=True) if label)
    return (total - positives * (positives + 1) / 2) / (positives * (len(given) - positives))


assert len(LABELS) == len(CLASSES)
