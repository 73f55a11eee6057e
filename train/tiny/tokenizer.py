"""Byte-level BPE tokenizer of the tiny base, trained on its generated text, and its chat template.

One control token opens a message by role and one closes it. Digits are tokens of their own, so that a number
never seen before can still be copied digit by digit.
"""

import itertools
import random
from collections.abc import Sequence
from typing import Any

from train.tiny.corpus import plain_texts
from train.tiny.text import Chat

VOCABULARY = 2048  # at most: merges end when every word of the text is a token
PAD, END = "<|pad|>", "<|end|>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>", "<|tool|>")
CALL = "<|call|>"
_DOCUMENTS = 6_000

# `trim_blocks` and `lstrip_blocks` are on where transformers renders this, so the line ends leave no trace.
CHAT_TEMPLATE = """\
{%- if tools %}{{ '<|tool|>' + (tools | tojson) + '<|end|>' }}{% endif %}
{%- for message in messages %}
{%- if message.role == 'assistant' %}
{{- '<|assistant|>' }}
{%- generation %}
{{- message.content or '' }}
{%- for call in message.tool_calls or [] %}{{ '<|call|>' + (call.function | tojson) }}{% endfor %}
{{- '<|end|>' }}
{%- endgeneration %}
{%- else %}
{{- '<|' + message.role + '|>' + message.content + '<|end|>' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}
"""


def build_tokenizer(seed: int, talk: Sequence[Chat] = ()) -> Any:
    """A PreTrainedTokenizerFast of at most VOCABULARY tokens; `<|end|>` ends a turn and a text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[PAD, END, *ROLES, CALL],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(itertools.islice(plain_texts(random.Random(seed), talk), _DOCUMENTS), trainer)
    make: Any = PreTrainedTokenizerFast  # its constructor has no annotations
    return make(
        tokenizer_object=backend,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=[*ROLES, CALL],
        chat_template=CHAT_TEMPLATE,
        model_max_length=2048,
        clean_up_tokenization_spaces=False,
    )
