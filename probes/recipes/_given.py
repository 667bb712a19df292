"""The inputs of recipes for functions that look at a static shape.

Imported by recipes inside a cell. Floor: Python 2.7, numpy 1.11; no f-strings, no keyword-only
arguments, nothing but the standard library and the cell's own numpy.
"""


def given(c, array):
    """A variable, whose shape every Keras 0.3 to 2 knows while it builds the graph; in Keras 3's own
    namespaces, whose operations take tensors, a tensor. (Theano's K.constant forgets its shape.)
    """
    return c.variable(array) if hasattr(c.K, "variable") else c.tensor(array)
