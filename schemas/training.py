"""The recipe's `train` section: what is trained, how, and when losses are taken."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from schemas.section import Fraction, Section

Task = Literal["generation", "classification"]
Method = Literal["qlora", "lora", "dora", "full", "ia3", "prefix", "prompt"]
LORA_METHODS: tuple[Method, ...] = ("qlora", "lora", "dora")
LORA_INITS = ("default", "gaussian", "orthogonal", "pissa", "olora")
_PISSA_FAST = re.compile(r"pissa_niter_\d+")


class Lora(Section):
    """`target_modules`: all-linear, attention, or the ends of layers' names. `rslora` scales by alpha / √r.
    `init`: one of LORA_INITS, or pissa_niter_N, which finds PiSSA's start in N rounds and sooner."""

    r: Annotated[int, Field(ge=1)] = 16
    alpha: Annotated[float, Field(gt=0)] = 32
    dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.05
    target_modules: str | tuple[str, ...] = "all-linear"
    rslora: bool = False
    init: str = "default"

    @field_validator("init")
    @classmethod
    def init_is_known(cls, value: str) -> str:
        if value not in LORA_INITS and not _PISSA_FAST.fullmatch(value):
            raise ValueError(f"{value} is no way to begin; use {', '.join(LORA_INITS)} or pissa_niter_16")
        return value

    @model_validator(mode="after")
    def rank_fits_init(self) -> Self:
        if self.init == "orthogonal" and self.r % 2:
            raise ValueError(f"init: orthogonal needs an even r, not {self.r}")
        return self

    @property
    def moves_base(self) -> bool:
        """Whether the start is taken out of the base model's weights, so that these change."""
        return self.init.startswith("pissa") or self.init == "olora"


class Ia3(Section):
    """The layers whose outputs are scaled, and those among them whose inputs are: auto is PEFT's table by
    architecture, keys, values and the way out of the MLP."""

    target_modules: Literal["auto"] | tuple[str, ...] = "auto"
    feedforward_modules: Literal["auto"] | tuple[str, ...] = "auto"


class Prefix(Section):
    """`tokens` keys and values before the text in every layer, all zero or random at the start."""

    tokens: Annotated[int, Field(ge=1, le=1024)] = 20
    init: Literal["zero", "random"] = "zero"


class Prompt(Section):
    """`tokens` embeddings before the text. They start as embeddings of random tokens (`vocabulary`), as those
    of `text`, repeated or cut to fit, or as random numbers."""

    tokens: Annotated[int, Field(ge=1, le=1024)] = 20
    init: Literal["vocabulary", "text", "random"] = "vocabulary"
    text: str | None = None

    @model_validator(mode="after")
    def text_belongs_to_init(self) -> Self:
        if (self.init == "text") != bool(self.text):
            raise ValueError("init: text and a text go together: `prompt: {init: text, text: …}`")
        return self


Weight = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
TurnWeights = Literal["all", "last"] | Annotated[tuple[Weight, ...], Field(min_length=1)]
ComputeDtype = Literal["auto", "bfloat16", "float16", "float32"]


class Quantization(Section):
    """How the frozen base model is held. `type` and `double`, the scales' own quantisation, are for 4 bits.
    `compute_dtype` is the number format of matrix products."""

    bits: Literal[4, 8] = 4
    type: Literal["nf4", "fp4"] = "nf4"
    double: bool = True
    compute_dtype: ComputeDtype = "auto"

    @model_validator(mode="after")
    def four_bit_keys(self) -> Self:
        foreign = sorted(self.changed & {"type", "double"})
        if self.bits == 8 and foreign:
            raise ValueError(f"{' and '.join(foreign)} belong to bits: 4; leave them out for 8")
        return self


class Batch(Section):
    """Examples an optimiser step, and how many go through the model at once."""

    effective: Annotated[int, Field(ge=1)] = 32
    per_device: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"


class EarlyStopping(Section):
    """Stop after `patience` evaluations in which validation loss did not fall by `min_delta` nats."""

    patience: Annotated[int, Field(ge=1)] = 3
    min_delta: Annotated[float, Field(ge=0.0)] = 0.0


Scheduler = Literal[
    "cosine",
    "linear",
    "constant",
    "constant_with_warmup",
    "cosine_with_min_lr",
    "polynomial",
    "inverse_sqrt",
    "warmup_stable_decay",
]


class SchedulerOptions(Section):
    """`min_lr_ratio`: where the rate ends, as a share of `learning_rate`. `decay_ratio`: share of the steps
    in which it falls. `power`: the curve of the fall, 1 for a straight line."""

    min_lr_ratio: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    decay_ratio: Annotated[float, Field(gt=0.0, le=1.0)] = 0.2
    power: Annotated[float, Field(gt=0.0)] = 2.0


SCHEDULER_OPTIONS: dict[Scheduler, frozenset[str]] = {
    "cosine_with_min_lr": frozenset({"min_lr_ratio"}),
    "polynomial": frozenset({"min_lr_ratio", "power"}),
    "warmup_stable_decay": frozenset({"min_lr_ratio", "decay_ratio"}),
}

Tracker = Literal["tensorboard", "wandb", "mlflow", "trackio"]
Optimizer = Literal["auto", "adamw", "adamw_8bit", "paged_adamw_32bit", "paged_adamw_8bit", "adafactor"]


class Train(Section):
    """`model` is a hub name or a local folder, relative to the recipe. `turn_weights`: what an assistant turn
    counts for in the loss that is trained on; numbers are for the last turns, the first of them for all
    before, too. `labels`: the classes of a classification and their order, those of the train split when
    none are named; `class_weights: balanced` lets rare ones count for more. `checkpoints` are kept at least,
    those at the ends of epochs always."""

    model: str
    task: Task = "generation"
    labels: tuple[str, ...] = ()
    class_weights: Literal["balanced"] | None = None
    method: Method = "qlora"
    lora: Lora = Lora()
    ia3: Ia3 = Ia3()
    prefix: Prefix = Prefix()
    prompt: Prompt = Prompt()
    quantization: Quantization | None = None
    epochs: Annotated[float, Field(gt=0)] = 3
    learning_rate: Annotated[float, Field(gt=0)] = 2e-4
    scheduler: Scheduler = "cosine"
    scheduler_options: SchedulerOptions = SchedulerOptions()
    warmup_ratio: Fraction = 0.05
    optimizer: Optimizer = "auto"
    weight_decay: Annotated[float, Field(ge=0.0)] = 0.0
    max_grad_norm: Annotated[float, Field(gt=0)] = 1.0
    neftune_alpha: Annotated[float, Field(gt=0)] | None = None
    max_length: Annotated[int, Field(ge=8)] = 2048
    packing: bool = True
    group_by_length: bool = False
    turn_weights: TurnWeights = "all"
    gradient_checkpointing: bool | Literal["auto"] = "auto"
    batch: Batch = Batch()
    snapshots: tuple[Literal["base", "epoch"], ...] = ("base", "epoch")
    evals_per_epoch: Annotated[int, Field(ge=1)] = 1
    early_stopping: EarlyStopping | None = EarlyStopping()
    checkpoints: Annotated[int, Field(ge=1)] = 3
    report_to: tuple[Tracker, ...] = ()

    @property
    def virtual_tokens(self) -> int:
        """Trained positions before each sequence: an example of its own for each, so none can be packed."""
        return {"prefix": self.prefix.tokens, "prompt": self.prompt.tokens}.get(self.method, 0)

    @property
    def packs(self) -> bool:
        """Whether several examples share a sequence, where the model keeps them apart."""
        return self.packing and not self.virtual_tokens and self.task == "generation"

    @property
    def quantised(self) -> Quantization | None:
        """How the base model is quantised, None where it is not."""
        return self.quantization or (Quantization() if self.method == "qlora" else None)

    @field_validator("turn_weights")
    @classmethod
    def some_turn_counts(cls, value: str | tuple[float, ...]) -> str | tuple[float, ...]:
        if not isinstance(value, str) and not any(value):
            raise ValueError("all weights are 0: nothing would be trained")
        return value

    @field_validator("labels", mode="before")
    @classmethod
    def labels_are_texts(cls, value: object) -> object:
        """A number is the class of that text: `labels: [1, 2, 3]`."""
        numbers = (int, float)
        if not isinstance(value, list | tuple):
            return value
        return [str(v) if isinstance(v, numbers) and not isinstance(v, bool) else v for v in value]

    @field_validator("labels")
    @classmethod
    def labels_are_classes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) == 1:
            raise ValueError("one class alone leaves nothing to tell apart")
        for name in value:
            if not name.strip() or name != name.strip():
                raise ValueError(f"{name!r} is no class: answers are compared without space around them")
            if value.count(name) > 1:
                raise ValueError(f"{name!r} stands there twice")
        return value

    @model_validator(mode="after")
    def keys_fit_task(self) -> Self:
        own = ("labels", "class_weights") if self.task == "generation" else ("turn_weights",)
        # By their values: a run's own recipe names every key.
        foreign = [key for key in own if getattr(self, key) != type(self).model_fields[key].default]
        if foreign:
            other = "classification" if self.task == "generation" else "generation"
            raise ValueError(f"{' and '.join(foreign)} belong to task: {other}")
        if self.task == "classification" and self.method in ("prefix", "prompt", "ia3"):
            raise ValueError(f"task: classification trains qlora, lora, dora or full, not {self.method}")
        return self

    @model_validator(mode="after")
    def quantization_fits_method(self) -> Self:
        if self.quantization is not None and self.method == "full":
            raise ValueError("quantised weights cannot be trained: use method: qlora, or no quantization")
        if self.quantization is not None and self.method == "lora":
            raise ValueError("a LoRA over a quantised base is method: qlora")
        if self.method == "dora" and self.lora.moves_base:
            raise ValueError(
                f"lora.init {self.lora.init} moves the base model's weights: not for method dora"
            )
        return self

    @model_validator(mode="after")
    def options_fit_scheduler(self) -> Self:
        known = SCHEDULER_OPTIONS.get(self.scheduler, frozenset())
        foreign = sorted(self.scheduler_options.changed - known)
        if foreign:
            own = f"it has {', '.join(sorted(known))}" if known else "it has none"
            raise ValueError(f"scheduler {self.scheduler} has no option {', '.join(foreign)}; {own}")
        return self
