"""claims.md: for each claim of the brief, where it holds, where not, and what was seen there.

Pure: the reports' scenario records and what the scripts say of themselves come in, text goes out.
Nothing is decided by hand but the claims' wording.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from packaging.specifiers import SpecifierSet

from keras_matrix.probing.scenarios import Scenario
from keras_matrix.render.marks import code, escape, line, rule
from keras_matrix.results import AttributeOutcome, CellReport, ScenarioRecord
from keras_matrix.tables import Column, Table
from keras_matrix.tables.remedies import Missing, Remedy, by_remedy, missing_names

CLAIMS: Mapping[str, str] = {
    "C1": "`keras.backend.clear_session()` fails with AttributeError under TensorFlow 2.x.",
    "C2": "`tensorflow.keras.backend.clear_session()` works under TensorFlow 2.x.",
    "C3": "A `tf.keras` layer that calls `tensorflow.keras.backend.mean` may fail where TensorFlow "
    "is not the active backend.",
    "C4": "The same layer with `tf.reduce_mean` works wherever TensorFlow is installed.",
    "C5": "`K.backend()` tells the active backend, so that code can branch on it.",
    "C6": "With standalone Keras set to Theano, `import tensorflow.keras.backend` fails or talks "
    "to the other backend.",
    "C7": "From TensorFlow 2 on `keras.backend` is outdated; its functions moved to "
    "`tensorflow.keras.backend`.",
    "C8": "A custom layer with `keras.backend.mean` in a `tf.keras` model, two namespaces mixed, "
    "fails or gives wrong numbers.",
    "C9": "With `keras` and `tensorflow` installed, `keras.backend.X` is the same object as "
    "`tensorflow.keras.backend.X`.",
    "C10": "Aligning versions, choosing one backend and correcting the import resolves the error.",
    "R1": "Cause: the Keras and the framework don't fit.",
    "R2": "Cause: another backend is active than the code wants.",
    "R3": "Cause: the wrong import path.",
    "R4": "Cause: custom layers that call the backend functions of another namespace (see C3, C8).",
    "R5": "Cause: several installs at once.",
}
"""The brief's claims and root causes, in our own words."""

_COMPUTED = "C10"
_FEW = 2
_MAIN_PATHS = ("keras.backend", "tensorflow.keras.backend")


class Verdict(StrEnum):
    """What one cell says of one scenario's sentence."""

    HOLDS = "holds"
    FAILS = "does not hold"
    CONTROL = "control"
    OUTSIDE = "not of the claim's versions"
    BROKEN = "fails for another cause"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One scenario in one measured cell."""

    column: Column
    record: ScenarioRecord
    verdict: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One scenario in every cell that ran it, in the table's order."""

    scenario: Scenario
    findings: tuple[Finding, ...]

    def count(self, verdict: Verdict) -> int:
        """How many cells say so."""
        return sum(finding.verdict is verdict for finding in self.findings)

    @property
    def text(self) -> str:
        """The verdict in a few words."""
        if not self.findings:
            return "not measured"
        holds = self.count(Verdict.HOLDS)
        applies = holds + self.count(Verdict.FAILS)
        if self.scenario.control:
            measured = self.count(Verdict.CONTROL)
            works = sum(
                finding.verdict is Verdict.CONTROL
                and finding.record.outcome is AttributeOutcome.WORKS
                for finding in self.findings
            )
            return f"control: works in {works} of {measured}" if measured else "applies nowhere"
        return f"holds in {holds} of {applies}" if applies else "applies to no measured combination"


def answers_of(
    table: Table, reports: Iterable[CellReport], scenarios: Iterable[Scenario]
) -> tuple[Answer, ...]:
    """What was measured of each scenario, in the scenarios' order."""
    measured = {report.cell.id: report.scenarios for report in reports}
    return tuple(
        Answer(
            scenario=scenario,
            findings=tuple(
                Finding(
                    column=column,
                    record=record,
                    verdict=verdict(scenario, column, measured[column.cell.id]),
                )
                for column in table.columns
                if (record := measured.get(column.cell.id, {}).get(scenario.name)) is not None
            ),
        )
        for scenario in scenarios
    )


def verdict(scenario: Scenario, column: Column, records: Mapping[str, ScenarioRecord]) -> Verdict:
    """What a cell's records say of the scenario's sentence."""
    record = records[scenario.name]
    if record.outcome is AttributeOutcome.PRESENT:
        return Verdict.NOT_APPLICABLE
    for project, specifier in scenario.applies_to.items():
        release = column.releases.get(project)
        if release is None or not SpecifierSet(specifier).contains(release, prereleases=True):
            return Verdict.OUTSIDE
    if record.outcome is not AttributeOutcome.WORKS and not _sound(scenario, records):
        return Verdict.BROKEN
    if scenario.control:
        return Verdict.CONTROL
    return Verdict.HOLDS if scenario.holds(record) else Verdict.FAILS


def _sound(scenario: Scenario, records: Mapping[str, ScenarioRecord]) -> bool:
    """Whether everything that the scenario takes for granted was seen to work in the same cell."""
    given = (records.get(name) for name in scenario.given)
    return all(record and record.outcome is AttributeOutcome.WORKS for record in given)


def claims_text(table: Table, reports: Iterable[CellReport], scenarios: Iterable[Scenario]) -> str:
    """The whole of reports/claims.md."""
    answers = answers_of(table, reports, scenarios)
    missing = tuple(missing_names(table))
    by_claim: dict[str | None, list[Answer]] = defaultdict(list)
    for answer in answers:
        claim = answer.scenario.claim
        by_claim[claim if claim in CLAIMS else None].append(answer)
    parts = [*_head(by_claim, missing)]
    for claim, wording in CLAIMS.items():
        parts += [f"## {claim}\n", f"{wording}\n"]
        for answer in by_claim[claim]:
            parts += _answer(answer)
        if claim == _COMPUTED:
            parts += _remedies(table, missing)
        elif not by_claim[claim]:
            parts.append("No scenario of its own.\n")
    if by_claim[None]:
        parts.append("## Other scenarios\n")
        for answer in by_claim[None]:
            parts += _answer(answer)
    return "\n".join(parts).rstrip("\n") + "\n"


def _head(
    by_claim: Mapping[str | None, Sequence[Answer]], missing: Sequence[Missing]
) -> Iterator[str]:
    yield "<!-- generated by `keras-matrix table`; do not edit -->"
    yield "# The claims, as measured\n"
    yield (
        "Each claim is one or more scripts in `probes/scenarios/`, run in a fresh process in "
        "every measured combination. *Holds* says that the sentence of the script was seen to be "
        "true; combinations to which it does not apply don't count. A span `a` … `b` "
        "holds every measured combination from one to the other, in the tables' order.\n"
    )
    yield line(("claim", "in our words", "measured"))
    yield rule(3)
    for claim, wording in CLAIMS.items():
        said = [f"`{answer.scenario.name}`: {answer.text}" for answer in by_claim[claim]]
        if claim == _COMPUTED:
            said.append(_share(by_remedy(missing)))
        yield line((f"[{claim}](#{claim.lower()})", code(wording), "<br>".join(said) or "–"))
    yield ""


def _answer(answer: Answer) -> Iterator[str]:
    scenario = answer.scenario
    yield f"### `{scenario.name}`\n"
    yield f"{code(scenario.sentence)}\n"
    if scenario.notes:
        yield f"{scenario.notes}\n"
    settings = [
        f"`{name}={text}`" if text is not None else f"`{name}` unset"
        for name, text in sorted(scenario.variables.items())
    ]
    if scenario.given:
        taken = ", ".join(f"`{name}`" for name in scenario.given)
        yield f"A failure counts only where {taken} works.\n"
    if settings:
        yield f"Run with {', '.join(settings)}.\n"
    yield f"**{answer.text[:1].upper()}{answer.text[1:]}**{_asides(answer)}.\n"
    if not answer.findings:
        return
    yield line(("", "outcome", "what was seen", "where"))
    yield rule(4)
    for found, findings in _grouped(answer.findings):
        seen = escape(found.record.detail or "")
        where = "<br>".join(_places(answer.findings, findings))
        yield line((found.verdict.value, found.record.outcome.value, seen, where))
    yield ""


def _asides(answer: Answer) -> str:
    counts = [
        f"{verdict.value} {number}"
        for verdict in (Verdict.OUTSIDE, Verdict.BROKEN, Verdict.NOT_APPLICABLE)
        if (number := answer.count(verdict))
    ]
    return f" (not counted: {', '.join(counts)})" if counts else ""


def _grouped(findings: Sequence[Finding]) -> Iterator[tuple[Finding, tuple[Finding, ...]]]:
    """The findings that say the same together: by verdict, the largest group first."""
    groups: dict[tuple[Verdict, ScenarioRecord], list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.verdict, finding.record].append(finding)
    order = list(Verdict)
    # sorted() is stable: groups of one size stay in the table's order.
    for group in sorted(groups.values(), key=lambda g: (order.index(g[0].verdict), -len(g))):
        yield group[0], tuple(group)


def _places(everything: Sequence[Finding], some: Sequence[Finding]) -> Iterator[str]:
    """Some of the findings, era by era, in unbroken runs of the table's order."""
    wanted = {finding.column.cell.id for finding in some}
    for era, of_era in groupby(everything, key=lambda finding: finding.column.era):
        cells = [finding.column.cell.id for finding in of_era]
        number = sum(cell in wanted for cell in cells)
        if not number:
            continue
        if number == len(cells) and number > _FEW:
            yield f"{era.label}: all {number}"
        else:
            runs = (list(run) for here, run in groupby(cells, key=wanted.__contains__) if here)
            yield f"{era.label} ({number} of {len(cells)}): {', '.join(map(_run, runs))}"


def _run(cells: Sequence[str]) -> str:
    if len(cells) <= _FEW:
        return ", ".join(f"`{cell}`" for cell in cells)
    return f"`{cells[0]}` … `{cells[-1]}` ({len(cells)})"


def _remedies(table: Table, missing: Sequence[Missing]) -> Iterator[str]:
    """C10: what was measured to help, counted for each path, then name by name."""
    yield (
        "Computed from the tables: for each name that an importable path lacks in a measured "
        "combination, the nearest place where the very name was called and worked, or another "
        "name that gave the same answers.\n"
    )
    yield f"**{_share(by_remedy(missing))}**\n"
    yield line(("path", "missing", *(remedy.value for remedy in Remedy)))
    yield rule(2 + len(Remedy))
    for path in table.paths:
        here = [found for found in missing if found.path == path.path]
        if here:
            counts = by_remedy(here).values()
            yield line((f"`{path.path}`", *map(str, (sum(counts), *counts))))
    yield ""
    for main in _MAIN_PATHS:
        here = [found for found in missing if found.path == main]
        if here:
            yield from _name_by_name(main, here)


def _name_by_name(path: str, missing: Sequence[Missing]) -> Iterator[str]:
    yield f"### Missing from `{path}`, name by name\n"
    yield line(("name", "missing in", *(r.value for r in Remedy), "what helped"))
    yield rule(3 + len(Remedy))
    for name, group in groupby(missing, key=lambda found: found.name):
        found = list(group)
        helped: dict[str, int] = defaultdict(int)
        for one in found:
            for other in (*one.paths, *one.uses):
                helped[other] += len(one.cells)
        counts = by_remedy(found).values()
        paths = ", ".join(f"`{other}` ({number})" for other, number in helped.items())
        numbers = (str(number or "") for number in (sum(counts), *counts))
        yield line((f"`{name}`", *numbers, paths))
    yield ""


def _share(counts: Mapping[Remedy, int]) -> str:
    total = sum(counts.values())
    if not total:
        return "No name is missing anywhere."
    parts = "; ".join(f"{remedy}: {number}" for remedy, number in counts.items())
    return f"Of {total} missing names (each counted per combination) – {parts}"
