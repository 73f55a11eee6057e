"""What a recipe's training settings mean beside what they say: told before a run, and by its plan."""

from collections.abc import Iterator

from schemas.training import LORA_METHODS, Method, Train

_SECTIONS: dict[str, tuple[Method, ...]] = {
    "lora": LORA_METHODS,
    "ia3": ("ia3",),
    "prefix": ("prefix",),
    "prompt": ("prompt",),
}


def remarks(train: Train) -> Iterator[str]:
    """In sentences."""
    for section, methods in _SECTIONS.items():
        if train.method not in methods and getattr(train, section).changed:
            yield f"train.{section} is not used: the method is {train.method}"
    packed = train.packs
    if train.packing and train.virtual_tokens:
        yield (
            f"padding instead of packing: {train.method} tuning puts its {train.virtual_tokens} tokens "
            "before a sequence, not before each example in it"
        )
    if train.group_by_length and packed:
        yield "train.group_by_length is not used: packs are of one length; it is for `packing: false`"
    if train.method in LORA_METHODS and train.lora.moves_base:
        yield (
            f"lora.init {train.lora.init}: the base model stays as it is, and the adapter holds the start "
            f"beside what is trained, as a LoRA of rank {2 * train.lora.r}"
        )
    if train.quantised is not None and train.quantised.bits == 8:
        yield (
            "8 bits: on a GPU inputs are rounded, too, and large ones set apart by batch, so that what an "
            "example scores depends a little on those beside it"
        )
    if train.neftune_alpha is not None:
        yield (
            f"neftune_alpha {train.neftune_alpha:g}: losses seen in training are of noised embeddings; "
            "snapshots are without noise"
        )
    if train.turn_weights != "all":
        yield from _turns(train)


def _turns(train: Train) -> Iterator[str]:
    if train.turn_weights == "last":
        yield "turn_weights last: of each example only the assistant's last turn is trained and has a loss"
    else:
        yield (
            "turn_weights: the loss that is trained on weighs turns, the losses in the tables do not; turns "
            "of weight 0 are in neither"
        )
