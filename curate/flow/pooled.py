"""A large file read in pieces, by worker processes as soon as there are some."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from curate.flow.batch_read import BatchRead, Learning, read_batch, read_piece
from curate.flow.engine import Engine
from curate.flow.keys import Keys
from curate.sources import LocatedFile, Piece, SoFar, counted, import_piece
from schemas.recipe import Recipe

MANY_BYTES = 2 * 2**20  # of sources: about what is read by the time that workers have started


class Pool:
    """Workers that may read, and what they are to learn of the rows."""

    def __init__(self, workers: Engine, learning: Learning) -> None:
        self._workers = workers
        self._learning = learning
        self._read_here: list[tuple[Path, Keys]] = []
        self._begun: list[Future[None]] = []

    def begin_for(self, size: int) -> bool:
        """Whether so many bytes of a file are worth it; workers start then."""
        worth_it = size >= MANY_BYTES
        if worth_it:
            self._workers.expect(many=True)
        return worth_it

    def read(
        self, file: LocatedFile, recipe: Recipe, pieces: Sequence[Piece], paths: Sequence[Path]
    ) -> Iterator[BatchRead]:
        """The batches of a file, a scratch file each: read here until workers are at hand, and by them from
        there on."""
        workers, learning = self._workers, self._learning
        reading: deque[Future[BatchRead]] = deque()
        so_far = SoFar()
        for at, (piece, path) in enumerate(zip(pieces, paths, strict=True)):
            if not reading and workers.ready:
                self._learn()
                reading.extend(
                    workers.soon(read_piece, file, recipe, *one, learning)
                    for one in zip(pieces[at:], paths[at:], strict=True)
                )
            if reading:
                found = reading.popleft().result()
            else:
                found = read_batch(import_piece(file, recipe, piece), path)
                self.will_learn(path, found.keys)
            before, so_far = so_far, _further(so_far, found.after)
            count = counted(file.name, file.sha256 or "", so_far) if piece is pieces[-1] else None
            yield replace(found, before=before, after=so_far, count=count)
        file.check_unchanged()

    def will_learn(self, path: Path, keys: Keys) -> None:
        """Rows that were read here, into a scratch file: workers, where there are some, learn of them."""
        self._read_here.append((path, keys))

    def finish(self) -> None:
        """No more rows will be read."""
        if self._workers.pooled:
            self._learn()

    def learnt(self) -> None:
        """Waits for what is still being learnt."""
        for learning in self._begun:
            learning.result()

    def _learn(self) -> None:
        """Workers learn of what was read here: few parts, and so each feature by itself."""
        for read in self._read_here:
            self._begun += [self._workers.soon(one.rows, *read) for one in self._learning.each()]
        self._read_here.clear()


def _further(so_far: SoFar, more: SoFar) -> SoFar:
    """`more` counts the rows of the whole file up to its end, all else of its own rows alone."""
    shapes = Counter(so_far.shapes)
    shapes.update(more.shapes)
    return SoFar(more.rows, so_far.rejected + more.rejected, dict(shapes))
