"""The front matter of a model card, in the words that the hub knows."""

from typing import TYPE_CHECKING, Literal

from train.modelcard.facts import Facts

if TYPE_CHECKING:
    from huggingface_hub import EvalResult, ModelCardData

Kind = Literal["adapter", "merged", "gguf", "ollama"]
_LIBRARY: dict[Kind, str | None] = {
    "adapter": "peft",
    "merged": "transformers",
    "gguf": None,
    "ollama": None,
}
_TASKS = {"generation": "text-generation", "classification": "text-classification"}


def metadata(facts: Facts, kind: Kind) -> "ModelCardData":
    """Losses and figures of the evaluation stand as results, each on its set."""
    from huggingface_hub import ModelCardData

    full = facts.info.method == "full"
    library = "transformers" if kind == "adapter" and full else _LIBRARY[kind]
    return ModelCardData(
        base_model=facts.base,
        datasets=facts.hub_datasets or None,
        eval_results=_results(facts) or None,
        language=list(facts.card.language) or None,
        library_name=library,
        license=facts.card.license,
        model_name=facts.name,
        pipeline_tag=_TASKS[facts.info.task],
        tags=["siftune", "sft", facts.info.method, *([kind] if kind == "gguf" else [])],
    )


def _results(facts: Facts) -> "list[EvalResult]":
    from huggingface_hub import EvalResult

    def result(split: str, metric: str, value: float, name: str) -> EvalResult:
        return EvalResult(
            task_type=_TASKS[facts.info.task],
            dataset_type=facts.name,
            dataset_name=f"{facts.name}, version {facts.info.dataset_version}",
            dataset_split=split,
            dataset_revision=facts.info.dataset_version,
            metric_type=metric,
            metric_name=name,
            metric_value=round(value, 6),
        )

    found = [
        result(own.split, "loss", own.loss, "loss, nats per trained token")
        for own in facts.splits
        if own.split != "train"
    ]
    for own in facts.evaluation.sets if facts.evaluation else ():
        # Sets beside the run's data are files of the author's: they say nothing to a reader of the hub.
        systems = [system for system in own.systems if system.name == "adapter" and own.kind == "split"]
        found += [
            result(own.name, figure.metric, figure.value, figure.metric)
            for system in systems
            for figure in system.figures
            if figure.value is not None and figure.metric != "loss"
        ]
    return found
