"""A comparison as text, Markdown, data, and GitHub's annotations. Pure.

Whatever an exception says in a cell reaches these as text: it can be no markup, no terminal code
and no workflow command.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from keras_matrix.comparing.comparison import Comparison
from keras_matrix.comparing.groups import Group
from keras_matrix.comparing.wording import (
    TITLES,
    cause_text,
    counts,
    excuse,
    reason,
    singular,
    statement,
)
from keras_matrix.plaintext import plain
from keras_matrix.render.marks import escape
from keras_matrix.tables.changes import Kind
from keras_matrix.workflowcommands import command

SUMMARY_BYTES = 1_000_000
"""What a Markdown text may take: GitHub shows no step summary beyond 1 MiB."""

_ANNOTATIONS = 10  # of a level; GitHub shows no more for a step
_NAMES_IN_TEXT = 12
_NAMES_IN_MARKDOWN = 40
_LEVELS = {Kind.REGRESSION: "error", Kind.UNMEASURED: "warning", Kind.FLAKY: "warning"}


def to_text(comparison: Comparison) -> str:
    """For a terminal: kinds, their causes, a line for each group, and the counts."""
    lines = []
    for title, groups in _sections(comparison):
        lines += ["", f"{title}:"]
        for cause, part in _by_cause(comparison, groups):
            lines.append(f"  {cause}")
            for group in part:
                lines.append(f"    {statement(group, comparison, str, _NAMES_IN_TEXT)}")
                lines += [f"      {note}" for note in (reason(group), excuse(group)) if note]
    lines += ["", f"{comparison.old} → {comparison.new}: {counts(comparison)}"]
    return "\n".join(plain(line) for line in lines).lstrip("\n") + "\n"


def to_markdown(comparison: Comparison, most: int = SUMMARY_BYTES) -> str:
    """For a step summary: the changes only, cut at a line before it is longer than ``most``."""
    head = f"## {escape(comparison.old)} → {escape(comparison.new)}\n\n{counts(comparison)}\n"
    text, size = [head], len(head.encode())
    lines = list(_markdown(comparison))
    room = most - 200  # for what is said of the rest
    for number, line in enumerate(lines):
        size += len(line.encode()) + 1
        if size > room:
            text.append(
                f"\n*Cut here: {len(lines) - number} lines more, which `keras-matrix diff` prints.*"
            )
            break
        text.append(line)
    return "\n".join(text).rstrip("\n") + "\n"


def _markdown(comparison: Comparison) -> Iterator[str]:
    for problem in comparison.problems:
        yield f"> **{escape(plain(problem))}**\n"
    for title, groups in _sections(comparison):
        yield f"### {title.capitalize()}\n"
        for cause, part in _by_cause(comparison, groups):
            yield f"- **{escape(plain(cause))}**"
            for group in part:
                yield f"  - {statement(group, comparison, _code, _NAMES_IN_MARKDOWN)}"
                notes = (note for note in (reason(group), excuse(group)) if note)
                yield from (f"    - {escape(plain(note))}" for note in notes)
        yield ""


def _code(text: str) -> str:
    """Names as code; one with something in it that could end the code, as plain text."""
    shown = plain(text)
    return f"`{shown}`" if shown.replace(".", "").replace("-", "").isidentifier() else escape(shown)


def to_annotations(comparison: Comparison) -> str:
    """Workflow commands: an error for each group that got worse, a warning for each that can't
    be told; of each level no more than GitHub shows, and the counts as a notice."""
    said: dict[str, list[tuple[str, str]]] = {"error": [], "warning": []}
    for kind, level in _LEVELS.items():
        for group in comparison.of(kind):
            cause = cause_text(group.cause, comparison, group.cells)
            text = statement(group, comparison, str, _NAMES_IN_TEXT)
            why = reason(group)
            said[level].append((f"{singular(kind)}: {cause}", f"{text}\n{why}" if why else text))
    said["warning"] += [("expectations", problem) for problem in comparison.problems]
    lines = [
        command(level, {"title": plain(title)}, plain(text))
        for level, annotations in said.items()
        for title, text in _most(annotations)
    ]
    title = f"{comparison.old} → {comparison.new}"
    lines.append(command("notice", {"title": plain(title)}, counts(comparison)))
    return "".join(f"{line}\n" for line in lines)


def _most(annotations: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    if len(annotations) <= _ANNOTATIONS:
        return annotations
    shown = annotations[: _ANNOTATIONS - 1]
    return [*shown, ("more", f"{len(annotations) - len(shown)} more; see the step summary")]


def to_document(comparison: Comparison) -> dict[str, Any]:
    """Everything as data: the groups, and every change that they are made of."""
    return {
        "old": comparison.old,
        "new": comparison.new,
        "cells": comparison.cells,
        "worse": comparison.worse,
        "groups": [_group(group, comparison) for group in comparison.groups],
        "changes": [
            {
                "kind": found.change.kind.value,
                "cell": found.change.cell,
                "path": found.change.path,
                "attribute": found.change.attribute,
                "before": found.change.before,
                "after": found.change.after,
                "detail": found.change.detail,
                "allowed": found.allowed is not None,
            }
            for found in comparison.found
        ],
        "compared_with": dict(comparison.arrivals),
        "problems": list(comparison.problems),
    }


def _group(group: Group, comparison: Comparison) -> dict[str, Any]:
    return {
        "kind": group.kind.value,
        "cause": cause_text(group.cause, comparison, group.cells),
        "text": statement(group, comparison, str, _NAMES_IN_TEXT),
        "before": group.before,
        "after": group.after,
        "names": list(group.names),
        "paths": list(group.paths),
        "cells": list(group.cells),
        "detail": group.detail,
        "allowed": excuse(group),
    }


def _sections(comparison: Comparison) -> Iterator[tuple[str, Sequence[Group]]]:
    for kind in Kind:
        if groups := comparison.of(kind):
            yield TITLES[kind], groups
        if groups := comparison.of(kind, allowed=True):
            yield f"allowed {TITLES[kind]}", groups


def _by_cause(
    comparison: Comparison, groups: Sequence[Group]
) -> Iterator[tuple[str, Sequence[Group]]]:
    """Groups under their cause; the cause of most changes first."""
    named: dict[str, list[Group]] = {}
    for group in groups:
        named.setdefault(cause_text(group.cause, comparison, group.cells), []).append(group)
    return iter(sorted(named.items(), key=lambda item: -sum(group.size for group in item[1])))
