"""May one function be called as another one is? Strict: what can't be decided is a no."""

from keras_matrix.scanning.following.mentions import Call
from keras_matrix.signatures import Parameters

_HARMLESS = frozenset({"name"})
"""Optional parameters that change no result."""


def fits(
    call: Call | None, old: Parameters | None, new: Parameters | None, *, vetted: bool
) -> bool:
    """Whether a call of the old function means the same to the new one.

    ``vetted``: a person wrote that this one takes the other's place, and the recipe agreed; then
    the arguments that the old one requires may be called otherwise. None for ``call`` is a
    function that is handed on: then nothing may differ. None for ``new`` is a function whose
    signature was not measured.
    """
    if old is None or old.catches_all:
        return False
    if new is None:
        return vetted and call is not None and _only_required(call, old)
    if call is None or call.starred:
        return call is None and old == new
    return (
        _places_agree(call, old, new, vetted=vetted)
        and _names_agree(call, old, new)
        and _defaults_agree(call, old, new)
        and _complete(call, new)
    )


def _only_required(call: Call, old: Parameters) -> bool:
    optional = set(old.names) - set(old.required)
    given = call.positional == len(old.required) and not call.keywords and not call.starred
    return given and optional <= _HARMLESS


def _places_agree(call: Call, old: Parameters, new: Parameters, *, vetted: bool) -> bool:
    if call.positional > min(len(old.positional), len(new.positional)):
        return False
    for one, other in zip(
        old.positional[: call.positional], new.positional[: call.positional], strict=True
    ):
        required = vetted and one in old.required and one not in new.names
        if one != other and not required:
            return False
    return True


def _names_agree(call: Call, old: Parameters, new: Parameters) -> bool:
    return all(name in old.names and name in new.names for name in call.keywords)


def _given(call: Call, old: Parameters) -> frozenset[str]:
    return frozenset((*old.positional[: call.positional], *call.keywords))


def _defaults_agree(call: Call, old: Parameters, new: Parameters) -> bool:
    """What the call leaves out means the same."""
    left_out = old.defaults.keys() - _given(call, old)
    return all(
        new.defaults.get(name, old.defaults[name]) == old.defaults[name] for name in left_out
    )


def _complete(call: Call, new: Parameters) -> bool:
    """Whether the new one has everything that it requires."""
    given = frozenset((*new.positional[: call.positional], *call.keywords))
    return set(new.required) <= given
