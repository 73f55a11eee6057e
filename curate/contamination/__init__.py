"""Overlap of data with benchmarks: `benchmarks` reads their files, `overlap` finds them in rows."""
