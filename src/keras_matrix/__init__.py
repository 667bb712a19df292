"""Measures what ``keras.backend`` offers on every version combination of ``matrix.yaml``."""

__version__ = "0.1.0"
