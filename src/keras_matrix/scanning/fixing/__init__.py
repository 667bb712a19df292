"""Verified one-to-one replacements, as a diff."""
