"""Answers by greedy decoding, many at once: sorted by length, padded on the left.

In float32 on one machine a batch gives the tokens that each prompt gives alone, as far as rounding leaves no
tie. In 16 bits the shape of a batch decides which kernels run and how sums are rounded: two tokens that are
almost equally likely may change places, and the rest of that answer with them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from train.evaluation.prompts import Prompt

Finish = Literal["stop", "length"]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """`finish`: the model ended its turn, or its room was full. `n_tokens` counts the end, too."""

    text: str
    n_tokens: int
    finish: Finish


@dataclass(frozen=True, slots=True)
class Writer:
    """`ends`: tokens that end a turn. `alike`: only prompts of one length go together, because the model
    counts padding as text (PEFT's prompt learning does)."""

    tokenizer: Any
    ends: Sequence[int]
    tokens_at_once: int
    alike: bool

    def batches(self, prompts: Sequence[Prompt]) -> Iterator[list[int]]:
        """Indices, longest first, so that a batch too big for memory fails at once. What stands in a batch
        does not depend on what is done already."""
        order = sorted(range(len(prompts)), key=lambda i: (-prompts[i].room, -len(prompts[i].ids), i))
        start = 0
        while start < len(order):
            first = prompts[order[start]]
            size = max(1, self.tokens_at_once // (len(first.ids) + first.room))
            batch = [i for i in order[start : start + size] if self._together(first, prompts[i])]
            yield batch
            start += len(batch)

    def answer(self, model: Any, prompts: Sequence[Prompt], say: Say) -> list[Answer]:
        """One answer a prompt. A batch that does not fit into the GPU's memory is halved."""
        import torch

        try:
            return self._generate(model, prompts)
        except torch.OutOfMemoryError:
            if len(prompts) == 1:
                raise
        torch.cuda.empty_cache()
        say(f"{len(prompts)} answers at once are too many for the GPU's memory: going on with half")
        half = len(prompts) // 2
        return [*self.answer(model, prompts[:half], say), *self.answer(model, prompts[half:], say)]

    def _together(self, first: Prompt, other: Prompt) -> bool:
        return other.room == first.room and (not self.alike or len(other.ids) == len(first.ids))

    def _generate(self, model: Any, prompts: Sequence[Prompt]) -> list[Answer]:
        import torch

        pad = self._pad
        longest = max(len(prompt.ids) for prompt in prompts)
        ids = torch.full((len(prompts), longest), pad, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, longest - len(prompt.ids) :] = torch.tensor(prompt.ids.tolist())
            mask[row, longest - len(prompt.ids) :] = 1
        with torch.no_grad():
            out = model.generate(
                input_ids=ids.to(model.device),
                attention_mask=mask.to(model.device),
                max_new_tokens=prompts[0].room,
                eos_token_id=list(self.ends),
                pad_token_id=pad,
                # The model's own generation settings are overruled, so that all systems draw alike.
                do_sample=False,
                num_beams=1,
                repetition_penalty=1.0,
                no_repeat_ngram_size=0,
                temperature=None,
                top_p=None,
                top_k=None,
            )
        return [self._read(row) for row in out[:, longest:].tolist()]

    def _read(self, ids: list[int]) -> Answer:
        end = next((i for i, token in enumerate(ids) if token in self.ends), None)
        kept = ids if end is None else ids[:end]
        text: str = self.tokenizer.decode(kept, skip_special_tokens=True)
        return Answer(text, len(ids) if end is None else end + 1, "length" if end is None else "stop")

    @property
    def _pad(self) -> int:
        pad = self.tokenizer.pad_token_id
        return int(pad if pad is not None else self.ends[0])
