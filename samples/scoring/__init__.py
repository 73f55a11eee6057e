"""Builds and runs against the answer key, from the documented files alone."""
