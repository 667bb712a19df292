"""``keras-matrix scan``: which measured combinations can run this code, and what stops the rest."""

import argparse
import sys
from pathlib import Path

from keras_matrix.cli import common, pasted
from keras_matrix.errors import InputError
from keras_matrix.knowledge import Knowledge, load_knowledge
from keras_matrix.scanning.answers import Ability, Answer, answer
from keras_matrix.scanning.files import find_files
from keras_matrix.scanning.namespaces import Namespaces
from keras_matrix.scanning.sources import Place
from keras_matrix.scanning.targets import Target, Wish, nearest, newest
from keras_matrix.scanning.tree import read_tree

EXAMPLES = """examples:
  keras-matrix scan src/ notebooks/              every measured combination
  keras-matrix scan . --keras 2.4.3 --tensorflow 2.3.1    this one, or the nearest measured
  keras-matrix scan . --format sarif > scan.sarif         for code scanning
  keras-matrix scan . --format github --keras 3.15.1 --tensorflow 2.21.0
  keras-matrix scan . --fix --keras 2.15.0 --tensorflow 2.15.0 | git apply

Nothing is run and nothing is written. --fix prints verified one-to-one replacements as a diff;
what it leaves, and why, goes to standard error.

exit codes: 0 the combination that the options state can run the code, or without them at least
one measured combination can; 1 it can't, or none can; 2 no such path, or nothing to read there
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files and folders")
    parser.add_argument(
        "--format",
        choices=("text", "json", "sarif", "github"),
        default="text",
        help="text for people, data, SARIF 2.1.0, or GitHub's annotations",
    )
    parser.add_argument(
        "--fix",
        action="store_true",
        help="print verified replacements as a diff: for the stated combination, else the newest",
    )
    pasted.add_combination(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print the answer; 1 where it is no."""
    releases, python = pasted.stated(arguments)
    wish = Wish(releases=releases, python=python, backend=arguments.backend)
    table = arguments.root / "reports" / "compatibility.json" if arguments.root else None
    knowledge = load_knowledge(table)
    if not knowledge.measured:
        raise InputError(["the table holds no measured combination"])
    target = nearest(knowledge, wish) if wish else None
    namespaces = Namespaces(knowledge.paths, knowledge.names("keras.backend"))
    tree = read_tree(find_files(arguments.paths), namespaces)
    if tree.files <= sum(not each.partly for each in tree.unread):
        raise InputError([f"{each.path}: {each.reason}" for each in tree.unread])
    found = answer(tree, knowledge)
    can_run = _can_run(found, target)
    if arguments.fix:
        _print_fixes(found, knowledge, target)
    else:
        form = "json" if arguments.json else arguments.format
        _print(form, found, knowledge, target, can_run=can_run)
    return 0 if can_run else 1


def _can_run(found: Answer, target: Target | None) -> bool:
    """Unknown is not no."""
    if target is not None:
        return found.abilities[target.cell.id] is not Ability.NO
    return any(ability is not Ability.NO for ability in found.abilities.values())


def _print(
    form: str, found: Answer, knowledge: Knowledge, target: Target | None, *, can_run: bool
) -> None:
    if form == "text":
        from keras_matrix.scanning.formats.text import to_text

        sys.stdout.write(to_text(found, knowledge, target))
        return
    if form == "json":
        from keras_matrix.scanning.formats.document import to_document

        common.print_json(to_document(found, knowledge, target, can_run=can_run))
        return
    from keras_matrix.scanning.formats.annotations import to_annotations
    from keras_matrix.scanning.formats.issues import issues
    from keras_matrix.scanning.formats.sarif import to_sarif

    listed, unread = issues(found, knowledge, target), found.tree.unread
    if form == "sarif":
        common.print_json(to_sarif(listed, unread))
    else:
        sys.stdout.write(to_annotations(listed, unread))


def _print_fixes(found: Answer, knowledge: Knowledge, target: Target | None) -> None:
    """The diff on standard output, in the files' own bytes; the rest on standard error."""
    from keras_matrix.scanning.fixing.fixes import find_fixes
    from keras_matrix.scanning.fixing.patches import to_patch
    from keras_matrix.scanning.formats.wording import count, listed
    from keras_matrix.scanning.judging import Judge

    cell = target.cell if target is not None else newest(knowledge.measured)
    judge = Judge(knowledge=knowledge, linker=found.tree.linker, sets=found.tree.sets)
    fixes = find_fixes(found.tree, judge, cell.id)
    sys.stdout.buffer.write(to_patch(fixes.fixes))
    sys.stdout.buffer.flush()
    why = target.text if target is not None else f"{cell.id}, the newest on its backend"
    print(f"for {why}: {count(len(fixes.fixes), 'file')} can be changed", file=sys.stderr)
    left: dict[tuple[str, str], list[Place]] = {}
    for each in fixes.left:
        left.setdefault((each.title, each.why), []).append(each.place)
    for (title, reason), places in sorted(left.items()):
        print(f"left: {title}, {listed(places)}: {reason}", file=sys.stderr)
