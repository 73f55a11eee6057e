"""Readers: one file format each, from bytes on disk to raw rows. No reader loses a row in silence."""
