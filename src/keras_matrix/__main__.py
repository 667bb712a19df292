"""``python -m keras_matrix``."""

from keras_matrix.cli import main

main()
