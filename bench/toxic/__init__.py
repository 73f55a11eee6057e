"""A small classifier of toxic text, trained here on a made-up language, for what speed costs in recall."""
