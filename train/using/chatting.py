"""`train chat`: lines in, answers out, in the template and under the system prompt of training.

Each model keeps a conversation of its own: with `base`, the untuned model answers the same lines, and goes
on from its own answers.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from schemas.errors import UsageError
from schemas.example import Message
from train.fitting.model import find_base
from train.template import RowError, as_chat, render_text
from train.using.opened import Opened, Say, load_tuned, load_untuned, onto_gpu, peft_quiet

Write = Callable[[str], None]
RESET, QUIT = "/reset", "/quit"


@dataclass(frozen=True, slots=True)
class Style:
    """How answers are drawn: the likeliest token each time at a temperature of 0."""

    temperature: float = 0.0
    max_tokens: int = 512
    seed: int = 17


@dataclass(slots=True)
class Speaker:
    """A model that holds a conversation. `untuned`: the adapter is set aside while it speaks."""

    name: str
    model: Any
    opened: Opened
    untuned: bool = False
    said: list[Message] = field(default_factory=list)

    def reset(self) -> None:
        """Back to the system prompt."""
        prompt = self.opened.system_prompt
        self.said = [Message("system", prompt)] if prompt else []

    def answer(self, line: str, style: Style, write: Write, say: Say) -> str:
        """What it says to a line, told piece by piece to `write`. Raises UsageError where the template
        refuses the conversation."""
        import torch

        self.said.append(Message("user", line))
        ids = self._prompt()
        limit = getattr(self.model.config, "max_position_embeddings", None)
        room = style.max_tokens if limit is None else min(style.max_tokens, limit - len(ids))
        if room < 1:
            self.said.pop()
            raise UsageError(
                f"the conversation fills the model's {limit:,} tokens", f"begin another with {RESET}"
            )
        if len(ids) > self.opened.settings.max_length:
            say(f"{len(ids):,} tokens: longer than what training saw ({self.opened.settings.max_length:,})")
        streamer = _streamer(self.opened.tokenizer, write)
        inputs = torch.tensor([ids], device=self.model.device)
        torch.manual_seed(style.seed)
        with torch.no_grad(), peft_quiet(), self._state():
            out = self.model.generate(
                input_ids=inputs,
                attention_mask=torch.ones_like(inputs),
                max_new_tokens=room,
                streamer=streamer,
                eos_token_id=self.opened.ends,
                pad_token_id=self.opened.tokenizer.pad_token_id,
                **_drawing(style),
            )
        text: str = self.opened.tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True)
        self.said.append(Message("assistant", text))
        return text

    def _prompt(self) -> list[int]:
        """The conversation's tokens, up to where the assistant is to answer: as training wrote them."""
        template, tokenizer = self.opened.template, self.opened.tokenizer
        try:
            text = render_text(tokenizer, as_chat(self.said, template.system_role), opened=True)
        except RowError as error:
            self.said.pop()
            raise UsageError(str(error), f"begin another conversation with {RESET}") from None
        ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def _state(self) -> AbstractContextManager[Any]:
        off: AbstractContextManager[Any] = self.model.disable_adapter() if self.untuned else nullcontext()
        return off


def speakers(opened: Opened, *, base: bool) -> list[Speaker]:
    """The tuned model; with `base`, the untuned one first."""
    dtype = _dtype()
    model = onto_gpu(load_tuned(opened, dtype))
    tuned = Speaker(opened.run.id, model, opened)
    both = [tuned]
    if base and opened.base is not None:
        both = [Speaker("base", model, opened, untuned=True), tuned]
    elif base:
        whole = onto_gpu(load_untuned(find_base(opened.workspace, opened.settings), dtype))
        both = [Speaker("base", whole, opened), tuned]
    for speaker in both:
        speaker.reset()
    return both


def chat(lines: Iterable[str], both: Sequence[Speaker], style: Style, write: Write, say: Say) -> None:
    """Answers every line. `/reset` begins anew, `/quit` ends; empty lines are passed over. A line that cannot
    be answered is said so, and the conversation goes on."""
    for line in lines:
        asked = line.strip()
        if asked == QUIT:
            return
        if asked == RESET:
            for speaker in both:
                speaker.reset()
        elif asked:
            for speaker in both:
                if len(both) > 1:
                    write(f"{speaker.name}: ")
                try:
                    speaker.answer(asked, style, write, say)
                except UsageError as error:
                    say(f"{error.problem}: {error.mend}")
                write("\n")


def _streamer(tokenizer: Any, write: Write) -> Any:
    from transformers import TextStreamer

    class Pieces(TextStreamer):
        """Text goes out as soon as no later token can change it."""

        @override
        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            if text:
                write(text)

    return Pieces(tokenizer, skip_prompt=True, skip_special_tokens=True)


def _drawing(style: Style) -> dict[str, Any]:
    """The model's own generation settings are overruled, so that base and adapter draw alike."""
    if style.temperature == 0:
        return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    return {"do_sample": True, "temperature": style.temperature, "top_p": 1.0, "top_k": 0}


def _dtype() -> Any:
    import torch

    bf16 = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if bf16 else torch.float32
