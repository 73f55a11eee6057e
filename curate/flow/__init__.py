"""Rows on their way through the stages: known by keys, their answers kept by content, their texts on disk."""
