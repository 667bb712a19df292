"""The ``follow`` section of matrix.yaml: which new releases become cells of which group.

Shapes and what the groups must be like; what the catalogue has for a rule is
:mod:`keras_matrix.proposing`'s to find out.
"""

import re
from collections.abc import Sequence as Listed

from keras_matrix.matrix.blocks import Combine, FollowRule, Group, MinorOf, Newest, TagPattern
from keras_matrix.matrix.cells import PINS, Tag
from keras_matrix.matrix.yamlfields import check_choice, listed_words, open_table, table, word
from keras_matrix.matrix.yamlmarks import Problems, Value, did_you_mean

RULE_KEYS = (*PINS, "tags")

_NEWEST = re.compile(r"newest (?:minor|(?P<minors>[1-9]\d*) minors)(?: \+(?P<build>[a-z0-9.]+))?")
_MINOR_OF = re.compile(r"minor of (?P<pin>[a-z-]+)")


def read_rules(
    value: Value | None,
    groups: Listed[Group],
    tag_patterns: Listed[TagPattern],
    problems: Problems,
) -> tuple[FollowRule, ...]:
    """Every rule that could be understood; what could not is in ``problems``."""
    found = open_table(value, "follow", problems) if value else None
    if found is None:
        return ()
    named = {group.name: group for group in groups}
    tagged = {pattern.tag for pattern in tag_patterns}
    rules = []
    for name, block in found.entries.items():
        line = found.lines[name]
        if name not in named:
            hint = did_you_mean(name, named)
            problems.add(line, f"follow: there is no group {name!r} to write new cells to{hint}")
            continue
        rule = _rule(name, line, block, problems)
        if rule is not None:
            _check_group(rule, named[name], problems)
            _check_tags(rule, tagged, problems)
            rules.append(rule)
    return tuple(rules)


def _rule(group: str, line: int, value: Value, problems: Problems) -> FollowRule | None:
    where = f"follow {group!r}"
    found = table(value, RULE_KEYS, where, problems)
    if found is None:
        return None
    entries = found.entries
    read = {
        pin: _follows(entries[pin], f"{where}.{pin}", problems) for pin in PINS if pin in entries
    }
    follows = {pin: what for pin, what in read.items() if what is not None}
    for pin, what in follows.items():
        if isinstance(what, MinorOf) and not isinstance(follows.get(what.pin), Newest):
            text = f"{where}.{pin}: the rule follows no newest {what.pin}"
            problems.add(found.lines[pin], text)
    if not read:
        problems.add(line, f"{where} follows no project; known: {', '.join(PINS)}")
    tags = listed_words(entries["tags"], f"{where}.tags", problems) if "tags" in entries else []
    known = [tag.value for tag in Tag]
    return FollowRule(
        group=group,
        line=line,
        follows=follows,
        lines={pin: found.lines[pin] for pin in follows},
        tags=tuple(
            Tag(tag) for at, tag in tags if check_choice(tag, at, known, f"{where}.tags", problems)
        ),
    )


def _follows(value: Value, what: str, problems: Problems) -> Newest | MinorOf | None:
    text = word(value, what, problems)
    if text is None:
        return None
    if newest := _NEWEST.fullmatch(text):
        return Newest(minors=int(newest["minors"] or 1), build=newest["build"])
    if other := _MINOR_OF.fullmatch(text):
        return MinorOf(pin=other["pin"])
    known = ("newest minor", "newest 2 minors", "newest minor +cpu", "minor of keras")
    hint = did_you_mean(text, known) or f"; write it as one of: {', '.join(known)}"
    problems.add(value.line, f"{what}: {text!r} says nothing to follow{hint}")
    return None


def _check_group(rule: FollowRule, group: Group, problems: Problems) -> None:
    """A new cell must fit into the group without making or changing any other."""
    name = f"group {group.name!r}"
    axes = {axis.name: axis for axis in group.axes}
    for pin, line in rule.lines.items():
        if pin not in axes:
            problems.add(line, f"follow {group.name!r}.{pin}: {name} pins no {pin}")
    for axis in group.axes:
        if axis.size is not None and axis.name not in rule.follows:
            text = f"{name} has a list of {axis.name}, which the rule must follow, too"
            problems.add(rule.line, f"follow {group.name!r}: {text}")
    columns = (*group.axes, *([group.settings.python] if group.settings.python else []))
    if group.combine is Combine.PRODUCT and any((axis.size or 1) > 1 for axis in columns):
        text = f"{name} is a product, where one more version is more than one cell"
        problems.add(rule.line, f"follow {group.name!r}: {text}; it wants `combine: zip`")


def _check_tags(rule: FollowRule, tagged: set[Tag], problems: Problems) -> None:
    for tag in rule.tags:
        if tag not in tagged:
            text = f"there are no patterns of {tag} under 'tags' to stand beside"
            problems.add(rule.line, f"follow {rule.group!r}.tags: {text}")
