"""Generated text for the benchmarks."""
