"""The text of a model card, in Markdown. What data or people named passes `_cell`: it is words, no markup."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from schemas.evaluation import Figure, SetResult
from schemas.training import LORA_METHODS
from schemas.visible import visible, visible_line
from train.modelcard.facts import Facts
from train.modelcard.loading import loading
from train.modelcard.metadata import Kind
from train.reporting.slices import Slice

_METHODS = {
    "qlora": "LoRA over the base model in 4 or 8 bits (QLoRA)",
    "lora": "LoRA",
    "dora": "DoRA",
    "full": "full fine-tuning",
    "ia3": "IA³",
    "prefix": "prefix tuning",
    "prompt": "prompt tuning",
}
_OWN_SECTIONS = ("lora", "ia3", "prefix", "prompt")
_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#~])")


def text(facts: Facts, kind: Kind, folder: Path, note: str = "") -> str:
    """All sections below the front matter. `folder` is where the card will lie, its files standing."""
    parts = [
        f"# {_cell(facts.name)}\n\n{_about(facts, kind)}{note}",
        f"## Intended use\n\n{_intended(facts)}",
        f"## Loading\n\n{loading(facts, kind, folder)}",
        f"## System prompt\n\n{_prompt(facts)}",
        f"## Data\n\n{_data(facts)}",
        f"## Training\n\n{_training(facts)}",
        f"## Losses\n\n{_losses(facts)}",
        f"## Evaluation\n\n{_evaluation(facts)}",
    ]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def _about(facts: Facts, kind: Kind) -> str:
    base = _cell(facts.base)
    local = "" if facts.base_on_hub else " The base model is a local folder of that name, not one of the hub."
    merged = " The adapter is merged into the weights." if kind != "adapter" else ""
    return (
        f"{base}, tuned on {_cell(facts.name)} by {_METHODS[facts.info.method]}.{merged}{local}\n\n"
        f"Run `{facts.info.run}` of Siftune, on dataset version `{facts.info.dataset_version}`.\n"
    )


def _intended(facts: Facts) -> str:
    given = facts.card.intended_use
    return (
        _plain(given)
        if given
        else "<!-- For the author: what it is for, for whom, and what it is not for. -->\nNot said."
    )


def _prompt(facts: Facts) -> str:
    prompt = facts.recipe.system_prompt
    if not prompt:
        return "None: examples kept their own, or had none.\n"
    shown = visible(prompt)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    return (
        "Every example was trained under this one, and the model expects it.\n\n"
        f"{fence}text\n{shown}\n{fence}\n\n"
        f"SHA-256 of the prompt `{facts.info.system_prompt_sha256}`, of the chat template "
        f"`{facts.info.template_sha256}`.\n"
    )


def _data(facts: Facts) -> str:
    licence = facts.card.data_license
    said = (
        f"Licence of the data: {_plain(licence)}" if licence else "Licence of the data: unknown, not given."
    )
    if facts.version is None:
        return f"The dataset version is not on the machine that wrote this card.\n\n{said}\n"
    manifest = facts.version.manifest
    head = ["stage", "in", "created", "dropped", "kept", "why"]
    rows = [
        [
            s.name,
            f"{s.rows_in:,}",
            f"{s.created:,}",
            f"{sum(s.dropped.values()):,}",
            f"{s.kept:,}",
            ", ".join(f"{reason} {n:,}" for reason, n in sorted(s.dropped.items())),
        ]
        for s in manifest.stages
    ]
    splits = ", ".join(f"{name} {n:,}" for name, n in manifest.splits.items())
    leaks = manifest.leaks
    return (
        f"{manifest.rows_in:,} raw rows from {len(manifest.sources):,} sources, {manifest.rejected:,} "
        f"unreadable, {manifest.dropped:,} dropped, {manifest.created:,} created, {manifest.kept:,} kept: "
        f"{splits}. Near-duplicate pairs across splits: {leaks.cross_split_pairs}; groups: "
        f"{leaks.cross_split_groups}.\n\n"
        f"{_table(head, rows) if rows else ''}\n{said}\n"
    )


def _training(facts: Facts) -> str:
    info, train = facts.info, facts.recipe.train
    tokens = info.tokens
    facts_of = [
        f"{info.step:,} of {info.total_steps or info.step:,} steps, seed {info.seed}; the adapter of step "
        f"{info.final.best_step or info.step:,}, the lowest validation loss, is kept."
    ]
    if tokens:
        facts_of.append(
            f"{tokens.trained:,} of {tokens.total:,} tokens are trained; {tokens.truncated:,} examples are "
            f"cut, {tokens.masked_out:,} left out."
        )
    settings = _settings(train.model_dump(mode="json"), info.method) if train else ()
    rows = [[key, str(value)] for key, value in settings]
    packages = ", ".join(f"{name} {version}" for name, version in info.packages.items())
    return f"{' '.join(facts_of)}\n\n{_table(['setting', 'value'], rows)}\n{packages}\n"


def _settings(values: Mapping[str, Any], method: str) -> Iterable[tuple[str, Any]]:
    """Keys with dots, without the sections of other methods and the model's name, which may be a path."""
    own = "lora" if method in LORA_METHODS else method
    for name, value in values.items():
        if name == "model" or (name in _OWN_SECTIONS and name != own):
            continue
        if isinstance(value, Mapping):
            yield from ((f"{name}.{key}", inner) for key, inner in value.items())
        elif value not in (None, [], ""):
            yield name, value


def _losses(facts: Facts) -> str:
    head = ["split", "examples", "untuned", "tuned", "gain", "95 % interval of the gain"]
    return (
        f"{_table(head, [_split(own) for own in facts.splits])}\n"
        "Nats per trained token. Gain is untuned less tuned; its interval is a paired bootstrap over groups "
        "of examples and says nothing about another seed.\n"
    )


def _split(own: Slice) -> list[str]:
    row = [own.split, f"{own.examples:,}", _number(own.base), _number(own.loss)]
    gain = own.gain
    if gain is None:
        return [*row, "–", "–"]
    interval = gain.interval
    shown = f"{interval.low:+.4f} to {interval.high:+.4f}" if interval else "too few groups"
    return [*row, f"{gain.value:+.4f}", shown]


def _evaluation(facts: Facts) -> str:
    if facts.evaluation is None:
        return "None yet: `train eval` makes one.\n"
    return "\n".join(_set(own) for own in facts.evaluation.sets)


def _set(own: SetResult) -> str:
    """A metric a row, the systems side by side."""
    names = [system.name for system in own.systems]
    by_system = [{figure.metric: figure for figure in system.figures} for system in own.systems]
    metrics = list(dict.fromkeys(metric for figures in by_system for metric in figures))
    rows = [[metric, *(_figure(figures.get(metric)) for figures in by_system)] for metric in metrics]
    return f"{_plain(Path(own.name).name)}, {own.examples:,} examples:\n\n{_table(['metric', *names], rows)}"


def _figure(figure: Figure | None) -> str:
    if figure is None or figure.low is None or figure.high is None:
        return _number(figure.value if figure else None)
    return f"{_number(figure.value)} ({figure.low:.4f} to {figure.high:.4f})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _cell(words: str) -> str:
    return _MARKUP.sub(r"\\\1", visible_line(words))


def _plain(words: str) -> str:
    """The author's own words, as Markdown: what they wrote is theirs to format."""
    return visible(words)
