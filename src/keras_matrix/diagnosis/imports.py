"""R2, R3 and R4: the active backend, where each path leads, and what only the code decides."""

from collections.abc import Iterator, Sequence

from keras_matrix.causes import Cause
from keras_matrix.diagnosis import installs, versions
from keras_matrix.diagnosis.environment import FRAMEWORKS, Import, ImportPath, Surroundings
from keras_matrix.diagnosis.verdicts import Answer, Verdict
from keras_matrix.results import AttributeOutcome, CellReport

_SHOWN = 6
_BUILT_IN = ("numpy",)
"""Backends of Keras 3 that need no framework."""
_MIXING = ("mixed-keras-mean-in-tf-keras", "mixed-tf-keras-mean-in-keras")
"""Scenarios in which a layer of one Keras calls the backend of another."""


def backend_verdict(env: Surroundings, reports: Sequence[CellReport]) -> Verdict:
    """R2: is the active backend the one that the settings ask for, and the only one in use?"""
    told = f"KERAS_BACKEND is {env.keras_backend or 'not set'}, keras.json says {_in_file(env)}"
    wrong = tuple(_wrong_backend(env))
    if wrong:
        evidence, advice = (*wrong, told), tuple(_backend_advice(env, reports))
        return Verdict(cause=Cause.BACKEND, answer=Answer.YES, evidence=evidence, advice=advice)
    active = env.active_backend
    if active is None:
        keras_is_absent = all(env.absent(name) for name in ("keras", "tensorflow", "tf_keras"))
        answer = Answer.NO if keras_is_absent else Answer.UNKNOWN
        why = "no Keras is installed" if keras_is_absent else "no import path could be asked"
        return Verdict(cause=Cause.BACKEND, answer=answer, evidence=(f"{why}; {told}",))
    others = [n for n in FRAMEWORKS if n != active and env.imports(n)]
    also = (f"{' and '.join(others)} can be imported here, too",) if others else ()
    on = f"Keras runs on {active}" + (", as asked" if env.wanted_backend == active else "")
    split = _split(env)
    if split is None:
        evidence = (f"{on}; {told}", *also)
        return Verdict(cause=Cause.BACKEND, answer=Answer.NO, evidence=evidence)
    return Verdict(
        cause=Cause.BACKEND,
        answer=Answer.DEPENDS,
        evidence=(f"{on}; {told}", split),
        advice=("use one of the two alone, or set KERAS_BACKEND=tensorflow for both",),
    )


def _wrong_backend(env: Surroundings) -> Iterator[str]:
    wanted, active = env.wanted_backend, env.active_backend
    source = "KERAS_BACKEND" if env.keras_backend else "keras.json"
    standalone, keras = env.paths.get("keras.backend"), env.modules.get("keras")
    if keras is not None and keras.outcome is Import.RAISES:
        if wanted is not None and wanted not in _BUILT_IN and env.absent(wanted):
            yield f"{source} asks for {wanted}, which is not installed here: {keras.detail}"
        elif wanted is None and all(env.absent(name) for name in FRAMEWORKS):
            yield f"Keras is installed, but no backend for it: {keras.detail}"
    elif standalone is not None and wanted and standalone.backend not in (None, wanted):
        yield f"{source} asks for {wanted}, but keras.backend runs on {active}"


def _split(env: Surroundings) -> str | None:
    """Two Keras on two backends: what only code that uses both will feel."""
    asked = (env.paths.get("keras.backend"), env.paths.get(env.tensorflow_path))
    both = [path for path in asked if path is not None and path.backend]
    if len({path.backend for path in both}) < 2:
        return None
    runs = ", ".join(f"{path.path} on {path.backend}" for path in both)
    return f"{runs}: their tensors and layers don't mix"


def _backend_advice(env: Surroundings, reports: Sequence[CellReport]) -> Iterator[str]:
    wanted, standalone = env.wanted_backend, env.paths.get("keras.backend")
    if wanted and standalone is not None and standalone.backend:
        newest = versions.newest_on(wanted, reports)
        yield f"this Keras does not follow the setting: ask for {standalone.backend}, which it uses"
        yield f"or take a Keras that runs on {wanted}" + (
            f": the newest that was measured there is {newest}" if newest else ""
        )
        return
    there = [name for name in FRAMEWORKS if env.imports(name)]
    if there:
        yield f"choose one that is here: set KERAS_BACKEND={there[0]} before keras is imported"
    if env.wanted_backend and env.absent(env.wanted_backend):
        yield f"or install {env.wanted_backend} in a release of this Keras's time"
    if env.keras_backend is None and env.keras_json:
        yield f'or change "backend" in {env.keras_json_file or "keras.json"}'


def _in_file(env: Surroundings) -> str:
    if env.keras_json is None:
        return "nothing (there is none)"
    if "unreadable" in env.keras_json:
        return "nothing that can be read (it is no JSON)"
    return str(env.keras_json.get("backend", "nothing of a backend"))


def path_verdict(env: Surroundings) -> Verdict:
    """R3: do all import paths lead to the same functions? Which one the code takes is not known."""
    here = env.importable()
    if not here:
        failed = [p for p in env.paths.values() if p.outcome is not Import.IMPORTED]
        why = f"none can be imported: {failed[0].detail}" if failed else "there is no Keras here"
        return Verdict(
            cause=Cause.IMPORT_PATH,
            answer=Answer.UNKNOWN if failed else Answer.NO,
            evidence=(why,),
        )
    found = tuple(_differences(env, here))
    differ = len({path.names for path in here}) > 1 or not _all_one(env)
    broken = tuple(
        f"{p.path} can't be imported: {p.detail}"
        for p in env.paths.values()
        if p.path in ("keras.backend", env.tensorflow_path) and p.outcome is not Import.IMPORTED
    )
    if not differ and not broken:
        names = ", ".join(path.path for path in here)
        return Verdict(
            cause=Cause.IMPORT_PATH,
            answer=Answer.NO,
            evidence=(f"one Keras, the same names by every path that imports ({names})",),
        )
    return Verdict(
        cause=Cause.IMPORT_PATH,
        answer=Answer.DEPENDS,
        evidence=found + broken,
        advice=("import one Keras everywhere, by a path that has the names which the code uses",),
    )


def _differences(env: Surroundings, here: Sequence[ImportPath]) -> Iterator[str]:
    """What the other paths have and lack, each seen from the path before it that is most alike."""
    usual, *others = sorted(here, key=lambda p: _prominence(env, p.path))
    told = [usual]
    for other in others:
        alike = max(
            (each for each in told if _one_keras(env, each, other)),
            key=lambda each, other=other: len(each.names & other.names),  # type: ignore[misc]
            default=usual,
        )
        relation = env.relation(alike.path, other.path)
        told.append(other)
        if relation is None:
            continue
        if relation.one_keras and alike.names == other.names:
            yield f"{other.path} is the same Keras as {alike.path}, name by name"
        elif not relation.shared:
            yield f"{other.path} is another API: it shares no name with {alike.path}"
        elif relation.one_keras:
            sets = _sets(alike.path, alike.names - other.names)
            sets += _sets(other.path, other.names - alike.names)
            yield f"{other.path} is the same Keras as {alike.path}{sets}"
        elif _private(other.path):
            yield f"{other.path} is private, and another Keras than {alike.path}"
        else:
            sets = _sets(alike.path, alike.names - other.names)
            yield installs.two_keras(relation) + sets + _sets(other.path, other.names - alike.names)


def _all_one(env: Surroundings) -> bool:
    return all(relation.one_keras for relation in env.relations)


def _one_keras(env: Surroundings, one: ImportPath, other: ImportPath) -> bool:
    relation = env.relation(one.path, other.path)
    return relation is not None and relation.shared > 0 and relation.one_keras


def _prominence(env: Surroundings, path: str) -> tuple[bool, bool, bool]:
    """Smallest for what most code imports; otherwise the order of matrix.yaml stays."""
    return path != "keras.backend", path != env.tensorflow_path, _private(path)


def _private(path: str) -> bool:
    return any(part in path for part in (".python.", ".src.", "_backend"))


def _sets(path: str, names: frozenset[str]) -> str:
    if not names:
        return ""
    first = ", ".join(sorted(names, key=_obscurity)[:_SHOWN])
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"; only {path} has {first}{rest}"


def _obscurity(name: str) -> tuple[bool, bool, str]:
    """Functions that are asked for often first, then functions, then classes."""
    asked = name in ("get_session", "set_session", "clear_session", "placeholder", "mean")
    return (not asked, name[:1].isupper(), name)


def own_code_verdict(env: Surroundings, reports: Sequence[CellReport]) -> Verdict:
    """R4 is in the code, not in the environment; said is whether mixing could hurt here."""
    evidence = ["an environment can't show what the code's own layers call"]
    relation = env.relation("keras.backend", env.tensorflow_path)
    if relation is not None:
        mixed = "one Keras" if relation.one_keras else "two different Keras"
        evidence.append(f"keras.backend and {env.tensorflow_path} are {mixed} here")
    nearest = versions.nearest(env, reports)
    if nearest and nearest[0].close:
        for name in _MIXING:
            record = nearest[0].report.scenarios.get(name)
            if record is not None and record.outcome is not AttributeOutcome.PRESENT:
                said = f": {record.detail}" if record.detail else ""
                evidence.append(
                    f"measured in {nearest[0].report.cell.id}: {name.replace('-', ' ')} "
                    f"{record.outcome}{said}"
                )
    return Verdict(cause=Cause.OWN_CODE, answer=Answer.UNKNOWN, evidence=tuple(evidence))
