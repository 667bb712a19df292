"""expectations.yaml: accepted regressions, canaries, and what the guard lets pass.

:mod:`.model` holds the values, :mod:`.reading` makes them of the file.
"""
