"""Personal data and secrets: what finds them in a text, and what stands in their place."""
