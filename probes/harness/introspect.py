"""Kind, signature and identity of an attribute, the same on every Python. 2.7 to 3.14."""
from __future__ import absolute_import, division, print_function

import inspect
import re
import types

_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
)
_NAMES = {"unicode": "str", "long": "int", "NoneType": "None"}


def kind(value):
    """"function", "class", "module", "callable", or the name of the value's type."""
    if inspect.isclass(value):
        return "class"
    if inspect.ismodule(value):
        return "module"
    if isinstance(value, _FUNCTIONS) or (callable(value) and _has_wrapped(value)):
        return "function"
    if callable(value):
        return "callable"
    name = type(value).__name__
    return _NAMES.get(name, name)


def identity(value):
    """A key that is equal for the very same object; bound methods count by function and owner."""
    # Nothing is asked of other objects: a lazy module would be imported by the question.
    if isinstance(value, types.MethodType):
        return (id(value.__func__), id(value.__self__))
    return (id(value), 0)


def shareable(value):
    """Whether being the same object means anything: not for numbers and text, which are interned."""
    return not isinstance(value, (bool, int, float, complex, str, bytes, type(u""), type(None)))


def _has_wrapped(value):
    try:
        return "__wrapped__" in vars(value) or "_tf_decorator" in vars(value)
    except TypeError:
        return False


def unwrap(value):
    """The innermost function, through ``functools.wraps`` and TensorFlow's own decorators."""
    for _ in range(20):
        try:
            attributes = vars(value)
        except TypeError:
            return value
        inner = attributes.get("__wrapped__")
        if inner is None and "_tf_decorator" in attributes:
            inner = getattr(attributes["_tf_decorator"], "decorated_target", None)
        if inner is None or not callable(inner):
            return value
        value = inner
    return value


def arguments(value):
    """(the names that a callable takes, whether it takes any keyword); (empty, False) if unknown."""
    spec = _spec(value)
    if spec is None:
        return frozenset(), False
    return frozenset(name for name, star, _ in spec if not star), any(s == "**" for _, s, _ in spec)


def signature(value):
    """"(x, axis=None, *rest)": names and defaults; annotations left out. None where there is none."""
    if not callable(value):
        return None
    spec = _spec(value)
    if spec is None:
        return None
    parts = []
    for name, star, default in spec:
        parts.append(star + name + ("" if default is _NONE else "=" + _repr(default)))
    return "(%s)" % ", ".join(parts)


_NONE = object()


def _spec(value):
    """[(name, "" or "*" or "**", default or _NONE)], or None."""
    try:
        if hasattr(inspect, "signature"):
            return _modern_spec(value)
        return _old_spec(value)
    except Exception:
        # C functions, odd metaclasses, lazy proxies: there is no signature to be had.
        return None


def _modern_spec(value):
    target = value if inspect.isclass(value) else unwrap(value)
    spec, keyword_only = [], False
    for parameter in inspect.signature(target).parameters.values():
        star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        if parameter.kind == parameter.VAR_POSITIONAL:
            keyword_only = True
        if parameter.kind == parameter.KEYWORD_ONLY and not keyword_only:
            spec.append(("", "*", _NONE))
            keyword_only = True
        default = _NONE if parameter.default is parameter.empty else parameter.default
        spec.append((parameter.name, star, default))
    return spec


def _old_spec(value):
    target = unwrap(value)
    bound = inspect.isclass(target) or getattr(target, "__self__", None) is not None
    if inspect.isclass(target):
        target = target.__init__
    found = inspect.getargspec(target)
    defaults = found.defaults or ()
    first = len(found.args) - len(defaults)
    spec = []
    for position, name in enumerate(found.args):
        default = defaults[position - first] if position >= first else _NONE
        spec.append((name, "", default))
    spec = spec[1:] if bound else spec
    if found.varargs:
        spec.append((found.varargs, "*", _NONE))
    if found.keywords:
        spec.append((found.keywords, "**", _NONE))
    return spec


def _repr(value):
    if inspect.isclass(value) or inspect.isroutine(value):
        return getattr(value, "__name__", "?")
    if isinstance(value, type(u"")) and not isinstance(value, str):
        value = value.encode("ascii", "replace")
    try:
        text = repr(value)
    except Exception:
        return "?"
    return re.sub(r" at 0x[0-9a-fA-F]+", "", " ".join(text.split()))[:120]
