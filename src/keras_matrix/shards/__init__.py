"""Cells for several machines, and what these measured as one set of reports."""
