"""Plots as SVG that stands in a page by itself, without script, and as characters for a terminal."""
