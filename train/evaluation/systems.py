"""The systems of an evaluation: base, few-shot base and adapter, or one adapter over its base at several
precisions; and their models, loaded when a system first speaks, one at a time.
"""

import gc
import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from curate.file_hash import sha256_of
from schemas.errors import RecipeError
from schemas.training import Quantization
from train import lock
from train.fitting.model import Base, find_base, quantise
from train.using.opened import Opened, load_tuned, load_untuned, onto_gpu, peft_quiet

if TYPE_CHECKING:
    import torch

Precision = Literal["stored", "int8", "nf4"]
_PROMPT_LEARNING = ("prefix", "prompt")


@dataclass(frozen=True, slots=True)
class System:
    """`shots`: how many training examples it is shown. `precision` of the base model's weights: `stored` is
    16 bits or 32."""

    name: str
    tuned: bool
    shots: int = 0
    precision: Precision = "stored"


class Models:
    """The models of one run. What two systems share is loaded once; before another is loaded, it goes."""

    def __init__(self, opened: Opened, dtype: "torch.dtype") -> None:
        self._opened = opened
        self._dtype = dtype
        self._loaded: tuple[tuple[bool, Precision], Any] | None = None
        self._states: dict[str, str] = {}
        self.weights: dict[str, int] = {}
        """Bytes of the base model's weights in memory, by system."""

    @contextmanager
    def use(self, system: System) -> Iterator[Any]:
        """The system's model, in eval mode. Raises as loading does."""
        whole = self._opened.base is None
        key = (system.tuned or not whole, system.precision)
        if self._loaded is None or self._loaded[0] != key:
            self.release()
            self._loaded = key, self._load(*key)
        model = self._loaded[1]
        with warnings.catch_warnings():
            # Which is why `alike_only` keeps padding out.
            warnings.filterwarnings("ignore", message="Position ids are not supported")
            with nullcontext() if system.tuned or whole else model.disable_adapter():
                yield model

    def weigh(self, system: System) -> None:
        with self.use(system) as model:
            self.weights[system.name] = _weights_bytes(model)

    def release(self) -> None:
        import torch

        self._loaded = None
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def state(self, system: System) -> str:
        """A hash of the weights that speak, and of how they are held; reads files, loads no model."""
        known = f"{system.tuned}/{system.precision}"
        if known not in self._states:
            base = self._base
            facts = [lock.weights_sha256(base) or base.name, str(self._dtype), system.precision]
            if system.tuned:
                facts += _hashes(self._opened.run.adapter)
            self._states[known] = hashlib.sha256("\n".join(facts).encode()).hexdigest()
        return self._states[known]

    def alike_only(self, system: System) -> bool:
        """Whether padding on the left would change its answers: PEFT takes no positions with learned prompts,
        so that padding counts as text."""
        return system.tuned and self._opened.method in _PROMPT_LEARNING

    def context(self) -> int | None:
        """Tokens that the text may have, after the model's config; None where it says nothing."""
        from transformers import AutoConfig

        config = AutoConfig.from_pretrained(self._base.name, local_files_only=self._base.local)
        limit = getattr(config.get_text_config(), "max_position_embeddings", None)
        return None if limit is None else int(limit) - self._learned_tokens()

    def vocabulary(self) -> int:
        return len(self._opened.tokenizer)

    @property
    def _base(self) -> Base:
        return self._opened.base or find_base(self._opened.workspace, self._opened.settings)

    def _learned_tokens(self) -> int:
        if self._opened.method not in _PROMPT_LEARNING:
            return 0
        from peft import PeftConfig

        return int(PeftConfig.from_pretrained(str(self._opened.run.adapter)).num_virtual_tokens)

    def _load(self, tuned: bool, precision: Precision) -> Any:
        if precision == "stored":
            return onto_gpu(
                load_tuned(self._opened, self._dtype) if tuned else load_untuned(self._base, self._dtype)
            )
        whole = self._opened.base is None and tuned
        base = Base(str(self._opened.run.adapter), local=True) if whole else self._base
        model = _load_quantised(base, precision, self._dtype)
        if not tuned or whole:
            return model
        from peft import PeftModel

        with peft_quiet():
            return PeftModel.from_pretrained(model, str(self._opened.run.adapter)).eval()


def _weights_bytes(model: Any) -> int:
    """Of the base model in memory, the adapter's weights left out."""
    return sum(
        p.numel() * p.element_size()
        for name, p in (*model.named_parameters(), *model.named_buffers())
        if not any(part in name for part in ("lora_", "ia3_", "prompt_encoder"))
    )


def _load_quantised(base: Base, precision: Precision, dtype: "torch.dtype") -> Any:
    """By bitsandbytes: LLM.int8() (Dettmers et al. 2022), or NF4 with double quantisation as QLoRA has it
    (Dettmers et al. 2023). Raises RecipeError where this machine cannot hold or run the model so."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    try:
        model: Any = AutoModelForCausalLM.from_pretrained(
            base.name,
            dtype=dtype,
            quantization_config=quantise(Quantization(bits=8 if precision == "int8" else 4), dtype),
            device_map={"": "cuda" if torch.cuda.is_available() else "cpu"},
            local_files_only=base.local,
        )
        with torch.no_grad():
            model.eval()(input_ids=torch.zeros((1, 2), dtype=torch.long, device=model.device))
    except (OSError, ValueError, ImportError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise RecipeError(
            f"the model {base.name} does not run in {precision} here: {reason}",
            "leave that precision out, or name another model with --base-model",
        ) from None
    return model


def _hashes(folder: Path) -> list[str]:
    """Of all that decides what an adapter, or a whole tuned model, says."""
    kinds = (".safetensors", ".bin", "config.json")
    return [f"{f.name} {sha256_of(f)}" for f in sorted(folder.iterdir()) if f.name.endswith(kinds)]
