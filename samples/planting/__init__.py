"""Faults put into the sample on purpose, each written down as it is made. No row gets two."""
