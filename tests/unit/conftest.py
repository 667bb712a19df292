"""Fixtures that several test modules share."""

from commandline import checkout, run

__all__ = ["checkout", "run"]
