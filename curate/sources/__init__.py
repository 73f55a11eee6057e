"""Sources: raw files and datasets of any usual format in, examples and rejects out."""

from curate.sources.described import described
from curate.sources.files import LocatedFile, located_files
from curate.sources.importing import (
    IMPORT_VERSION,
    Imported,
    ImportedBatch,
    SoFar,
    import_batches,
    import_file,
    import_on,
    import_sources,
)
from curate.sources.single_lines import can_be_resumed, import_lines

__all__ = [
    "IMPORT_VERSION",
    "Imported",
    "ImportedBatch",
    "LocatedFile",
    "SoFar",
    "can_be_resumed",
    "described",
    "import_batches",
    "import_file",
    "import_lines",
    "import_on",
    "import_sources",
    "located_files",
]
