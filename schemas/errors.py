"""Every error that a user can act on.

    SiftuneError                 exit code
    ├── UsageError               2   a command or recipe that cannot be carried out as written
    │   ├── RecipeError          2   the recipe: unknown key, wrong value, file not found
    │   └── MissingPackage       2   an optional package that this command needs
    ├── DataError                3   data that cannot be read
    │   ├── SourceError          3   a source file or dataset
    │   ├── VersionError         3   a dataset version: absent or damaged
    │   ├── RunError             3   a run: absent or damaged
    │   └── JournalError         3   the decisions database: locked or corrupt
    ├── GateError                1   a gate failed: no rows left, leak, arithmetic, invariant
    └── Interrupted            130   Ctrl-C

Each says what is wrong and where (`problem`), and how to mend it (`mend`): two lines on stderr.
"""


class SiftuneError(Exception):
    """An error with a mend. `exit_code` is what the command returns."""

    exit_code = 2

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem} — {mend}")
        self.problem = problem
        self.mend = mend

    def __reduce__(self) -> tuple[type["SiftuneError"], tuple[str, str]]:
        """Two arguments, so that an error raised in a worker process arrives whole."""
        return type(self), (self.problem, self.mend)


class UsageError(SiftuneError):
    """The command cannot be carried out as written."""


class RecipeError(UsageError):
    """The recipe cannot be used as written."""


class MissingPackage(UsageError):
    """A package of an extra is not installed."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem, mend)

    @classmethod
    def of(cls, package: str, extra: str, needed_for: str) -> "MissingPackage":
        return cls(
            f"{needed_for} needs the package {package!r}, which is not installed",
            f"pip install 'siftune[{extra}]'",
        )


class DataError(SiftuneError):
    """Data that cannot be read."""

    exit_code = 3


class SourceError(DataError):
    """A source named in the recipe cannot be read."""


class VersionError(DataError):
    """A dataset version is absent or damaged."""


class RunError(DataError):
    """A run is absent or damaged."""


class JournalError(DataError):
    """The decisions database is locked or corrupt."""


class GateError(SiftuneError):
    """A gate failed; what was built is not to be trusted."""

    exit_code = 1


class Interrupted(SiftuneError):
    """The user pressed Ctrl-C."""

    exit_code = 130
