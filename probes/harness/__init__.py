"""What runs the recipes inside a cell. Python 2.7 to 3.14, the standard library and NumPy only."""
