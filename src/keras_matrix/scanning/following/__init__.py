"""One file: what its names stand for, and every dotted path that it reaches for. Pure."""
