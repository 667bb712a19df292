"""What matrix.yaml declares, block by block, before any block is multiplied out.

Shapes only: keys, types, words of closed sets. What the catalogue must confirm (versions, files,
dates) is :mod:`.expansion`'s. The accepted keys are those of ``schemas/matrix.schema.json``.
"""

from collections.abc import Mapping
from dataclasses import replace

from keras_matrix.matrix.blocks import (
    Axis,
    Combine,
    Declarations,
    Exclude,
    Group,
    Settings,
    TagPattern,
)
from keras_matrix.matrix.cells import FRAMEWORK_PINS, PINS, Tag
from keras_matrix.matrix.followrules import read_rules
from keras_matrix.matrix.yamlfields import (
    check_choice,
    choice,
    day,
    listed_words,
    natural,
    open_table,
    table,
    word,
    words,
)
from keras_matrix.matrix.yamlmarks import Problems, Scalar, Sequence, Value
from keras_matrix.wheels import PYTHONS

AUTO = "auto"
SETTING_KEYS = ("python", "as_of", "grace_days", "tags")
TOP_KEYS = ("version", "import_paths", "defaults", "groups", "follow", "tags", "exclude")
DEFAULT_KEYS = (*SETTING_KEYS, "pythons")
GROUP_KEYS = (*PINS, "extras", *SETTING_KEYS, "backend", "combine", "exclude")
EXCLUDE_KEYS = (*PINS, "extras", "python", "backend", "reason")

_BUILT_IN = Settings(python=None, as_of=None, grace_days=30, tags=(Tag.FULL,))


def read_declarations(document: Value, problems: Problems) -> Declarations:
    """Everything that could be understood; what could not is in ``problems``."""
    top = table(document, TOP_KEYS, "the file", problems)
    entries = top.entries if top else {}
    if top and "groups" not in entries:
        problems.add(top.line, "the file declares no 'groups'")
    _check_version(entries.get("version"), problems)
    defaults, pythons = _defaults(entries.get("defaults"), problems)
    groups = _groups(entries.get("groups"), defaults, problems)
    tag_patterns = _tag_patterns(entries.get("tags"), problems)
    return Declarations(
        import_paths=_import_paths(entries.get("import_paths"), problems),
        pythons=pythons,
        groups=groups,
        excludes=_excludes(entries.get("exclude"), "exclude", problems),
        tag_patterns=tag_patterns,
        follow=read_rules(entries.get("follow"), groups, tag_patterns, problems),
    )


def _check_version(value: Value | None, problems: Problems) -> None:
    if value is not None and not (isinstance(value, Scalar) and value.text == "1"):
        problems.add(value.line, "version: only format 1 is known")


def _import_paths(value: Value | None, problems: Problems) -> tuple[str, ...]:
    paths: dict[str, int] = {}
    for line, path in listed_words(value, "import_paths", problems) if value else ():
        if not all(part.isidentifier() for part in path.split(".")):
            problems.add(line, f"import_paths: {path!r} is no dotted module name")
        elif path in paths:
            problems.add(line, f"import_paths: {path!r} stands here twice")
        paths.setdefault(path, line)
    return tuple(paths)


def _defaults(value: Value | None, problems: Problems) -> tuple[Settings, tuple[str, ...]]:
    found = table(value, DEFAULT_KEYS, "defaults", problems) if value else None
    if found is None:
        return _BUILT_IN, PYTHONS
    candidates = found.entries.get("pythons")
    pythons = _pythons(candidates, "defaults.pythons", problems) if candidates else PYTHONS
    settings = _settings(found.entries, _BUILT_IN, "defaults", problems)
    return settings, tuple(sorted(pythons, key=PYTHONS.index))


def _settings(
    entries: Mapping[str, Value], base: Settings, where: str, problems: Problems
) -> Settings:
    python, as_of = base.python, base.as_of
    if (value := entries.get("python")) is not None:
        python = None if _is_auto(value) else _python_axis(value, where, problems)
    if (value := entries.get("as_of")) is not None:
        as_of = None if _is_auto(value) else day(value, f"{where}.as_of", problems)
    grace = base.grace_days
    if (value := entries.get("grace_days")) is not None:
        found = natural(value, f"{where}.grace_days", problems)
        grace = grace if found is None else found
    tags = base.tags
    if (value := entries.get("tags")) is not None:
        own = _tags(value, f"{where}.tags", problems)
        tags = tuple(tag for tag in Tag if tag in own or tag in tags)
    return replace(base, python=python, as_of=as_of, grace_days=grace, tags=tags)


def _is_auto(value: Value) -> bool:
    return isinstance(value, Scalar) and value.text == AUTO


def _python_axis(value: Value, where: str, problems: Problems) -> Axis:
    what = f"{where}.python"
    found = words(value, what, problems)
    good = [
        (line, text) for line, text in found if check_choice(text, line, PYTHONS, what, problems)
    ]
    return _axis("python", value, good, what, problems)


def _axis(
    name: str, value: Value, found: list[tuple[int, str]], what: str, problems: Problems
) -> Axis:
    size = len(value.items) if isinstance(value, Sequence) else None
    if size == 0:
        problems.add(value.line, f"{what}: an empty product: the list has no entry")
    return Axis(
        name=name,
        values=tuple(text for _, text in found),
        lines=tuple(line for line, _ in found),
        size=size,
    )


def _pythons(value: Value, what: str, problems: Problems) -> tuple[str, ...]:
    found = words(value, what, problems)
    return tuple(text for line, text in found if check_choice(text, line, PYTHONS, what, problems))


def _tags(value: Value, what: str, problems: Problems) -> tuple[Tag, ...]:
    known = [tag.value for tag in Tag]
    found = listed_words(value, what, problems)
    return tuple(
        Tag(text) for line, text in found if check_choice(text, line, known, what, problems)
    )


def _groups(value: Value | None, defaults: Settings, problems: Problems) -> tuple[Group, ...]:
    found = open_table(value, "groups", problems) if value else None
    if found is None:
        return ()
    if not found.entries:
        problems.add(found.line, "groups: an empty product: there is no group")
    groups = (
        _group(name, found.lines[name], block, defaults, problems)
        for name, block in found.entries.items()
    )
    return tuple(group for group in groups if group is not None)


def _group(
    name: str, line: int, value: Value, defaults: Settings, problems: Problems
) -> Group | None:
    where = f"group {name!r}"
    found = table(value, GROUP_KEYS, where, problems)
    if found is None:
        return None
    entries = found.entries
    combine = Combine.PRODUCT
    if "combine" in entries:
        known = [combine.value for combine in Combine]
        combine = Combine(
            choice(entries["combine"], known, f"{where}.combine", problems) or combine
        )
    backend = None
    if "backend" in entries:
        backend = choice(entries["backend"], FRAMEWORK_PINS, f"{where}.backend", problems)
    return Group(
        name=name,
        line=line,
        axes=_axes(entries, where, problems),
        settings=_settings(entries, defaults, where, problems),
        backend=backend,
        combine=combine,
        excludes=_excludes(entries.get("exclude"), f"{where}.exclude", problems),
    )


def _axes(entries: Mapping[str, Value], where: str, problems: Problems) -> tuple[Axis, ...]:
    pins = [(pin, entries[pin]) for pin in PINS if pin in entries]
    if "extras" in entries:
        extras = open_table(entries["extras"], f"{where}.extras", problems)
        pins.extend(extras.entries.items() if extras else ())
    return tuple(
        _axis(name, value, words(value, f"{where}.{name}", problems), f"{where}.{name}", problems)
        for name, value in pins
    )


def _excludes(value: Value | None, what: str, problems: Problems) -> tuple[Exclude, ...]:
    if value is None:
        return ()
    if not isinstance(value, Sequence):
        problems.add(value.line, f"{what} must be a list of mappings, each with a 'reason'")
        return ()
    found = (_exclude(item, what, problems) for item in value.items)
    return tuple(exclude for exclude in found if exclude is not None)


def _exclude(value: Value, what: str, problems: Problems) -> Exclude | None:
    found = table(value, EXCLUDE_KEYS, what, problems)
    if found is None:
        return None
    reason = None
    if "reason" in found.entries:
        reason = word(found.entries["reason"], f"{what}.reason", problems)
    else:
        problems.add(found.line, f"{what}: an entry without a 'reason'")
    where = {axis.name: axis.values for axis in _axes(found.entries, what, problems)}
    for key in ("python", "backend"):
        if key in found.entries:
            values = words(found.entries[key], f"{what}.{key}", problems)
            where[key] = tuple(text for _, text in values)
    if not where:
        problems.add(
            found.line, f"{what}: an entry that names no version would leave out everything"
        )
    complete = reason is not None and where
    return Exclude(line=found.line, where=where, reason=reason or "") if complete else None


def _tag_patterns(value: Value | None, problems: Problems) -> tuple[TagPattern, ...]:
    known = [tag.value for tag in Tag]
    found = table(value, known, "tags", problems) if value else None
    return tuple(
        TagPattern(tag=Tag(tag), line=line, pattern=pattern)
        for tag, patterns in (found.entries.items() if found else ())
        if tag in known
        for line, pattern in listed_words(patterns, f"tags.{tag}", problems)
    )
