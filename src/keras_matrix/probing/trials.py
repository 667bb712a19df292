"""What the alternatives of missing names came to, by default and under a setting. Pure."""

from dataclasses import replace

from keras_matrix.probing.protocol import Setting, Tried, Use
from keras_matrix.results import Alternative, AttributeOutcome


class Trials:
    """Every alternative that was tried, in the order in which the runner knows them."""

    def __init__(self) -> None:
        self._tried: dict[Use, Alternative] = {}
        self._settings: dict[Use, tuple[Setting, ...]] = {}

    def take(self, message: Tried, setting: Setting | None) -> None:
        """An answer; under a setting it counts only where it is a better one."""
        for path, name, use in message.uses:
            key = (path, name, use)
            found = Alternative(use=use, outcome=message.outcome, detail=message.detail)
            if setting is None:
                self._tried[key] = found
                self._settings[key] = message.settings
            elif key in self._tried and found.verified:
                default = self._tried[key].detail or self._tried[key].outcome.value
                self._tried[key] = replace(
                    found,
                    outcome=AttributeOutcome.NEEDS_SETTING,
                    detail=f"{setting.wording}; by default: {default}",
                )

    def failing(self, setting: Setting) -> tuple[Use, ...]:
        """Those that don't help by default, and may under the setting."""
        return tuple(
            key
            for key, found in sorted(self._tried.items(), key=lambda item: item[0])
            if not found.verified and setting in self._settings[key]
        )

    def of(self, path: str, name: str) -> tuple[Alternative, ...]:
        """What was tried for one missing name: what helps first, the plainest first of all."""
        found = (one for (at, of, _), one in self._tried.items() if (at, of) == (path, name))
        return tuple(sorted(found, key=lambda one: (*_rank(one, path), one.use)))


_ORDER = (AttributeOutcome.WORKS, AttributeOutcome.DEPRECATED, AttributeOutcome.NEEDS_SETTING)


def _rank(found: Alternative, path: str) -> tuple[int, bool, bool]:
    """By outcome; then the same path before others, and public modules before private ones."""
    place = _ORDER.index(found.outcome) if found.outcome in _ORDER else len(_ORDER)
    private = found.use.startswith(("tensorflow.python.", "keras.src."))
    return place, private, not found.use.startswith(f"{path}.")
