"""The engine, the index and the cache that these tests share."""

from realengine import cache, engine, index

__all__ = ["cache", "engine", "index"]
