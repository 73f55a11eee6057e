"""How many numbers each way of training trains, and what its adapter holds."""

from schemas.training import Ia3
from train.fitting.model.adapter import scaled_layers
from train.plan.setup import Setup
from train.plan.shape import Linear, Shape


def trained_weights(shape: Shape, setup: Setup) -> int:
    """How many numbers are trained. A DoRA has a length for each output beside the two LoRA matrices.

    Raises UsageError or RecipeError for an adapter that fits no layer.
    """
    if setup.way == "full":
        return shape.total
    if setup.way == "prompt":
        return setup.virtual * shape.layer.hidden
    if setup.way == "prefix":
        return setup.virtual * shape.layers * 2 * shape.layer.keys
    if setup.way == "ia3":
        at_input, at_output = scaled(shape, setup)
        return shape.layers * (sum(one.inputs for one in at_input) + sum(one.outputs for one in at_output))
    each = sum(_lora(one, setup) for one in shape.targets(setup.targets))
    head = setup.rank * (shape.layer.hidden + shape.vocabulary) if setup.lora_on_head else 0
    # A classification's head is trained whole, in a copy; the untuned one stays.
    return shape.layers * each + head + (shape.head if shape.classes else 0)


def adapter_bytes(shape: Shape, setup: Setup) -> float:
    """Held for the adapter: what is trained, and where it starts from."""
    if setup.way == "full":
        return 0.0
    return trained_weights(shape, setup) * float(setup.trained) * (2 if setup.start else 1)


def scaled(shape: Shape, setup: Setup) -> tuple[list[Linear], list[Linear]]:
    """The matrices of a layer that IA3 scales at their input, and those at their output."""
    asked = Ia3.model_validate({"target_modules": setup.targets, "feedforward_modules": setup.feedforward})
    names, feedforward = scaled_layers(shape.model_type, asked)
    at_input = [one for one in shape.targets(names) if any(one.is_called(name) for name in feedforward)]
    return at_input, [one for one in shape.targets(names) if one not in at_input]


def _lora(one: Linear, setup: Setup) -> int:
    return setup.rank * (one.inputs + one.outputs) + (one.outputs if setup.dora else 0)
