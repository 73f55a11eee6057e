"""The batches of a file as what the file gave."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from curate.flow.batch_read import BatchRead
from curate.flow.file_read import FileRead, Mark


def collect(
    known: FileRead, batches: Iterator[BatchRead], advance: Callable[[int], None], *, resumed: bool
) -> FileRead:
    """What is `known` of the file, and the batches after it. `resumed`: where the file grows it may be read
    from its last batch on."""
    sizes, rejects = list(known.sizes), list(known.rejects)
    ids, keys, lines, events = [known.ids], [known.keys], [known.lines], [known.events]
    rows_in, happened = known.rows_in, known.events.num_rows
    counts = []
    last: Mark | None = None
    for batch in batches:
        if batch.rows_in or batch.rejects:  # behind a last row there may be more of it
            last = Mark(batch.before, len(sizes), rows_in, happened)
        rejects += batch.rejects
        counts += [batch.count] if batch.count else []
        if batch.rows_in:
            sizes.append(len(batch.keys))
            ids.append(batch.ids)
            keys.append(batch.keys)
            lines.append(batch.lines)
            events.append(batch.events)
            rows_in += batch.rows_in
            happened += batch.events.num_rows
        advance(batch.rows_in)
    return FileRead(
        sizes,
        np.concatenate(ids),
        np.concatenate(keys),
        np.concatenate(lines),
        rows_in,
        pa.concat_tables(events),
        rejects,
        counts,
        last if resumed else None,
    )
