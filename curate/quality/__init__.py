"""Quality rules: each one small file, each a function from an example to a verdict or None."""

from curate.quality.user_checks import resolve_checks

__all__ = ["resolve_checks"]
