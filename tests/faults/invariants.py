"""What holds after faults, in the words of reports/faults.md."""

KEPT = "finished cells are kept byte for byte"
ONCE = "none is measured again"
TRUE = "no name is falsely missing"
CLEAN = "no container, volume or network is left"
NEXT = "the next run measures what is left and ends with 0"
RECOVERS = (KEPT, ONCE, TRUE, CLEAN, NEXT)
"""What holds after every fault that a run is hit by."""
