"""What several benchmarks share: generated rows, and running a command with its time and memory."""
