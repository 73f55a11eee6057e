"""What a run records: losses per example, snapshots, checkpoints, metrics, each safe against a kill."""
