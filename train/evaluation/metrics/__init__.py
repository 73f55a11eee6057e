"""Metrics: prediction and reference in, a number out, each by a published definition."""
