"""R5: is what gets imported what was installed, and was it installed once?"""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from packaging.version import InvalidVersion, Version

from keras_matrix.causes import Cause
from keras_matrix.diagnosis.environment import Copy, Import, Relation, Surroundings
from keras_matrix.diagnosis.verdicts import Answer, Verdict

_ADVICE = (
    "make a new virtual environment and install only what the code needs, with one installer",
    "or, here: uninstall every distribution named above until none is left, then install one",
)
_CONDA_NAMES = {"torch": "pytorch"}


def verdict(env: Surroundings) -> Verdict:
    """Yes where installs contradict each other; several Keras in peace: the code decides."""
    found = tuple(disagreements(env))
    two = tuple(_side_by_side(env))
    beside = (*two, *_mixed_installers(env))
    if found:
        return Verdict(
            cause=Cause.INSTALLS, answer=Answer.YES, evidence=found + beside, advice=_ADVICE
        )
    unknown = tuple(
        f"what {module.name} is can't be told: importing it {module.detail or module.outcome}"
        for module in env.modules.values()
        if module.outcome in (Import.CRASHED, Import.TIMED_OUT, Import.UNKNOWN)
    )
    if unknown:
        return Verdict(cause=Cause.INSTALLS, answer=Answer.UNKNOWN, evidence=unknown + beside)
    if not env.copies:
        return Verdict(
            cause=Cause.INSTALLS, answer=Answer.NO, evidence=("no Keras and no backend here",)
        )
    agree = "every imported module comes from one distribution and says its version"
    answer = Answer.DEPENDS if two else Answer.NO
    return Verdict(cause=Cause.INSTALLS, answer=answer, evidence=(agree, *beside))


def disagreements(env: Surroundings) -> Iterator[str]:
    """Every contradiction between metadata, files, modules and installers."""
    yield from _several_owners(env)
    yield from _hidden_copies(env)
    for name in env.modules:
        yield from _of_module(env, name)
    for copy in env.copies:
        for lost in copy.lost:
            yield f"{copy.label} is listed as installed, but its {lost} is not in {copy.location}"
    yield from _conda_and_pip(env)
    for file in env.shadows:
        path = Path(file)
        name = path.parent.name if path.stem == "__init__" else path.stem
        yield f"{file} is imported instead of {name} by scripts that lie in that folder"


def _several_owners(env: Surroundings) -> Iterator[str]:
    for module in env.modules:
        owners = {copy.name: copy for copy in env.copies if module in copy.modules}
        if len(owners) > 1:
            names = " and ".join(copy.label for _, copy in sorted(owners.items()))
            yield f"{names} provide the same module, {module}: one overwrote the other's files"


def _hidden_copies(env: Surroundings) -> Iterator[str]:
    by_name: dict[str, list[Copy]] = defaultdict(list)
    for copy in env.copies:
        by_name[copy.name].append(copy)
    for first, *hidden in by_name.values():
        for copy in hidden:
            where = f"in {copy.location}"
            if copy.location == first.location:
                yield f"{first.label} and {copy.label} both left their metadata {where}"
                continue
            if _same(first.version, copy.version):
                continue
            whose = "your user site" if first.user_site else first.location
            yield f"{first.label} in {whose} hides {copy.label} {where}"


def _of_module(env: Surroundings, name: str) -> Iterator[str]:
    module = env.modules[name]
    if module.outcome is not Import.IMPORTED:
        return
    owners = [copy for copy in env.copies if name in copy.modules]
    if not owners:
        yield f"the module {name} ({module.file}) belongs to no installed distribution"
        return
    said = module.version
    if said is not None and not any(_same(said, copy.version) for copy in owners):
        names = ", ".join(copy.label for copy in owners)
        yield f"the module {name} says that it is {said}, installed is {names}"
    at_home = any(
        copy.editable or module.file is None or _inside(module.file, copy.location)
        for copy in owners
    )
    if not at_home:
        yield f"{name} is imported from {module.file}, {owners[0].label} is in {owners[0].location}"
    elif module.version is None:
        yield (
            f"the module {name} has no __version__: what is in {module.file} is not "
            f"the whole of {owners[0].label}"
        )


def _conda_and_pip(env: Surroundings) -> Iterator[str]:
    for name, version in sorted(env.conda.items()):
        for copy in env.copies:
            known = _CONDA_NAMES.get(copy.name, copy.name)
            if known == name and not _same(version, copy.version):
                by = copy.installer or "another installer"
                yield f"conda recorded {name} {version}, {by} put {copy.label} over it"


def _mixed_installers(env: Surroundings) -> Iterator[str]:
    """No contradiction yet: what conda updates next, pip's files may not survive."""
    pip = sorted(c.label for c in env.copies if c.installer not in (None, "conda"))
    conda = sorted(c.label for c in env.copies if c.installer == "conda")
    if conda and pip:
        yield f"installers are mixed: {', '.join(conda)} by conda, {', '.join(pip)} by pip or uv"


def _side_by_side(env: Surroundings) -> Iterator[str]:
    """Several Keras that don't share their objects, each healthy for itself."""
    kinds = ("keras.backend", env.tensorflow_path, "tf_keras.backend")
    for at, one in enumerate(kinds):
        for other in kinds[at + 1 :]:
            relation = env.relation(one, other)
            if relation is not None and not relation.one_keras:
                yield two_keras(relation)


def two_keras(relation: Relation) -> str:
    """The sentence for two paths that lead to different Keras."""
    return (
        f"{relation.one} and {relation.other} are two different Keras: of {relation.shared} "
        f"names in both, {relation.same or 'none'} {'is' if relation.same < 2 else 'are'} the same "
        "object"
    )


def _inside(file: str, folder: str) -> bool:
    return os.path.realpath(file).startswith(os.path.realpath(folder).rstrip(os.sep) + os.sep)


def _same(one: str, other: str) -> bool:
    """Whether two spellings are one version; local parts (+cpu) don't count."""
    try:
        return Version(one).public == Version(other).public
    except InvalidVersion:
        # Theano's own "1.0.3+2.g3e47d39ac.dirty", TensorFlow's "2.1.0-dev…".
        return one.partition("+")[0] == other.partition("+")[0]
