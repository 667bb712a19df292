"""Typed values out of :mod:`.yamlmarks` ones; a wrong one is noted and left out, never guessed."""

from collections.abc import Collection, Iterator
from datetime import date

from keras_matrix.matrix.yamlmarks import (
    Problems,
    Scalar,
    Sequence,
    Table,
    Value,
    describe,
    did_you_mean,
)

_NUMBERS = ("int", "float")


def table(value: Value, known: Collection[str], what: str, problems: Problems) -> Table | None:
    """A mapping with known keys only; unknown ones are noted with the nearest known one."""
    if not isinstance(value, Table):
        problems.add(value.line, f"{what} must be a mapping, not {describe(value)}")
        return None
    for key in value.entries:
        if key not in known:
            hint = did_you_mean(key, known) or f"; known: {', '.join(known)}"
            problems.add(value.lines[key], f"unknown key {key!r} in {what}{hint}")
    return value


def open_table(value: Value, what: str, problems: Problems) -> Table | None:
    """A mapping whose keys are names that the file chooses."""
    return table(value, value.entries if isinstance(value, Table) else (), what, problems)


def word(value: Value, what: str, problems: Problems) -> str | None:
    """A string. A bare number is refused: YAML reads ``2.10`` as ``2.1``."""
    if isinstance(value, Scalar) and value.kind == "str" and value.text.strip():
        return value.text
    if isinstance(value, Scalar) and value.kind in _NUMBERS:
        advice = f'{value.text} is a number to YAML; quote it: "{value.text}"'
        problems.add(value.line, f"{what}: {advice}")
    else:
        problems.add(value.line, f"{what} must be a word, not {describe(value)}")
    return None


def words(value: Value, what: str, problems: Problems) -> list[tuple[int, str]]:
    """One word or a list of them, each with its line."""
    items = value.items if isinstance(value, Sequence) else (value,)
    return list(_good_words(items, what, problems))


def listed_words(value: Value, what: str, problems: Problems) -> list[tuple[int, str]]:
    """A list of words, each with its line."""
    if isinstance(value, Sequence):
        return words(value, what, problems)
    problems.add(value.line, f"{what} must be a list, not {describe(value)}")
    return []


def choice(value: Value, known: Collection[str], what: str, problems: Problems) -> str | None:
    """A word out of a closed set."""
    found = word(value, what, problems)
    return (
        found if found is None or check_choice(found, value.line, known, what, problems) else None
    )


def check_choice(
    found: str, line: int, known: Collection[str], what: str, problems: Problems
) -> bool:
    """Whether a word is in a closed set; noted with the nearest one where it isn't."""
    if found in known:
        return True
    hint = did_you_mean(found, known)
    problems.add(line, f"{what}: {found!r} is none of {', '.join(known)}{hint}")
    return False


def natural(value: Value, what: str, problems: Problems) -> int | None:
    """A whole number, zero or more."""
    if isinstance(value, Scalar) and value.kind == "int" and value.text.isdecimal():
        return int(value.text)
    problems.add(value.line, f"{what} must be a whole number, not {describe(value)}")
    return None


def day(value: Value, what: str, problems: Problems) -> date | None:
    """A date such as 2021-02-04, quoted or not."""
    if isinstance(value, Scalar) and value.kind in ("str", "timestamp"):
        try:
            return date.fromisoformat(value.text)
        except ValueError:
            problems.add(value.line, f"{what}: {value.text!r} is no date (write 2021-02-04)")
            return None
    problems.add(value.line, f"{what} must be a date such as 2021-02-04, not {describe(value)}")
    return None


def _good_words(
    items: tuple[Value, ...], what: str, problems: Problems
) -> Iterator[tuple[int, str]]:
    for item in items:
        found = word(item, what, problems)
        if found is not None:
            yield item.line, found
