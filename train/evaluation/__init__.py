"""Evaluation: what a run's adapter answers, beside its base model, and by how much they differ."""
