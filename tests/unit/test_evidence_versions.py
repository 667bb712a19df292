"""Versions in every style, who is believed, and what a vague one stands for."""

from datetime import date

import pytest

from keras_matrix.evidence import DoubtKind, Evidence, Source, read_evidence
from keras_matrix.releases import Catalogue, Release

UPLOADED = {
    "keras": {
        "1.2.2": "2017-02-01", "2.0.2": "2017-03-20", "2.2.4": "2018-10-03",
        "2.3.0": "2019-09-17", "2.3.1": "2019-10-07", "2.4.0": "2020-06-17",
        "2.4.3": "2020-06-24", "2.6.0": "2021-08-05", "3.3.3": "2024-04-26",
    },
    "tensorflow": {
        "1.13.1": "2019-02-26", "1.14.0": "2019-06-19", "1.15.0": "2019-10-16",
        "1.15.5": "2021-01-06", "2.0.0": "2019-09-30", "2.0.4": "2021-01-06",
        "2.1.0": "2020-01-08", "2.3.0": "2020-07-27", "2.12.0": "2023-03-22",
    },
    "theano": {"0.9.0": "2017-03-20", "1.0.5": "2020-07-27"},
    "tf-keras": {"2.16.0": "2024-03-08"},
    "torch": {"2.0.1": "2023-05-08"},
}  # fmt: skip


def release(project: str, version: str, uploaded: str) -> Release:
    return Release(
        project=project,
        version=version,
        uploaded=date.fromisoformat(uploaded),
        requires_python=None,
        files=("py2.py3-none-any",),
    )


CATALOGUE = Catalogue(
    projects={
        project: {version: release(project, version, day) for version, day in versions.items()}
        for project, versions in UPLOADED.items()
    }
)


def read(text: str) -> Evidence:
    return read_evidence(text, CATALOGUE)


def stated(text: str) -> list[tuple[str, str]]:
    """(project, version) of every claim of the failing environment."""
    return [(claim.project, claim.version) for claim in read(text).claims if not claim.aside]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("keras 2.2.4 with TF 2.0 on python 3.7",
         [("keras", "2.2.4"), ("tensorflow", "2.0"), ("python", "3.7")]),
        ("Tensorflow-gpu==1.14", [("tensorflow", "1.14")]),
        ("it happens on TF2.0 only", [("tensorflow", "2.0")]),
        ("tensorflow version: 1.13.0-rc1", [("tensorflow", "1.13.0rc1")]),
        ("TensorFlow version (use command below): v2.3.0-rc2-23-gb36436b087 2.3.0",
         [("tensorflow", "2.3.0")]),
        ("TensorFlow version: v2.3.0-rc2-23-gb36436b087", [("tensorflow", "2.3.0")]),
        ("TensorFlow version: unknown 1.14.0", [("tensorflow", "1.14.0")]),
        ("TensorFlow version: b'v1.13.1-0-g6612da8951' 1.13.1", [("tensorflow", "1.13.1")]),
        ("- **Keras version**: 2.3.1", [("keras", "2.3.1")]),
        ("Keras=2.3.1, TF=1.14.0", [("keras", "2.3.1"), ("tensorflow", "1.14.0")]),
        ("keras, 2.4.3", [("keras", "2.4.3")]),
        ("Keras (2.2.4)", [("keras", "2.2.4")]),
        ("keras-2.2.4 and tensorflow_gpu-1.14.0", [("keras", "2.2.4"), ("tensorflow", "1.14.0")]),
        ("keras2.0.2, tensorflow1.1.0, python3.5",
         [("keras", "2.0.2"), ("tensorflow", "1.1.0"), ("python", "3.5")]),
        ("Keras/TensorFlow versions: 2.3.1/2.1.0", [("keras", "2.3.1"), ("tensorflow", "2.1.0")]),
        ("keras and tensorflow versions are 2.3.1 and 2.1.0 respectively",
         [("keras", "2.3.1"), ("tensorflow", "2.1.0")]),
        ("version 2.2.4 of Keras", [("keras", "2.2.4")]),
        ("I use the latest version of Keras", [("keras", "latest")]),
        ("Tensor Flow Version: 2.12.0", [("tensorflow", "2.12.0")]),
        ("PyTorch 2.0.1+cu118", [("torch", "2.0.1")]),
        ("tf-keras 2.16.0", [("tf-keras", "2.16.0")]),
        ("python3.7 + tensorflow1.14.0 + keras2.3.1",
         [("python", "3.7"), ("tensorflow", "1.14.0"), ("keras", "2.3.1")]),
        ("at Tensorflow version '2.0.0-dev20190424'", [("tensorflow", "2.0.0.dev20190424")]),
        ("an env with py36", [("python", "3.6")]),
        ("I upgraded keras to 2.3.1 and now it fails", [("keras", "2.3.1")]),
        ("downgraded from Keras 2.3.1 to something older, works", [("keras", "2.3.1")]),
        ("image_dim_ordering does not work with Keras 2.3.1", [("keras", "2.3.1")]),
        ("I switched to Keras 2.2.4 but still the same error", [("keras", "2.2.4")]),
    ],
)  # fmt: skip
def test_sentences_state_versions(sentence: str, expected: list[tuple[str, str]]) -> None:
    assert stated(sentence) == expected
    assert stated(f"Hello.\n{sentence}.\nThanks!") == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "keras-contrib 2.0.8 and Keras-Applications 1.0.8",
        "tensorflow-estimator==2.0.1",
        "tensorflow_probability 0.8",
        "Keras requires TensorFlow 2.2 or higher",
        "any TF 2.1+ is fine",
        "module 'tensorflow' has no attribute 'tf2'",
        "keras>=2.0.8",
        "CUDA 10.0, cudnn 7.6, tensorflow",
        "https://example.org/keras/2.2.4",
        '1. TF 1.0: `python -c "import tensorflow as tf; print(tf.GIT_VERSION, tf.VERSION)"`',
        "from keras.layers import Conv2D",
        "resnet50_keras_v2.0.1.h5",
        "a Keras model with 2 inputs, 2.5 hours of training",
        "2020-08-30 10:00:00: W tensorflow/stream_executor/cuda 10.1",
        "The default version of TensorFlow in 2020",
        "#keras2.py",
        "open tf2.ipynb or run keras1.2.py",
    ],
)
def test_sentences_that_state_none(sentence: str) -> None:
    assert stated(sentence) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "It works with Keras 2.2.4.",
        "Solved by downgrading to Keras 2.2.4.",
        "You should install keras 2.2.4",
        "This code needs tensorflow 1.14.0",
        "Could you try keras 2.2.4?",
        "The function was removed in Keras 2.3.0",
    ],
)
def test_what_would_help_is_no_claim_of_the_environment(sentence: str) -> None:
    found = read(sentence)
    assert [claim.aside for claim in found.claims] == [True]
    assert not found.versions


LISTS = {
    "freeze": "$ pip freeze\nh5py==2.10.0\nKeras==2.3.1\ntensorflow==2.1.0\n",
    "old pip list": "h5py (2.6.0)\nKeras (2.3.1)\nnumpy (1.11.1)\ntensorflow (2.1.0)\n",
    "pip list": "Package          Version\n---------------- -------\n"
    "h5py             2.10.0\nKeras            2.3.1\ntensorflow       2.1.0\n",
    "quoted pip list": "`Package          Version\n---------------- -------\n"
    "h5py             2.10.0\nKeras            2.3.1\ntensorflow       2.1.0`\n",
    "bullets": "- Package          Version\n- ---------------- -------\n"
    "- h5py             2.10.0\n- Keras            2.3.1\n- tensorflow       2.1.0\n",
    "no headline": "h5py             2.10.0\nKeras            2.3.1\ntensorflow-gpu   2.1.0\n",
    "conda list": "# packages in environment at /opt/conda:\n#\n"
    "keras                     2.3.1                    py36_0    conda-forge\n"
    "tensorflow                2.1.0           mkl_py36ha5f2\n",
    "grep": "!pip list | grep -E 'Keras|tensorflow'\nKeras    2.3.1\ntensorflow    2.1.0\n",
    "show": "Name: Keras\nVersion: 2.3.1\nSummary: x\n---\nName: tensorflow\nVersion: 2.1.0\n",
    "installed": "Successfully installed keras-2.3.1 keras-applications-1.0.8 tensorflow-2.1.0",
    "satisfied": "Requirement already satisfied: keras==2.3.1 in /usr/lib/python (2.3.1)\n"
    "Requirement already satisfied: tensorflow in ./env/lib (from x) (2.1.0)",
    "conflicts": "ERROR: tensorflow 2.1.0 requires h5py<2.11, but you'll have h5py 3.1.0.\n"
    "ERROR: x 1.0 has requirement keras==2.2.4, but you'll have keras 2.3.1 which is bad.\n",
    "table": "| name | version |\n|---|---|\n| keras | 2.3.1 |\n| tensorflow | 2.1.0 |\n",
    "printed": ">>> import keras, tensorflow as tf\n>>> keras.__version__\n'2.3.1'\n"
    ">>> tf.__version__\n'2.1.0'\n",
    "notebook": "In [1]: import keras; keras.__version__\nUsing TensorFlow backend.\n"
    "Out[1]: '2.3.1'\n\nIn [2]: tf.__version__\nOut[2]: '2.1.0'\n",
    "one print": "print(keras.__version__, tf.__version__)\n```\n```\n2.3.1 2.1.0\n",
    "two prints": "print(tf.__version__)\nprint(keras.__version__)\n\nOutput:\n2.1.0\n2.3.1\n",
    "comments": "print(tf.__version__)  # 2.1.0\nprint(keras.__version__)  # -> 2.3.1\n",
    "equations": "tf.__version__ == 2.1.0\nkeras.__version__: '2.3.1'\n",
    "command": 'python -c "import keras; print(keras.__version__)"\nUsing TensorFlow backend.\n'
    "2020-02-05 15:26:31.4: I tensorflow/core/platform/cpu.cc\n2.3.1\n"
    'python3 -c "import tensorflow as tf; print(tf.version.GIT_VERSION, tf.version.VERSION)"\n'
    "v2.1.0-rc2-17-ge5bf8de410 2.1.0\n",
}


@pytest.mark.parametrize("style", LISTS)
def test_what_tools_print_is_believed_before_sentences(style: str) -> None:
    found = read("I think it is keras 2.2.4 and tensorflow 1.14.0.\n\n" + LISTS[style])
    assert dict(found.versions) == {"keras": "2.3.1", "tensorflow": "2.1.0"}
    chosen = [c for c in found.claims if (c.project, c.version) == ("keras", "2.3.1")]
    assert [claim.source for claim in chosen] == [Source.FREEZE]
    assert len([d for d in found.doubts if d.kind is DoubtKind.CONTRADICTING_VERSIONS]) == 2


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("requirements.txt:\nh5py<3\nkeras==2.3.1\n", Source.REQUIREMENTS),
        ("pip install keras==2.3.1 h5py", Source.REQUIREMENTS),
        ("RUN pip3 install --no-cache-dir keras==2.3.1", Source.REQUIREMENTS),
        ("dependencies:\n  - h5py\n  - keras=2.3.1\n", Source.REQUIREMENTS),
        ('File "/x/site-packages/Keras-2.3.1-py3.6.egg/keras/models.py", line 3, in f',
         Source.TRACEBACK),
    ],
)  # fmt: skip
def test_sources_are_told_apart(text: str, source: Source) -> None:
    (claim,) = [claim for claim in read(text).claims if claim.project == "keras"]
    assert (claim.version, claim.source, claim.aside) == ("2.3.1", source, False)


def test_a_command_that_someone_recommends_is_no_claim() -> None:
    found = read("I could solve it:\n\n    pip install keras==2.2.4\n")
    assert [claim.aside for claim in found.claims] == [True]


def test_options_outrank_all_that_the_text_says() -> None:
    found = read_evidence(
        LISTS["freeze"], CATALOGUE, given={"Keras": "2.2.4", "tensorflow-gpu": "1.14.0"},
        python="3.6",
    )  # fmt: skip
    assert dict(found.versions) == {"keras": "2.2.4", "tensorflow": "1.14.0"}
    assert found.python == "3.6"
    assert [c.source for c in found.claims if c.version == "2.2.4"] == [Source.OPTION]


@pytest.mark.parametrize(
    ("text", "version", "doubt"),
    [
        ("TF 2.0", "2.0.4", "2.0.4, the newest 2.0 release, stands for it"),
        ("TF 2.0, opened on Nov 3, 2020", "2.0.0", "the newest 2.0 release by 2020-11-03"),
        ("TF 2.x, opened on Feb 3, 2020", "2.1.0", "the newest 2 release by 2020-02-03"),
        ("the latest tensorflow, opened on Feb 3, 2020", "2.1.0", "the newest release by"),
        ("TF 2", None, "too little to go by"),
        ("TF 2.31.0", "2.31.0", "no release tensorflow 2.31.0; the nearest is 2.12.0"),
        ("TF 2.30", "2.3.0", "the nearest is 2.3.0, which stands for it"),
        ("TF 2.0.0-alpha0", "2.0.0", "is a pre-release"),
        ("tf-nightly 2.1.0.dev20191101", "2.1.0", "is a build between releases"),
        ("tf-nightly-gpu==2.3.0rc2", "2.3.0", "is a build between releases"),
    ],
)
def test_a_vague_or_wrong_version_is_resolved_aloud(
    text: str, version: str | None, doubt: str
) -> None:
    found = read(text)
    assert found.versions.get("tensorflow") == version
    assert any(doubt in each.text for each in found.doubts), found.doubts


def test_a_slip_of_the_keyboard_is_read_as_what_has_its_digits() -> None:
    found = read("keras 2.02")
    assert found.versions["keras"] == "2.0.2"
    assert [doubt.kind for doubt in found.doubts] == [DoubtKind.NO_SUCH_RELEASE]
    assert found.claims[0].version == "2.02"


def test_the_exact_version_wins_over_the_vague_one_that_it_agrees_with() -> None:
    found = read("Since I use TF 2.0 it fails. TensorFlow version: 2.0.0")
    assert found.versions["tensorflow"] == "2.0.0"
    assert not found.doubts


@pytest.mark.parametrize(
    ("banner", "version"),
    [
        ("TensorFlow 1.x selected.\n", "1.15.0"),
        ("TensorFlow 2.x selected.\n", "2.3.0"),
        ("The default version of TensorFlow in Colab will soon switch to TensorFlow 2.x.\n",
         "1.15.0"),
    ],
)  # fmt: skip
def test_colab_tells_the_major_version(banner: str, version: str) -> None:
    found = read(f"opened on Nov 3, 2020\n{banner}Was fine with tensorflow 0.12.1.")
    assert found.versions["tensorflow"] == version
    assert Source.BANNER in [claim.source for claim in found.claims]


@pytest.mark.parametrize(
    ("line", "python"),
    [
        ('  File "/usr/lib/python3.6/dist-packages/keras/a.py", line 1, in f', "3.6"),
        ('  File "C:\\Users\\me\\Python36\\lib\\site-packages\\keras\\a.py", line 1, in f', "3.6"),
        ('  File "C:\\Python310\\lib\\site-packages\\keras\\a.py", line 1, in f', "3.10"),
        ('  File "/home/me/.pyenv/versions/3.7.9/lib/x.py", line 1, in f', "3.7"),
        ('  File "/opt/conda/envs/py35/lib/x.py", line 1, in f', "3.5"),
        ("C:\\Users\\me\\Anaconda2\\lib\\site-packages\\keras\\a.py in f()", "2.7"),
        ("Python 3.6.8 |Anaconda, Inc.| (default, Dec 30 2018, 01:22:34)", "3.6"),
        ("- Python version: Python 3.6.7 :: Anaconda custom (64-bit)", "3.6"),
        (">>> sys.version\n'3.6.9 (default, Nov  7 2019, 10:44:02) \\n[GCC 8.3.0]'", "3.6"),
        ("sys.version_info(major=3, minor=6, micro=9)", "3.6"),
        ("$ python --version\nPython 3.6.9", "3.6"),
        ("on Python 2 it was fine too", "2.7"),
        ("on Python 3 only", None),
        ("Python 2.70", None),
        ("/usr/lib/python3/dist-packages/keras", None),
    ],
)
def test_the_python_is_found(line: str, python: str | None) -> None:
    assert read(line).python == python


@pytest.mark.parametrize("printed", [
    "print(tf.keras.__version__)\n2.2.4-tf",
    "import tensorflow.keras as keras\nkeras.__version__\n'2.4.0'",
    "Keras version: 2.2.4-tf",
    "tf.keras 2.4.0",
])  # fmt: skip
def test_the_number_of_tf_keras_is_no_release_of_keras(printed: str) -> None:
    found = read(printed)
    assert "keras" not in found.versions
    assert not found.claims
    assert "not a release of Keras" in found.doubts[0].text


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("opened this issue on Nov 3, 2020", date(2020, 11, 3)),
        ("asked Oct 14 '19 at 12:02", date(2019, 10, 14)),
        ("Reported on 10th February 2019.", date(2019, 2, 10)),
        ("someone · description · 2020-05-03", date(2020, 5, 3)),
        ("2020-08-30 15:19:32.201695: I tensorflow/core/x.cc", date(2020, 8, 30)),
        ("commented on Jan 1, 2021\nopened on Nov 3, 2020", date(2020, 11, 3)),
        ("Python 3.7.4 (default, Aug 13 2019, 20:35:49)", None),
        ("Colab will switch to TensorFlow 2.x on the 27th of March, 2020", None),
        ("tf-nightly 2.1.0.dev20191101 of 2019-11-01", None),
        ("2020-13-45", None),
        ("1999-01-01", None),
    ],
)
def test_the_day_of_the_report_is_found(line: str, day: date | None) -> None:
    assert read(line).date == day


def test_no_report_is_of_a_later_day_than_today() -> None:
    text = "opened on Nov 3, 2020"
    assert read_evidence(text, CATALOGUE, today=date(2020, 11, 3)).date == date(2020, 11, 3)
    assert read_evidence(text, CATALOGUE, today=date(2020, 11, 2)).date is None


@pytest.mark.parametrize(
    ("text", "backend"),
    [
        ("Using TensorFlow backend.", "tensorflow"),
        ("Using Theano backend.", "theano"),
        ("Using PyTorch backend", "torch"),
        ('os.environ["KERAS_BACKEND"] = "jax"', "jax"),
        ('{"epsilon": 1e-07, "backend": "theano"}', "theano"),
        ("KERAS_BACKEND=jax\nUsing TensorFlow backend.", "tensorflow"),
        ("which backend?", None),
        ("I use keras 2.0.2 with theano backend", "theano"),
        ("Keras 1.2, Theano as the backend", "theano"),
        ("keras with the PyTorch back-end", "torch"),
        ("It fails with theano backend. With tensorflow backend it doesn't.", None),
        ("It works with theano backend", None),
        ("it fails with theano backend\nand with tensorflow backend", None),
        ("please try the tensorflow backend", None),
        ("---> 85     sys.stderr.write('Using Theano backend.\\n')", None),
    ],
)
def test_the_backend_is_what_keras_says(text: str, backend: str | None) -> None:
    assert read(text).backend == backend
