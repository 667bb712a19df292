"""From cells to reports: which need work, in which order, and each of them measured."""
