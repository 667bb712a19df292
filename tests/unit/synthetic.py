"""Made-up reports for the tests of tables and renderings: small, readable, deterministic."""

from collections.abc import Mapping
from datetime import date

from keras_matrix.results import (
    AttributeOutcome,
    AttributeRecord,
    CellOutcome,
    CellReport,
    CellSummary,
    PathOutcome,
    PathRecord,
    Provenance,
)

CATALOGUE = {
    "keras": ("1.2.2", "2.2.4", "2.2.5", "2.3.0", "2.3.1", "2.4.0rc0", "2.4.3", "3.0.0"),
    "tensorflow": ("1.12.0", "1.14.0", "1.15.5", "2.0.4", "2.15.0", "2.16.1"),
}
NASTY = "ValueError: </script><b>|`x`|</b>\nsecond & line"


def attribute(
    outcome: str = "works",
    *,
    kind: str = "function",
    signature: str | None = "(x, axis=None)",
    detail: str | None = None,
    same_as: tuple[str, ...] = (),
) -> AttributeRecord:
    """One name's record, by default a function that works."""
    return AttributeRecord(
        kind=kind,
        outcome=AttributeOutcome(outcome),
        signature=None if outcome == "missing" else signature,
        same_as=same_as,
        detail=detail,
    )


def importable(**attributes: AttributeRecord) -> PathRecord:
    """An import path with these names."""
    return PathRecord(outcome=PathOutcome.IMPORTABLE, attributes=attributes)


def unimportable(detail: str = "ModuleNotFoundError: No module named 'x'") -> PathRecord:
    """An import path that raised."""
    return PathRecord(outcome=PathOutcome.UNIMPORTABLE, detail=detail)


def cell(
    backend: str,
    paths: Mapping[str, PathRecord] | None = None,
    *,
    python: str = "3.7",
    outcome: str = "measured",
    reason: str | None = None,
    failure: str | None = None,
    **pins: str,
) -> CellReport:
    """One report; pins are given as keywords ("tf_keras" stands for "tf-keras")."""
    named = {name.replace("_", "-"): version for name, version in pins.items()}
    short = "-".join(f"{name}{version}" for name, version in named.items())
    return CellReport(
        cell=CellSummary(
            id=f"{short}-py{python.replace('.', '')}",
            python=python,
            backend=backend,
            pins=named,
            as_of=date(2021, 2, 4),
            tags=("smoke",),
        ),
        outcome=CellOutcome(outcome),
        reason=reason,
        failure=failure,
        provenance=Provenance(
            engine="docker",
            image="sha256:0123",
            locks={"python": "sha256:4567"},
            probes="sha256:89ab",
            python=f"{python}.9",
            platform="linux/amd64",
            measured_on=date(2026, 11, 21),
        ),
        packages={"numpy": "1.18.5"},
        paths=paths or {},
    )


def sample() -> list[CellReport]:
    """Nine cells over four eras, with every kind of outcome a table must tell apart."""
    same = ("tensorflow.keras.backend",)
    needs = attribute("needs-setting", detail="needs eager execution off")
    raises = attribute("raises", detail=NASTY)
    drifted = attribute(signature="(x, axis=-1, keepdims=False)")
    private = attribute("present", detail="private: existence only")
    gone = attribute("missing")
    return [
        cell(
            "tensorflow",
            {
                "keras.backend": importable(mean=drifted, slice=attribute(), get_session=gone),
                "tensorflow.keras.backend": importable(mean=drifted, slice=attribute()),
            },
            keras="2.4.3",
            tensorflow="2.3.0",
            python="3.8",
        ),
        cell(
            "tensorflow",
            {
                "keras.backend": importable(mean=attribute(), get_session=attribute(), _x=private),
                "tensorflow.keras.backend": importable(mean=attribute()),
            },
            keras="2.2.4",
            tensorflow="1.14.0",
        ),
        cell(
            "tensorflow",
            {
                "keras.backend": importable(mean=raises, get_session=raises),
                "tensorflow.keras.backend": importable(mean=attribute("deprecated", detail="soon")),
            },
            keras="2.2.4",
            tensorflow="2.0.4",
        ),
        cell(
            "tensorflow",
            {
                "keras.backend": importable(mean=attribute(same_as=same), get_session=needs),
                "tensorflow.keras.backend": importable(mean=attribute()),
            },
            keras="2.3.1",
            tensorflow="1.15.5",
        ),
        cell(
            "theano",
            {
                "keras.backend": importable(
                    mean=attribute("differs", detail="shape (2,) not (3,)")
                ),
                "tensorflow.keras.backend": unimportable("ImportError: no tensorflow"),
            },
            keras="2.3.1",
            theano="1.0.5",
        ),
        cell(
            "theano",
            {
                "keras.backend": importable(
                    mean=attribute("crashed", detail="signal 11"),
                    floatx=attribute("timed-out", detail="no end within 60 s"),
                ),
                "tensorflow.keras.backend": unimportable("ImportError: no tensorflow"),
            },
            keras="1.2.2",
            theano="0.9.0",
            python="2.7",
        ),
        cell(
            "tensorflow",
            keras="2.2.4",
            tensorflow="1.12.0",
            python="3.6",
            outcome="build-failed",
            reason="grpcio did not compile",
            failure="compile",
        ),
        cell(
            "tensorflow",
            keras="3.0.0",
            tensorflow="2.16.1",
            python="3.8",
            outcome="impossible",
            reason="tensorflow 2.16.1 has no file for Python 3.8",
            failure="no-file",
        ),
        cell(
            "jax",
            keras="3.0.0",
            jax="0.4.30",
            python="3.12",
            outcome="not-run",
            reason="Python 3.12 was not found",
            failure="no-python",
        ),
    ]


def big(cells: int = 100, paths: int = 13, names: int = 200) -> list[CellReport]:
    """Reports of a size that a full run may reach, with outcomes spread by arithmetic."""
    outcomes = list(AttributeOutcome)
    made = []
    for c in range(cells):
        records = {}
        for p in range(paths):
            attributes = {}
            for n in range(names):
                k = (c // 25 * 31 + p * 17 + n * 13) % 23
                outcome = outcomes[k] if k < len(outcomes) else AttributeOutcome.WORKS
                detail = f"TypeError: case {n % 40} of {outcome}" if 0 < k < 8 else None
                default = c // 25 if n % 4 == 0 else None  # one in four drifts
                signature = f"(x, axis={default}, name_{n}=None)"
                attributes[f"attribute_{n:03}"] = attribute(
                    outcome.value, detail=detail, signature=signature
                )
            path = "keras.backend" if p == 0 else f"keras.place_{p}.backend"
            records[path] = importable(**attributes) if (c // 20 + p) % 5 else unimportable()
        backend = ("tensorflow", "theano", "jax")[c % 3]
        version = {"tensorflow": f"2.{c % 16}.0", "theano": "1.0.5", "jax": "0.4.30"}[backend]
        keras = f"{2 if backend != 'jax' else 3}.{c // 3}.0"
        made.append(cell(backend, records, keras=keras, **{backend: version}))
    return made
