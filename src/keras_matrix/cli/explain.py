"""``keras-matrix explain``: the cause of an error and what was measured to work, offline."""

import argparse
import sys

from keras_matrix.cli import pasted
from keras_matrix.errors import InputError
from keras_matrix.explaining import explain
from keras_matrix.knowledge import load_knowledge

EXAMPLES = """examples:
  keras-matrix explain "module 'keras.backend' has no attribute 'get_session'" \\
      --keras 2.4.3 --tensorflow 2.3.1
  keras-matrix explain --from issue.txt     a traceback, pip freeze, prose: any mixture
  pip freeze | keras-matrix explain "AttributeError: …" --from -
  keras-matrix explain "…" --backend theano --json

answers from the measured table that came with the package; --root DIR takes a checkout's

exit codes: 0 explained, 1 nothing measured is known of this error, 2 no error in the text,
or another bad input
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument("text", nargs="?", metavar="ERROR", help="the error message")
    pasted.add_text(parser)
    pasted.add_combination(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print the explanation; 1 where there is none."""
    catalogue = pasted.catalogue_of(arguments)
    evidence = pasted.evidence_of(arguments, catalogue, arguments.text)
    if evidence.error is None:
        raise InputError(
            [
                "no error message was recognised in the text: it should have a line like "
                "\"AttributeError: module 'keras.backend' has no attribute 'get_session'\""
            ]
        )
    table = arguments.root / "reports" / "compatibility.json" if arguments.root else None
    told = explain(evidence, load_knowledge(table), catalogue)
    if arguments.json:
        import json

        from keras_matrix.explaining.data import to_data

        print(json.dumps(to_data(told), indent=1, ensure_ascii=False, default=str))
    else:
        from keras_matrix.explaining.text import to_text

        sys.stdout.write(to_text(told))
    return 0 if told.answered else 1
