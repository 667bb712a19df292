"""What came, against what was expected: type, message, place."""

import pytest

from keras_matrix.evidence.model import Frame
from keras_matrix.reproducing import End, Ending, Expected, Seen, Verdict
from keras_matrix.reproducing.comparing import compare, expected_from

USER = Frame(file="snippet.py", line=1, function="<module>", code="K.get_uid()")
IN_KERAS = Frame(
    file="/usr/local/lib/python3.7/site-packages/keras/backend/tensorflow_backend.py",
    line=74,
    function="get_uid",
    code="graph = tf.get_default_graph()",
)
MISSING = Seen(
    exception="AttributeError",
    message="module 'tensorflow' has no attribute 'get_default_graph'",
    kinds=("AttributeError", "Exception"),
    frames=(USER, IN_KERAS),
)
FINISHED = Ending(end=End.FINISHED, code=0, reason="it came to its end")


def raised(*errors: Seen) -> Ending:
    return Ending(end=End.RAISED, code=1, reason="an exception ended it", errors=errors)


def verdict(ending: Ending, expected: str) -> Verdict:
    return compare(ending, expected_from(expected))[0]


@pytest.mark.parametrize(
    "expected",
    [
        "has no attribute 'get_default_graph'",
        "AttributeError: module 'tensorflow' has no attribute 'get_default_graph'",
        "module 'tensorflow' has no attribute 'get_default_graph'",
        'AttributeError: module "tensorflow" has no attribute "get_default_graph"',
        "AttributeError: module `tensorflow` has no attribute `get_default_graph`.",
        "AttributeError",
        "AttributeError:",
        "get_default_graph",
    ],
)
def test_an_expected_part_of_type_and_message_is_reproduced(expected: str) -> None:
    assert verdict(raised(MISSING), expected) is Verdict.REPRODUCED


@pytest.mark.parametrize(
    "expected",
    [
        "TypeError: module 'tensorflow' has no attribute 'get_default_graph'",
        "has no attribute 'placeholder'",
        "ImportError",
    ],
)
def test_another_type_or_message_is_a_different_error(expected: str) -> None:
    assert verdict(raised(MISSING), expected) is Verdict.DIFFERENT


def test_names_of_one_module_are_one_name() -> None:
    seen = Seen(
        exception="AttributeError",
        message="module 'keras.api.backend' has no attribute 'shape'",
        kinds=("AttributeError",),
    )
    assert verdict(raised(seen), "module 'keras.backend' has no attribute 'shape'")
    tensorflow = Seen(
        exception="AttributeError",
        message="module 'tensorflow_core._api.v2.config' has no attribute 'x'",
        kinds=("AttributeError",),
    )
    expected = "AttributeError: module 'tensorflow._api.v2.config' has no attribute 'x'"
    assert verdict(raised(tensorflow), expected) is Verdict.REPRODUCED


@pytest.mark.parametrize(
    ("expected", "came", "same"),
    [
        (
            "'module' object has no attribute 'x'",
            "module 'keras.backend' has no attribute 'x'",
            True,
        ),
        (
            "module 'keras.backend' has no attribute 'x'",
            "'module' object has no attribute 'x'",
            True,
        ),
        (
            "'module' object has no attribute 'x'",
            "module 'keras.backend' has no attribute 'y'",
            False,
        ),
        (
            "Module 'keras.backend' has no atribute 'x'",
            "module 'keras.backend' has no attribute 'x'",
            True,
        ),
        ("keras.backend has no attribute 'x'", "module 'tensorflow' has no attribute 'x'", False),
        ("'function' object has no attribute 'x'", "module 'K' has no attribute 'x'", False),
        ("'module' object has no attribute 'x'", "'function' object has no attribute 'x'", False),
        ("cannot import name 'x' from 'keras.a' (/a/b.py)", "cannot import name 'x'", True),
        ("cannot import name x", "cannot import name 'x' from 'keras.a' (unknown location)", True),
        ("cannot import name 'x' from 'a'", "cannot import name 'x' from 'b'", False),
        ("No module named tensorflow_backend", "No module named 'keras.tensorflow_backend'", True),
        ("No module named 'a.b'; 'a' is not a package", "No module named b", True),
        ("No module named 'keras'", "No module named 'other.keras'", False),
        ("division by zero", "integer division or modulo by zero", False),
    ],
)
def test_each_python_has_its_own_words_for_the_same(
    expected: str, came: str, *, same: bool
) -> None:
    seen = Seen(exception="Error", message=came, kinds=("Error",))
    found = compare(raised(seen), Expected(message=expected))[0]
    assert (found is Verdict.REPRODUCED) is same


def test_an_heir_of_the_expected_class_will_do() -> None:
    seen = Seen(
        exception="ModuleNotFoundError",
        message="No module named 'torch'",
        kinds=("ModuleNotFoundError", "ImportError", "Exception"),
    )
    assert verdict(raised(seen), "ImportError: No module named torch") is Verdict.REPRODUCED
    old = Seen(exception="ImportError", message="No module named torch", kinds=("ImportError",))
    expected = "ModuleNotFoundError: No module named 'torch'"
    assert verdict(raised(old), expected) is Verdict.REPRODUCED


def test_no_error_is_neither() -> None:
    assert verdict(FINISHED, "AttributeError") is Verdict.NO_ERROR
    assert compare(FINISHED, None) == (Verdict.NO_ERROR, "")
    assert compare(raised(MISSING), None) == (Verdict.RAISED, "")


def test_the_place_counts_where_a_traceback_tells_it() -> None:
    expected = Expected(
        message=MISSING.message,
        exception="AttributeError",
        place=Frame(
            file=r"C:\Python37\lib\site-packages\keras\backend\tensorflow_backend.py",
            line=68,
            function="get_uid",
            code=None,
        ),
    )
    assert compare(raised(MISSING), expected) == (Verdict.REPRODUCED, "")
    elsewhere = Seen(
        exception="AttributeError",
        message=MISSING.message,
        kinds=MISSING.kinds,
        frames=(USER,),
    )
    found, note = compare(raised(elsewhere), expected)
    assert found is Verdict.DIFFERENT
    assert "from another place: the code itself, not keras.backend.tensorflow_backend" in note


def test_a_place_in_the_reporters_own_file_can_not_be_compared() -> None:
    own = Frame(file="/content/train.py", line=3, function="<module>", code=None)
    expected = Expected(message=MISSING.message, exception="AttributeError", place=own)
    assert compare(raised(MISSING), expected)[0] is Verdict.REPRODUCED


def test_what_led_to_an_error_is_found_and_named() -> None:
    last = Seen(exception="ValueError", message="no backend", kinds=("ValueError",))
    found, note = compare(raised(last, MISSING), expected_from("get_default_graph"))
    assert found is Verdict.REPRODUCED
    assert note.startswith("led to by AttributeError: module 'tensorflow'")


def test_an_error_of_a_thread_counts_and_says_so() -> None:
    seen = Seen(exception="ValueError", message="x", kinds=("ValueError",), thread=True)
    ending = Ending(end=End.FINISHED, code=0, reason="…", errors=(seen,))
    assert compare(ending, expected_from("ValueError: x")) == (Verdict.REPRODUCED, "in a thread")
    assert compare(ending, None) == (Verdict.RAISED, "in a thread")


def test_an_end_without_an_exception_is_a_different_error_unless_it_is_expected() -> None:
    ending = Ending(end=End.DIED, code=-11, reason="the process died of SIGSEGV")
    assert verdict(ending, "AttributeError: x") is Verdict.DIFFERENT
    assert verdict(ending, "SIGSEGV") is Verdict.REPRODUCED


def test_a_crash_after_the_traceback_is_told() -> None:
    ending = Ending(end=End.DIED, code=-11, reason="the process died of SIGSEGV", errors=(MISSING,))
    found, note = compare(ending, expected_from("get_default_graph"))
    assert (found, note) == (Verdict.REPRODUCED, "then the process died of SIGSEGV")


def test_nothing_expected_is_no_expectation() -> None:
    assert expected_from("  \n") is None
    assert expected_from("K.placeholder: what?") == Expected(message="K.placeholder: what?")
