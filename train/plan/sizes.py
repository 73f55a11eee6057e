"""Memory of one run by way of training, by choice and by GPU: what people compare."""

from dataclasses import dataclass

from schemas.errors import UsageError
from schemas.recipe import Train
from train.plan.adapters import trained_weights
from train.plan.course import Course, compute_on
from train.plan.gpus import GPUS, Gpu, largest
from train.plan.memory import Batch, Parts, estimate
from train.plan.setup import Attention, Setup, Way, of_recipe, way_of, ways_of
from train.plan.shape import Shape


@dataclass(frozen=True, slots=True)
class Memory:
    """One way to train, with the run's micro-batch: parts at the peak, and how much is trained."""

    way: Way
    trained: int
    batch: Batch
    parts: Parts


@dataclass(frozen=True, slots=True)
class Kept:
    """The activations of the run's micro-batch at the end of the forward pass, and the peak with them."""

    recompute: bool
    attention: Attention
    activations: float
    total: float


@dataclass(frozen=True, slots=True)
class Room:
    """One way on one GPU: the memory of the run's micro-batch there, and the largest that fits (sequences of
    `length` tokens; 0 where not even one does)."""

    gpu: Gpu
    way: Way
    batch: Batch
    total: float
    largest: int

    @property
    def fits(self) -> bool:
        return self.total <= self.gpu.bytes


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of a run of this model and recipe. `planned` is its course on a GPU without flash attention,
    which is the same on each: one pack, or some rows padded to the longest, at once."""

    shape: Shape
    train: Train
    planned: Course

    def by_way(self, gpu: Gpu) -> tuple[Memory, ...]:
        """Full, LoRA, QLoRA and the recipe's own, part by part."""
        made = []
        for way in ways_of(self.train):
            setup = self._setup(gpu, way)
            parts = estimate(self.shape, setup, self.planned.batch)
            made.append(Memory(way, trained_weights(self.shape, setup), self.planned.batch, parts))
        return tuple(made)

    def by_choice(self, gpu: Gpu) -> tuple[Kept, ...]:
        """The recipe's own way with and without recomputing, with scaled-dot-product and flash attention."""
        made = []
        for flash in (False, True) if gpu.bf16 else (False,):
            for recompute in (False,) if self.train.method == "prefix" else (True, False):
                train = self.train.model_copy(update={"gradient_checkpointing": recompute})
                setup = self._setup(gpu, way_of(train), train, flash=flash)
                parts = estimate(self.shape, setup, self.planned.batch)
                made.append(Kept(setup.recompute, setup.attention, parts.activations, parts.total))
        return tuple(made)

    def rooms(self) -> tuple[Room, ...]:
        """Every GPU of the table that can compute as the recipe says, with every way."""
        return tuple(self._room(gpu, way) for gpu in GPUS if self._can(gpu) for way in ways_of(self.train))

    def _can(self, gpu: Gpu) -> bool:
        try:
            compute_on(self.train, gpu, flash=False)
        except UsageError:
            return False
        return True

    def _room(self, gpu: Gpu, way: Way) -> Room:
        setup, batch = self._setup(gpu, way), self.planned.batch
        return Room(
            gpu=gpu,
            way=way,
            batch=batch,
            total=estimate(self.shape, setup, batch).total,
            largest=largest(gpu, batch.length, lambda one: estimate(self.shape, setup, one)),
        )

    def _setup(self, gpu: Gpu, way: Way, train: Train | None = None, *, flash: bool = False) -> Setup:
        train = train or self.train
        accumulates = self.planned.schedule.accumulation > 1
        return of_recipe(train, way, compute_on(train, gpu, flash=flash), accumulates)
