"""What is known of one example, in short for the screen and in full for `i`. Plain text, not yet gated."""

import math
from dataclasses import dataclass

from curate.history.why import describe
from curate.statements import in_words
from schemas.decision import Decision
from schemas.example import Example
from schemas.ledger import Event
from train.dynamics.columns import SIGNALS
from tui.model.corpus import ABSENT
from tui.model.losses import Losses
from tui.model.outcome import moment
from tui.model.review import Review
from tui.model.workbench import Workbench

Section = tuple[str, list[str]]
_SEEN = 0.005  # nats/token: what is told as a difference


@dataclass(frozen=True, slots=True)
class Chip:
    """A short fact; `alert` where a reviewer should look. `steady` where every example has it, as wide."""

    text: str
    alert: bool = False
    steady: bool = False


def status(review: Review) -> str:
    """What matters most first: `12/2,000 · 66 left · 34 today · ada · queue loss, nats/token`. Each
    row's number stands in the list and is not said again: over SSH, what stands still costs nothing."""
    progress = review.progress
    parts = [
        f"{progress.position:,}/{progress.total:,}",
        f"{progress.left:,} left",
        f"{progress.today:,} today",
        review.verdicts.annotator + (", blind" if review.blind else ""),
    ]
    if review.filter_text:
        parts.append(f"showing {review.filter_text}")
    if review.marks.count:
        parts.append(f"{review.marks.count:,} marked")
    parts.append(
        f"queue {review.queue.name}"
        + (f" by {review.sorted_by.name}" if review.sorted_by else "")
        + (f", {review.unit}" if review.unit else "")
    )
    if progress.team is not None:
        parts.append(f"team {progress.team:,}/{len(review.corpus):,}")
    if review.losses is not None:
        parts.append(f"run {review.losses.run}")
    if review.deal is not None:
        parts.append(f"dealt to {len(review.deal.team)}, overlap {review.deal.overlap:.0%}")
    return " · ".join(parts)


def chips(bench: Workbench, row: int, example: Example) -> list[Chip]:
    """What every example has comes first, in numbers of one width: over SSH, what stands still costs nothing.
    Then the verdict, flags and the ledger, and tags."""
    review = bench.review
    found = _loss_chips(review.losses, row) if review.losses is not None else []
    found.append(Chip(f"{example.split} · {example.source}:{example.line}", steady=True))
    decision, look = review.verdicts.current(row), review.verdicts.flag(row)
    if decision is not None:
        found.append(Chip(f"you: {decision.verdict}" + (f", {decision.reason}" if decision.reason else "")))
    if look is not None:
        found.append(Chip(f"second look: {look.note or 'no note'}", alert=True))
    if review.losses is not None and review.losses.truncated[row]:
        found.append(Chip("truncated", alert=True))
    if review.losses is not None and review.queue.name in SIGNALS:
        found += _signal_chips(review, review.losses, row)
    events = bench.ledger.events(example.example_id)
    found += [Chip(_flag(flag, events), alert=True) for flag in example.flags]
    found += [Chip(_short(event)) for event in events if event.reason not in example.flags]
    found += [Chip(f"#{tag}") for tag in example.tags]
    beside_parent = example.parent_id and review.corpus.row_of(example.parent_id) != ABSENT
    if example.origin != "imported" and not beside_parent:  # which is seen
        found.append(Chip(example.origin))
    if example.parent_id and not beside_parent:
        found.append(Chip("its parent is not in this version", alert=True))
    return found


def story(bench: Workbench, row: int) -> list[Section]:
    """The example's whole story under headings."""
    review = bench.review
    example = review.corpus.example(row)
    events = bench.ledger.events(example.example_id)
    pairs = bench.ledger.stood_for(example.example_id)
    sections: list[Section] = [
        ("Example", _origin(example, review.corpus.version)),
        ("Ledger", [describe(event) for event in events] or ["no stage changed or flagged it"]),
        *_matched(bench, events),
        (
            "Stands for",
            [f"{p.dropped_source}:{p.dropped_line} ({p.kind}, Jaccard {p.jaccard:.2f})" for p in pairs],
        ),
        (
            "Decisions",
            [_decision_line(d) for d in review.decisions_on(example.example_id)] or ["nobody decided yet"],
        ),
    ]
    if review.losses is not None:
        sections.append((f"Run {review.losses.run}", _loss_lines(review.losses, row)))
        sections.append(("Over time", review.losses.dynamics.lines(row)))
    system = [m.content for m in example.messages if m.role == "system"]
    sections.append(("System prompt", system))
    return [(heading, lines) for heading, lines in sections if lines]


def _loss_chips(losses: Losses, row: int) -> list[Chip]:
    adapter, base = losses.adapter[row], losses.base[row]
    if math.isnan(adapter):
        return [Chip(f"no loss in run {losses.run}")]
    moved = f"loss base {base:5.2f} → adapter {adapter:5.2f} ({adapter - base:+.2f})"
    return [
        Chip(f"loss {adapter:5.2f}", steady=True)
        if math.isnan(base)
        else Chip(moved, alert=bool(adapter - base >= _SEEN), steady=True),
        Chip(f"worst token {losses.max_token_nll[row]:5.2f}", steady=True),
        Chip(f"{losses.n_tokens[row]:4d} tokens", steady=True),
    ]


def _signal_chips(review: Review, losses: Losses, row: int) -> list[Chip]:
    """Why the example stands where it does: the parts of the noise rank, or the queue's own number."""
    signal = review.signal_at(row)
    if review.queue.name == "noise":
        parts = ", ".join(f"{part} {share:.2f}" for part, share in losses.dynamics.parts(row))
        return [Chip(f"noise {signal:.2f}: {parts}")]
    if review.queue.name in ("loss", "gain", "rise"):
        return []
    known = f"{signal:.2f} {review.queue.unit}" if signal == signal else "never"
    return [Chip(f"{review.queue.name} {known}")]


def _flag(flag: str, events: list[Event]) -> str:
    """The flag, with the score of the event that set it."""
    return next((flag + _score(event) for event in events if event.reason == flag), flag)


def _short(event: Event) -> str:
    what = event.reason.removeprefix(f"{event.action}:")  # pii's reasons begin with what was done
    done = "" if event.action == "flagged" else f"{event.action} "
    return f"{event.stage}: {done}{what}{_score(event)}"


def _score(event: Event) -> str:
    return f" {event.score:.2f}" if event.score is not None else ""


def _matched(bench: Workbench, events: list[Event]) -> list[Section]:
    """The examples that the ledger sets this one against, in full: a reviewer must see both to judge."""
    corpus = bench.review.corpus
    reasons: dict[str, str] = {event.matched_id: event.reason for event in events if event.matched_id}
    sections: list[Section] = []
    for example_id, reason in reasons.items():
        row = corpus.row_of(example_id)
        if row != ABSENT:
            other = corpus.example(row)
            said = [f"{m.role}: {m.content}" for m in other.turns]
            sections.append((f"{reason} with {other.source}:{other.line}", said))
    return sections


def _origin(example: Example, version: str) -> list[str]:
    lines = [
        f"id {example.example_id}",
        f"{example.origin} from {example.source}:{example.line}",
        f"split {example.split} of version {version}",
        f"group {example.group_id or 'of its own'}",
    ]
    if example.parent_id:
        lines.append(f"augmented from {example.parent_id}")
    if example.tags:
        lines.append(f"tags {', '.join(example.tags)}")
    if example.flags:
        lines.append(f"flags {', '.join(example.flags)}")
    return lines + [f"metadata {key}: {value}" for key, value in example.metadata.items()]


def _decision_line(decision: Decision) -> str:
    words = f"{moment(decision):%Y-%m-%d %H:%M:%S}  {decision.annotator}: "
    if decision.undoes is not None:
        return f"{words}took back #{decision.undoes} ({decision.verdict})"
    if decision.statement is not None:
        return f"{words}#{decision.seq} {in_words(decision.statement)}"
    words += f"#{decision.seq} {decision.verdict}"
    extras = [", ".join(decision.labels), decision.reason or "", decision.note or ""]
    return words + "".join(f", {extra}" for extra in extras if extra)


def _loss_lines(losses: Losses, row: int) -> list[str]:
    if math.isnan(losses.adapter[row]):
        return ["this example was not in it"]
    lines = [
        f"base {losses.base[row]:.4f} nats/token, adapter {losses.adapter[row]:.4f} at step {losses.step}",
        f"gain {losses.gain[row]:+.4f}, rise above its lowest {losses.rise[row]:.4f}",
        f"{losses.n_tokens[row]} trained tokens, the worst {losses.max_token_nll[row]:.4f} nats",
    ]
    if losses.truncated[row]:
        lines.append("truncated: its end was not trained on")
    return [*lines, f"the run was on version {losses.dataset_version}"]
