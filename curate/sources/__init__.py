"""Sources: raw files and datasets of any usual format in, examples and rejects out."""

from curate.sources.importing import Imported, import_sources

__all__ = ["Imported", "import_sources"]
