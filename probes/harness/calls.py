"""Calling one attribute by its recipe, and what came of it. Python 2.7 to 3.14."""
from __future__ import absolute_import, division, print_function

from harness import messages, notices
from harness.compare import Differs, HarnessError, Skip
from harness.context import Context


def call(recipe, namespace, name, value, guard, called=None):
    """(outcome, detail, complaint): the complaint is None unless the harness itself is at fault.

    ``called`` is the name of what is called, where it stands in for ``name``.

    SystemExit and what is no Exception pass through: an attribute that ends the process ends it here
    too, and the host sees it.
    """
    kept = guard.prepare(namespace)
    failed = True
    try:
        with notices.listen() as heard:
            outcome, detail, complaint = _outcome(recipe, namespace, name, value)
        failed = outcome not in ("works", "present")
    finally:
        guard.restore(kept, failed)
    if outcome == "works":
        notice = notices.about(called or name, heard)
        if notice is not None:
            return "deprecated", notice, None
    return outcome, detail, complaint


def _outcome(recipe, namespace, name, value):
    try:
        context = Context(namespace, name, value)
        recipe.call(context)
        if not context.checks:
            raise HarnessError("the recipe made no check")
    except Skip as reason:
        return "present", messages.tidy(messages.as_text(reason)), None
    except Differs as error:
        return "differs", messages.tidy(messages.first_line(messages.as_text(error))), None
    except HarnessError as error:
        text = messages.tidy(messages.first_line(messages.as_text(error)))
        return "present", "not measured: " + text, "%s on %s: %s" % (name, namespace.path, text)
    except Exception as error:
        return "raises", messages.of_exception(error), None
    return "works", None, None
