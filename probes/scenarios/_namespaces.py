"""What several scenarios share: the functions of two backend namespaces, side by side.

Not a scenario itself (its name begins with an underscore). Python 2.7 to 3.14.
"""
import inspect


def functions(namespace):
    """Public name -> function, of those that a Keras defines (no classes, no NumPy, no helpers' aliases)."""
    found = {}
    for name in dir(namespace):
        if name.startswith("_"):
            continue
        try:
            value = getattr(namespace, name)
        except Exception:
            # A lazy module that can't give what it lists: the attribute tables have the exception.
            continue
        home = getattr(value, "__module__", None) or ""
        if callable(value) and not inspect.isclass(value) and "keras" in home:
            found[name] = value
    return found


def counted(names, most=5):
    """ "3: a, b, c", or the first few of them and an ellipsis."""
    names = sorted(names)
    if not names:
        return "0"
    shown = ", ".join(names[:most])
    return "%d: %s%s" % (len(names), shown, ", ..." if len(names) > most else "")
