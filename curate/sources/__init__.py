"""Sources: raw files and datasets of any usual format in, examples and rejects out."""

from curate.sources.described import described
from curate.sources.files import LocatedFile, Origins, located_files
from curate.sources.importing import (
    IMPORT_VERSION,
    Imported,
    ImportedBatch,
    SoFar,
    counted,
    import_batches,
    import_file,
    import_on,
    import_sources,
)
from curate.sources.pieces import Piece, import_piece, pieces_of
from curate.sources.rejected import ByReason, add_rejects
from curate.sources.single_lines import can_be_resumed, import_lines, line_starts, line_starts_on
from curate.sources.telling import Telling

__all__ = [
    "IMPORT_VERSION",
    "ByReason",
    "Imported",
    "ImportedBatch",
    "LocatedFile",
    "Origins",
    "Piece",
    "SoFar",
    "Telling",
    "add_rejects",
    "can_be_resumed",
    "counted",
    "described",
    "import_batches",
    "import_file",
    "import_lines",
    "import_on",
    "import_piece",
    "import_sources",
    "line_starts",
    "line_starts_on",
    "located_files",
    "pieces_of",
]
