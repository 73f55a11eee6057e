"""Previews that are alike: the first of a kind are shown whole, the others by title; and all in numbers."""

from dataclasses import dataclass, field

from curate.importing.dry_run import Preview

SHOWN = 3  # of a kind

Kind = tuple[object, ...]


@dataclass(slots=True)
class Seen:
    """The previews so far. `first` are the paths of the first of each kind, `shown` how many of it."""

    files: int = 0
    rows: int = 0
    rejected: int = 0
    unread: int = 0
    first: dict[Kind, str] = field(default_factory=dict)
    shown: dict[Kind, int] = field(default_factory=dict)

    def add(self, preview: Preview) -> str | None:
        """The path of the preview that shows what this one would, where enough like it were shown."""
        self.files += 1
        self.unread += preview.problem is not None
        if preview.count is not None:
            self.rows += preview.count.rows
            self.rejected += preview.count.rejected
        kind = _kind(preview)
        self.shown[kind] = self.shown.get(kind, 0) + 1
        first = self.first.setdefault(kind, preview.path)
        return first if self.shown[kind] > SHOWN else None

    def total(self) -> str:
        unread = f"; {self.unread:,} of the files cannot be read" if self.unread else ""
        return f"{self.files:,} files: {self.rows:,} rows, {self.rejected:,} rejected{unread}"


def _kind(preview: Preview) -> Kind:
    """What two previews have in common of which one need not be shown."""
    problem = (preview.problem or "").replace(preview.path, "")
    mappings = tuple((shape, *roles.items()) for shape, roles in preview.mappings.items())
    reasons = tuple((reason, preview.fixes.get(reason)) for reason in sorted(preview.rejected))
    return (problem, preview.mend, preview.count and preview.count.format, mappings, reasons)
