"""From evidence and a small table to causes and fixes, each as sure as what it rests on."""

import json
from dataclasses import replace
from datetime import date

import pytest
import synthetic
from synthetic import attribute, importable, unimportable

from keras_matrix.causes import Cause
from keras_matrix.evidence import read_evidence
from keras_matrix.explaining import Certainty, Explanation, Remedy, explain
from keras_matrix.explaining.combinations import install_line
from keras_matrix.explaining.model import Standing
from keras_matrix.explaining.text import to_text
from keras_matrix.knowledge import Knowledge
from keras_matrix.releases import Catalogue, Release
from keras_matrix.render import Format, render
from keras_matrix.results import Alternative, AttributeOutcome, CellReport
from keras_matrix.tables import tabulate

K, TF = "keras.backend", "tensorflow.keras.backend"
RELEASES = {
    "keras": ("2.1.6", "2.2.0", "2.2.4", "2.2.5", "2.3.0", "2.3.1", "2.4.0", "2.4.3", "3.0.0"),
    "tensorflow": ("1.12.0", "1.13.1", "1.14.0", "1.15.0", "1.15.5", "2.0.0", "2.2.0", "2.3.0"),
    "theano": ("1.0.3", "1.0.5"),
}
FILES = {"tensorflow": ("cp36-cp36m-manylinux1_x86_64", "cp37-cp37m-manylinux1_x86_64")}
GONE = attribute("missing")
WORKS = attribute()


def catalogue() -> Catalogue:
    return Catalogue(
        projects={
            project: {
                version: Release(
                    project=project,
                    version=version,
                    uploaded=date(2017, 1, 1),
                    requires_python=None,
                    files=FILES.get(project, ("py2.py3-none-any",)),
                )
                for version in versions
            }
            for project, versions in RELEASES.items()
        }
    )


def knowledge(*reports: CellReport) -> Knowledge:
    return Knowledge(json.loads(render(tabulate(reports, RELEASES), Format.JSON)))


def on_tensorflow(keras: str, tensorflow: str, **names: object) -> CellReport:
    """A cell; the names of keras.backend, and with tf_ before them those of tensorflow.keras."""
    own = {n: a for n, a in names.items() if not n.startswith("tf_")}
    other = {n.removeprefix("tf_"): a for n, a in names.items() if n.startswith("tf_")}
    paths = {K: importable(dot=WORKS, **own), TF: importable(dot=WORKS, **other)}
    return synthetic.cell("tensorflow", paths, keras=keras, tensorflow=tensorflow)


def on_theano(keras: str, theano: str, **names: object) -> CellReport:
    paths = {K: importable(dot=WORKS, **names), TF: unimportable("No module named tensorflow")}
    return synthetic.cell("theano", paths, keras=keras, theano=theano)


RENAMED = knowledge(
    on_tensorflow("2.1.6", "1.12.0", old=WORKS, new=WORKS),
    on_tensorflow("2.2.4", "1.14.0", old=WORKS, new=WORKS),
    on_tensorflow("2.2.5", "1.14.0", old=GONE, new=WORKS),
    on_tensorflow("2.3.1", "1.15.5", old=GONE, new=WORKS),
    on_tensorflow("2.4.3", "2.3.0", old=GONE, new=GONE, tf_new=WORKS),
    on_theano("2.2.4", "1.0.3", old=WORKS, new=GONE),
    on_theano("2.3.1", "1.0.5", old=GONE, new=GONE),
)


def told(text: str, table: Knowledge = RENAMED, python: str | None = None, **given: str):
    versions = {name.replace("_", "-"): version for name, version in given.items()}
    evidence = read_evidence(text, catalogue(), given=versions, python=python)
    return explain(evidence, table, catalogue())


def lacks(name: str, path: str = K) -> str:
    return f"AttributeError: module '{path}' has no attribute '{name}'"


def causes(explanation: Explanation) -> list[Cause]:
    return [likely.cause for likely in explanation.causes]


def test_the_very_combination_is_measured() -> None:
    found = told(lacks("old"), keras="2.2.5", tensorflow="1.14.0")
    assert found.finding.certainty is Certainty.MEASURED
    assert found.finding.standing is Standing.ABSENT
    assert found.finding.cells == ("keras2.2.5-tensorflow1.14.0-py37",)
    assert causes(found) == [Cause.VERSIONS]
    assert "2.2.4" in found.causes[0].why


def test_neighbours_on_both_sides_that_agree_are_an_inference() -> None:
    found = told(lacks("old"), keras="2.3.0", tensorflow="1.15.0")
    assert found.finding.certainty is Certainty.INFERRED
    assert found.finding.standing is Standing.ABSENT
    assert set(found.finding.cells) == {
        "keras2.2.5-tensorflow1.14.0-py37",
        "keras2.3.1-tensorflow1.15.5-py37",
    }


def test_neighbours_that_disagree_leave_it_unknown_and_are_named() -> None:
    found = told(lacks("new"), keras="2.4.0", tensorflow="2.2.0")
    assert (found.finding.certainty, found.finding.standing) == (Certainty.UNKNOWN, None)
    assert set(found.finding.cells) == {
        "keras2.3.1-tensorflow1.15.5-py37",
        "keras2.4.3-tensorflow2.3.0-py37",
    }


def test_one_side_alone_is_no_inference() -> None:
    found = told(lacks("old"), keras="2.4.3", tensorflow="2.3.0")
    assert found.finding.certainty is Certainty.MEASURED
    newer = told(lacks("old"), keras="3.0.0", tensorflow="2.3.0")
    assert newer.finding.certainty is Certainty.UNKNOWN
    assert "only older" in newer.finding.why


def test_whether_it_works_is_not_inferred_across_two_projects() -> None:
    table = knowledge(
        on_tensorflow("2.2.4", "1.14.0", fn=WORKS),
        on_tensorflow("2.3.1", "2.0.0", fn=WORKS),
    )
    found = told(lacks("fn"), table, keras="2.2.5", tensorflow="1.15.0")
    assert found.finding.standing is Standing.THERE
    same_keras = knowledge(
        on_tensorflow("2.2.4", "1.12.0", fn=WORKS), on_tensorflow("2.2.4", "1.14.0", fn=WORKS)
    )
    found = told(lacks("fn"), same_keras, keras="2.2.4", tensorflow="1.13.1")
    assert found.finding.standing is Standing.WORKING


def test_another_path_of_the_same_combination_is_the_first_fix() -> None:
    found = told(lacks("new"), keras="2.4.3", tensorflow="2.3.0")
    first = found.fixes[0]
    assert (first.remedy, first.use) == (Remedy.IMPORT, f"{TF}.new")
    assert first.certainty is Certainty.MEASURED
    assert first.change == (
        "- from keras import backend as K",
        "+ from tensorflow.keras import backend as K",
    )
    assert Cause.IMPORT_PATH in causes(found)


def test_a_module_that_nobody_has_imported_yet_is_imported_by_its_own_name() -> None:
    use = "keras.utils.generic_utils"
    itself = Alternative(use=use, outcome=AttributeOutcome.WORKS)
    gone = replace(GONE, alternatives=(itself,))
    paths = {K: importable(dot=WORKS), "keras.utils": importable(generic_utils=gone)}
    there = {**paths, "keras.utils": importable(generic_utils=attribute("present", detail="-"))}
    table = knowledge(
        synthetic.cell("tensorflow", there, keras="2.3.1", tensorflow="2.2.0"),
        synthetic.cell("tensorflow", paths, keras="2.4.3", tensorflow="2.3.0"),
    )
    text = lacks("generic_utils", "keras.utils")
    first = told(text, table, keras="2.4.3", tensorflow="2.3.0").fixes[0]
    assert first.title == f"import {use} by its own name"
    assert first.change == (f"- {use}", "+ from keras.utils import generic_utils")
    assert first.certainty is Certainty.MEASURED


@pytest.mark.parametrize(
    ("name", "signature", "said"),
    [
        ("switch", "(index, branches)", "no plain exchange: its arguments are (index, branches)"),
        ("repeat", "(x, axis=None)", "no plain exchange: it repeats along an axis that is there"),
        ("mean", "(x, axis=None)", None),
    ],
)
def test_a_namesake_that_is_called_otherwise_says_so_and_comes_last(
    name: str, signature: str, said: str | None
) -> None:
    old = attribute(signature="(a, axis=None)")
    new = attribute(signature=signature)
    paths = {K: importable(dot=WORKS, **{name: GONE}), TF: importable(dot=WORKS, **{name: old})}
    paths["keras.ops"] = importable(**{name: new})
    table = knowledge(
        on_tensorflow("2.3.1", "2.3.0", **{name: old, f"tf_{name}": old}),
        synthetic.cell("tensorflow", paths, keras="3.0.0", tensorflow="2.3.0"),
    )
    fixes = told(lacks(name), table, keras="3.0.0", tensorflow="2.3.0").fixes
    namesake = next(fix for fix in fixes if fix.use == f"keras.ops.{name}")
    assert bool(said) == (fixes.index(namesake) == 1)
    assert [note.startswith(said or "") for note in namesake.notes] == ([True] if said else [])


def test_other_releases_come_with_everything_of_their_time() -> None:
    found = told(lacks("old"), keras="2.2.5", tensorflow="1.14.0")
    (fix,) = (fix for fix in found.fixes if fix.remedy is Remedy.KERAS)
    assert fix.pins == {"keras": "2.2.4", "tensorflow": "1.14.0"}
    assert fix.install == "pip install keras==2.2.4 tensorflow==1.14.0 numpy==1.18.5"
    assert (fix.python, fix.cells) == ("3.7", ("keras2.2.4-tensorflow1.14.0-py37",))


def test_releases_that_pip_refuses_together_are_evidence_but_no_fix() -> None:
    near = on_tensorflow("2.2.4", "1.14.0", old=WORKS)
    refused = replace(near, provenance=replace(near.provenance, conflict="they exclude it"))
    far = on_tensorflow("2.1.6", "1.12.0", old=WORKS)
    bad = on_tensorflow("2.2.5", "1.14.0", old=GONE)
    claim = {"keras": "2.2.5", "tensorflow": "1.14.0"}

    def offered(*cells: CellReport) -> list[str]:
        return [fix.cells[0] for fix in told(lacks("old"), knowledge(*cells), **claim).fixes]

    assert offered(bad, near, far)[0] == near.cell.id
    assert offered(bad, refused, far) == [far.cell.id]
    assert "2.2.4" in told(lacks("old"), knowledge(bad, refused, far), **claim).causes[0].why
    own = told(lacks("dot"), knowledge(bad, refused), keras="2.2.4", tensorflow="1.14.0")
    assert own.situation.conflict == "they exclude it"
    assert "conflict   pip refuses them together: they exclude it" in to_text(own)


def test_a_build_of_a_release_is_no_part_of_what_pip_is_asked_for() -> None:
    with_build = synthetic.cell(
        "torch", {K: importable(dot=WORKS)}, keras="3.15.1", torch="2.13.0+cpu"
    )
    table = knowledge(with_build)
    assert install_line(table.measured[0]) == (
        "pip install keras==3.15.1 torch==2.13.0 numpy==1.18.5"
    )


def test_a_name_of_another_backend_is_the_wrong_backend() -> None:
    found = told(lacks("new"), keras="2.3.1", theano="1.0.5")
    assert causes(found)[0] is Cause.BACKEND
    assert found.fixes[0].remedy is Remedy.BACKEND
    assert found.fixes[0].cells == ("keras2.3.1-tensorflow1.15.5-py37",)
    assert any('os.environ["KERAS_BACKEND"] = "tensorflow"' in s for s in found.fixes[0].setting)


def test_a_name_that_only_the_other_path_has_ever_had_is_the_wrong_path() -> None:
    table = knowledge(
        on_tensorflow("2.3.1", "2.0.0", tf_only=WORKS, only=GONE),
        on_tensorflow("2.3.1", "2.2.0", tf_only=WORKS, only=GONE),
    )
    found = told(lacks("only"), table, keras="2.3.1", tensorflow="2.0.0")
    assert causes(found) == [Cause.IMPORT_PATH]


def test_what_the_claimed_combination_does_have_names_every_other_cause() -> None:
    table = knowledge(
        on_tensorflow("2.2.4", "1.14.0", fn=WORKS, tf_fn=GONE),
        on_tensorflow("2.4.3", "2.3.0", fn=GONE, tf_fn=GONE),
        on_theano("2.2.4", "1.0.3", fn=GONE),
    )
    found = told(lacks("fn"), table, keras="2.2.4", tensorflow="1.14.0")
    assert found.finding.standing is Standing.WORKING
    assert set(causes(found)) == {
        Cause.BACKEND,
        Cause.IMPORT_PATH,
        Cause.INSTALLS,
        Cause.OWN_CODE,
    }
    assert found.fixes[0].use == f"{K}.fn"
    assert found.fixes[-1].remedy is Remedy.FRESH
    stated = told(
        "Using TensorFlow backend.\n" + lacks("fn"), table, keras="2.2.4", tensorflow="1.14.0"
    )
    assert Cause.BACKEND not in causes(stated)


def test_the_function_k_backend_is_told_from_the_module() -> None:
    text = "from keras import backend as K\nK.backend.old()\n"
    text += "AttributeError: 'function' object has no attribute 'old'"
    found = told(text, keras="2.2.4", tensorflow="1.14.0")
    assert causes(found)[0] is Cause.IMPORT_PATH
    assert found.fixes[0].change == ("- K.backend.old()", "+ K.old()")


def test_a_misspelt_name_is_never_called_removed() -> None:
    found = told(lacks("odl"), keras="2.2.5", tensorflow="1.14.0")
    assert not found.answered
    assert "no measured cell has odl" in found.finding.why
    assert "old" in found.similar


def test_a_private_name_leads_to_its_public_twin() -> None:
    found = told(lacks("_new"), keras="2.3.1", tensorflow="1.15.5")
    assert causes(found) == [Cause.VERSIONS]
    assert found.fixes[0].use == f"{K}.new"


BROKEN = "AttributeError: module 'tensorflow' has no attribute 'get_default_graph'"
BELOW = knowledge(
    on_tensorflow("2.2.4", "1.15.5", uid=attribute(signature="()"), tf_uid=WORKS),
    on_tensorflow(
        "2.2.4", "2.0.0", uid=attribute("raises", detail=BROKEN, signature="()"), tf_uid=WORKS
    ),
    on_tensorflow("2.3.1", "2.0.0", uid=WORKS, tf_uid=WORKS),
)


def test_an_error_that_a_setting_ends_is_answered_by_the_setting() -> None:
    said = "RuntimeError: gradients is not supported when eager execution is enabled."
    setting = attribute(
        "needs-setting", detail=f"works with eager execution off; by default: {said}"
    )
    table = knowledge(
        on_tensorflow("2.4.3", "2.3.0", gradients=setting, tf_gradients=setting),
        on_tensorflow("2.3.1", "2.2.0", gradients=WORKS, tf_gradients=setting),
    )
    found = told(said, table, keras="2.4.3", tensorflow="2.3.0")
    assert "works with eager execution off" in found.causes[0].why
    first, second = found.fixes
    assert (first.remedy, first.cells) == (Remedy.SETTING, ("keras2.4.3-tensorflow2.3.0-py37",))
    assert "tf.compat.v1.disable_eager_execution()" in first.setting[-1]
    assert second.cells == ("keras2.3.1-tensorflow2.2.0-py37",)


def test_a_private_constant_leads_to_what_its_function_returns() -> None:
    table = knowledge(
        on_tensorflow("2.2.4", "1.14.0", _MODE=attribute("present", kind="value"), mode=WORKS),
        on_tensorflow("2.2.5", "1.14.0", _MODE=GONE, mode=WORKS),
    )
    text = "```python\nfrom keras import backend as K\nif K._MODE == 'x':\n```\n"
    found = told(text + lacks("_MODE"), table, keras="2.2.5", tensorflow="1.14.0")
    assert found.fixes[0].change == ("- if K._MODE == 'x':", "+ if K.mode() == 'x':")


OWN_LINE = (
    'Traceback (most recent call last):\n  File "train.py", line 1, in <module>\n    import keras\n'
    '  File "/env/lib/python3.7/site-packages/keras/{file}", line 24, in <module>\n'
    "    {code}\n{error}"
)


@pytest.mark.parametrize(
    ("file", "code", "error"),
    [
        ("engine/base_layer.py", "backend.old(name)", lacks("old")),
        ("api/_v2/keras/backend/__init__.py", "from keras.backend import old", lacks("old")),
        (
            "backend/tensorflow_backend.py",
            "from ..utils.generic_utils import transposed",
            "ImportError: cannot import name 'transposed' from 'keras.utils.generic_utils'",
        ),
    ],
)
def test_a_keras_that_lacks_what_it_asks_itself_for_is_a_mixture(
    file: str, code: str, error: str
) -> None:
    found = told(OWN_LINE.format(file=file, code=code, error=error))
    assert causes(found)[0] is Cause.INSTALLS
    assert f"keras/{file} asks its own package" in found.causes[0].why
    assert found.fixes
    assert all(fix.install and not fix.change for fix in found.fixes)
    assert "pip uninstall -y keras keras-nightly" in found.fixes[0].notes[0]
    assert "delete /env/lib/python3.7/site-packages/keras if" in found.fixes[0].notes[0]


@pytest.mark.parametrize(
    ("file", "code", "error"),
    [
        ("layers/core.py", "return self.function(inputs, **arguments)", lacks("old")),
        ("engine/topology.py", "K.old()", "Using Theano backend.\n" + lacks("old")),
        ("../user/model.py", "K.old()", lacks("old")),
        (
            "backend.py",
            "from keras.engine import old",
            "ImportError: cannot import name 'old' from partially initialized module 'keras'",
        ),
    ],
)
def test_what_a_keras_may_well_lack_is_no_mixture(file: str, code: str, error: str) -> None:
    found = told(OWN_LINE.format(file=file, code=code, error=error))
    assert not any("asks its own package" in likely.why for likely in found.causes)


def test_a_line_of_ones_own_that_asks_tensorflow_wants_a_tensorflow_that_has_it() -> None:
    raising = attribute("raises", detail="AttributeError: " + lacks("Session", "tensorflow"))
    table = knowledge(
        on_tensorflow("2.2.4", "2.0.0", session=raising),
        on_tensorflow("2.3.1", "2.0.0", session=WORKS),
        on_tensorflow("2.2.4", "1.14.0", session=WORKS),
    )
    trace = 'Traceback (most recent call last):\n  File "{}", line 8, in <module>\n'
    code = "    sess = tf.Session()\nAttributeError: " + lacks("Session", "tensorflow")
    found = told(trace.format("/home/me/train.py") + code, table)
    assert "tensorflow.compat.v1.Session" in found.causes[0].why
    assert [fix.cells for fix in found.fixes] == [("keras2.2.4-tensorflow1.14.0-py37",)]
    keras = "/env/lib/python3.7/site-packages/keras/backend/tensorflow_backend.py"
    by_keras = told(trace.format(keras) + code, table)
    assert "Keras calls what the TensorFlow beside it hasn't got" in by_keras.causes[0].why


def test_releases_that_do_not_fit_each_other_are_offered_last() -> None:
    raises = {f"n{number}": attribute("raises") for number in range(3)}
    table = knowledge(
        on_tensorflow("2.2.5", "2.0.0", old=GONE),
        on_tensorflow("2.2.4", "2.0.0", old=WORKS, **raises),
        on_tensorflow("2.1.6", "1.12.0", old=WORKS),
    )
    found = told(lacks("old"), table, keras="2.2.5", tensorflow="2.0.0")
    assert [fix.cells[0] for fix in found.fixes] == [
        "keras2.1.6-tensorflow1.12.0-py37",
        "keras2.2.4-tensorflow2.0.0-py37",
    ]


def test_each_replacement_is_written_as_its_own_line() -> None:
    old, plain = "set_image_dim_ordering", "set_image_data_format"
    uses = tuple(
        Alternative(use=f"{module}.{plain}", outcome=AttributeOutcome.WORKS)
        for module in (K, "keras.config")
    )
    gone = replace(GONE, alternatives=uses)
    table = knowledge(on_tensorflow("3.0.0", "2.3.0", **{old: gone, plain: WORKS}))
    found = told(lacks(old), table, keras="3.0.0", tensorflow="2.3.0")
    lines = {fix.use: fix.change[-1] for fix in found.fixes}
    assert lines[f"{K}.{plain}"] == f"+ K.{plain}('channels_last')"
    assert lines[f"keras.config.{plain}"] == f"+ keras.config.{plain}('channels_last')"


def test_an_error_of_the_framework_is_found_by_its_words() -> None:
    found = told(BROKEN, BELOW, keras="2.2.4", tensorflow="2.0.0")
    assert (found.finding.certainty, found.finding.standing) == (
        Certainty.MEASURED,
        Standing.FAILING,
    )
    assert causes(found) == [Cause.VERSIONS]
    assert [fix.remedy for fix in found.fixes] == [Remedy.IMPORT, Remedy.KERAS, Remedy.FRAMEWORK]
    assert found.fixes[0].change == ("- import keras", "+ from tensorflow import keras")
    assert found.reproduce is not None
    assert "K.uid()" in found.reproduce


def test_an_error_of_the_framework_that_the_claim_does_not_have_points_at_the_installs() -> None:
    found = told(BROKEN, BELOW, keras="2.3.1", tensorflow="2.0.0")
    assert causes(found)[0] is Cause.INSTALLS


def test_without_releases_the_nearest_repair_of_what_raised_it_is_offered() -> None:
    found = told(BROKEN, BELOW)
    assert found.finding.certainty is Certainty.UNKNOWN
    pins = [dict(fix.pins) for fix in found.fixes if fix.pins]
    assert {"keras": "2.3.1", "tensorflow": "2.0.0"} in pins


def test_a_path_that_is_gone_is_explained_as_a_whole() -> None:
    inner = "keras.backend.tensorflow_backend"
    table = knowledge(
        synthetic.cell(
            "tensorflow",
            {K: importable(fn=WORKS), inner: importable(fn=WORKS), TF: importable(fn=WORKS)},
            keras="2.3.1",
            tensorflow="1.15.5",
        ),
        synthetic.cell(
            "tensorflow",
            {
                K: importable(fn=WORKS),
                inner: unimportable(f"ModuleNotFoundError: No module named '{inner}'"),
                TF: importable(fn=WORKS),
            },
            keras="2.4.3",
            tensorflow="2.3.0",
        ),
    )
    text = f"from {inner} import fn\nModuleNotFoundError: No module named '{inner}'"
    found = told(text, table, keras="2.4.3", tensorflow="2.3.0")
    assert found.finding.standing is Standing.UNIMPORTABLE
    assert causes(found) == [Cause.VERSIONS]
    assert found.fixes[0].change == (f"- from {inner} import fn", f"+ from {K} import fn")
    assert dict(found.fixes[-1].pins) == {"keras": "2.3.1", "tensorflow": "1.15.5"}
    attribute_error = told(lacks("tensorflow_backend"), table, keras="2.4.3", tensorflow="2.3.0")
    assert attribute_error.subject.path == inner


def test_the_absent_framework_is_a_question_of_the_backend() -> None:
    found = told(
        "ModuleNotFoundError: No module named 'theano'", keras="2.3.1", tensorflow="1.15.5"
    )
    assert causes(found)[0] is Cause.BACKEND
    assert found.fixes[0].remedy is Remedy.BACKEND
    assert any('"tensorflow"' in line for line in found.fixes[0].setting)
    misspelt = told("ValueError: Unable to import backend : pytorch", keras="2.3.1")
    assert "torch may be meant" in misspelt.causes[0].why


def test_the_attributes_of_another_keras_are_the_own_code() -> None:
    text = "AttributeError: 'Tensor' object has no attribute '_keras_history'"
    found = told(text, keras="2.3.1", tensorflow="1.15.5")
    assert causes(found) == [Cause.OWN_CODE]
    assert found.finding.certainty is Certainty.UNKNOWN


@pytest.mark.parametrize(("python", "nearest"), [("3.11", "Python 3.7"), ("3.7", None)])
def test_an_impossible_combination_is_told_with_the_nearest(
    python: str, nearest: str | None
) -> None:
    found = told(lacks("old"), python=python, keras="2.3.0", tensorflow="1.15.0")
    if nearest is None:
        assert found.situation.impossible is None
        return
    assert "tensorflow 1.15.0 has files for Python 3.6, 3.7 only" in str(found.situation.impossible)
    assert nearest in str(found.situation.feasible)
    assert "--python" not in str(found.reproduce)


def test_a_series_is_read_as_one_of_its_releases_and_an_unknown_release_is_left_out() -> None:
    found = told(lacks("old"), keras="2.2.5", tensorflow="1.14")
    assert found.situation.versions == {"keras": "2.2.5", "tensorflow": "1.14.0"}
    invented = told(lacks("old"), keras="2.2.5", tensorflow="1.54.0")
    assert "tensorflow" not in invented.situation.versions


def test_an_assumed_backend_says_so() -> None:
    found = told(lacks("old"), keras="2.2.5")
    assert (found.situation.backend, found.situation.backend_sure) == ("tensorflow", False)
    assert "assumed" in found.situation.backend_why
    assert told("Using Theano backend.\n" + lacks("old")).situation.backend == "theano"


def test_nothing_known_is_said_as_such() -> None:
    found = told("TypeError: something quite different happened here", keras="2.2.5")
    assert not found.answered
    assert found.finding.certainty is Certainty.UNKNOWN
    assert found.fixes == ()


def test_a_name_that_is_there_and_raises_is_a_misfit_of_releases() -> None:
    raising = attribute(
        "raises", detail="AttributeError: module 'tensorflow' has no attribute 'fn'"
    )
    table = knowledge(
        on_tensorflow("2.2.4", "1.15.5", fn=WORKS, tf_fn=WORKS),
        on_tensorflow("2.2.4", "2.0.0", fn=raising, tf_fn=WORKS),
    )
    found = told(lacks("fn"), table, keras="2.2.4", tensorflow="2.0.0")
    assert found.finding.standing is Standing.FAILING
    assert causes(found)[0] is Cause.VERSIONS
    assert [fix.remedy for fix in found.fixes] == [Remedy.IMPORT, Remedy.FRAMEWORK]


def test_an_imported_name_is_imported_from_where_it_is() -> None:
    text = f"from {K} import new\nImportError: cannot import name 'new' from '{K}'"
    found = told(text, keras="2.4.3", tensorflow="2.3.0")
    assert found.fixes[0].change == (f"- from {K} import new", f"+ from {TF} import new")
    assert found.reproduce is not None
    assert found.reproduce.endswith(f"--expect \"cannot import name 'new' from '{K}'\"")


def test_a_name_that_the_same_keras_lacks_on_every_backend_is_no_wrong_backend() -> None:
    table = knowledge(
        on_tensorflow("2.2.4", "1.14.0", fn=WORKS),
        on_tensorflow("2.3.1", "1.15.5", fn=GONE),
        on_theano("2.2.4", "1.0.3", fn=GONE),
        on_theano("2.3.1", "1.0.5", fn=GONE),
    )
    assert causes(told(lacks("fn"), table, keras="2.2.4", theano="1.0.3")) == [Cause.BACKEND]
    assert causes(told(lacks("fn"), table, keras="2.3.1", theano="1.0.5")) == [Cause.VERSIONS]


def test_a_backend_that_this_keras_never_ran_on_is_no_other_backend() -> None:
    table = knowledge(
        on_tensorflow("2.2.4", "1.14.0", fn=WORKS),
        on_tensorflow("3.0.0", "2.3.0", fn=GONE),
        on_theano("2.2.4", "1.0.3", fn=WORKS),
        synthetic.cell("jax", {K: importable(dot=WORKS, fn=GONE)}, keras="3.0.0", jax="0.4.1"),
    )
    assert causes(told(lacks("fn"), table, keras="3.0.0", jax="0.4.1")) == [Cause.VERSIONS]


def test_what_could_not_be_raised_yet_on_that_day_is_the_own_code() -> None:
    raising = attribute("raises", detail="AttributeError: " + lacks("Session", "tensorflow"))
    table = knowledge(on_tensorflow("2.2.4", "2.0.0", session=raising))
    text = "AttributeError: " + lacks("Session", "tensorflow")
    assert causes(told(text, table)) == [Cause.VERSIONS]
    assert causes(told(f"opened on Nov 3, 2020\n{text}", table)) == [Cause.VERSIONS]
    early = told(f"opened on Nov 3, 2018\n{text}", table)
    assert causes(early) == [Cause.OWN_CODE, Cause.VERSIONS]
    assert "2018-11-03" in early.causes[0].why


def test_without_releases_a_replacement_counts_the_cells_that_it_works_in() -> None:
    found = told(lacks("new"))
    assert found.finding.certainty is Certainty.UNKNOWN
    assert found.fixes[0].use == f"{TF}.new"
    assert found.fixes[0].certainty is Certainty.UNKNOWN
    assert found.reproduce is not None
    assert "--keras 2.4.3 --tensorflow 2.3.0 --python 3.7" in found.reproduce


def test_an_import_written_so_that_it_fails_is_written_otherwise() -> None:
    path = "tensorflow.python.keras.backend"
    cell = synthetic.cell(
        "tensorflow",
        {K: importable(fn=WORKS), TF: importable(fn=WORKS), path: importable(fn=WORKS)},
        keras="2.3.1",
        tensorflow="2.0.0",
    )
    text = f"import {path} as K\nAttributeError: module 'tensorflow' has no attribute 'python'"
    found = told(text, knowledge(cell), keras="2.3.1", tensorflow="2.0.0")
    assert causes(found) == [Cause.IMPORT_PATH]
    assert found.fixes[0].change == (
        f"- import {path} as K",
        "+ from tensorflow.python.keras import backend as K",
    )


def test_an_unmeasured_error_of_a_framework_is_told_by_its_form_alone() -> None:
    text = "AttributeError: module 'tensorflow' has no attribute 'never_seen'"
    found = told(text, BELOW, keras="2.2.4", tensorflow="2.0.0")
    assert causes(found) == [Cause.VERSIONS]
    assert found.finding.certainty is Certainty.UNKNOWN
    assert all(fix.certainty is Certainty.UNKNOWN for fix in found.fixes)
    assert {"keras": "2.2.4", "tensorflow": "1.15.5"} in [dict(fix.pins) for fix in found.fixes]


@pytest.mark.parametrize(
    "text",
    [
        'Traceback (most recent call last):\n  File "/home/me/work/keras.py", line 1, in <module>\n'
        "    from keras import backend as K\n"
        "AttributeError: module 'keras' has no attribute 'backend'",
        "AttributeError: partially initialized module 'keras' has no attribute 'backend' "
        "(most likely due to a circular import)",
    ],
)
def test_a_file_of_the_users_own_in_the_place_of_the_package(text: str) -> None:
    found = told(text, keras="2.3.1", tensorflow="1.15.5")
    assert causes(found) == [Cause.OWN_CODE]
    assert "in the place of the package" in found.causes[0].why


def test_a_nearer_release_under_a_setting_comes_before_a_farther_one_without() -> None:
    needs = attribute("needs-setting", detail="works with eager execution off; by default: E: no")
    table = knowledge(
        on_tensorflow("2.3.1", "1.15.5", fn=WORKS),
        on_tensorflow("2.3.1", "2.0.0", fn=needs),
        on_tensorflow("2.4.3", "2.2.0", fn=GONE),
    )
    found = told(lacks("fn"), table, keras="2.4.3", tensorflow="2.2.0")
    assert [fix.pins["tensorflow"] for fix in found.fixes] == ["2.0.0", "1.15.5"]
    assert "works with eager execution off" in found.fixes[0].notes[0]


def test_what_the_message_says_of_misfitting_releases_is_believed() -> None:
    text = "ImportError: Keras requires TensorFlow 2.2 or higher. Install TensorFlow"
    found = told(text, keras="2.4.3", tensorflow="2.0.0")
    assert causes(found) == [Cause.VERSIONS]
    assert found.finding.certainty is Certainty.UNKNOWN
