"""Sources: raw files and datasets of any usual format in, examples and rejects out."""

from curate.sources.described import described
from curate.sources.files import LocatedFile, located_files
from curate.sources.importing import (
    IMPORT_VERSION,
    Imported,
    ImportedBatch,
    import_batches,
    import_file,
    import_sources,
)
from curate.sources.single_lines import import_lines

__all__ = [
    "IMPORT_VERSION",
    "Imported",
    "ImportedBatch",
    "LocatedFile",
    "described",
    "import_batches",
    "import_file",
    "import_lines",
    "import_sources",
    "located_files",
]
