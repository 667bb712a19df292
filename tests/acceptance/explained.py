"""What ``explain`` says of every real report, beside the fix that was accepted, as a table.

``python tests/acceptance/explained.py [--table compatibility.json] [--reports FILE] [-o FILE]``
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent))

from accepted import demands, met
from reports import REPORTS, Report, load

from keras_matrix.evidence import read_evidence
from keras_matrix.explaining import Explanation, explain
from keras_matrix.knowledge import load_knowledge
from keras_matrix.releases import load_catalogue
from keras_matrix.shipped import shipped

REVIEWED = Path(__file__).parent / "reviewed.yaml"
_MOST = 3


class Verdict(StrEnum):
    """How the proposed fixes compare with the accepted one."""

    ACCEPTED = "accepted"
    BETTER = "better"
    MISSED = "missed"
    NONE = "no accepted fix"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One report, its explanation, and what became of the accepted fix."""

    report: Report
    told: Explanation
    verdict: Verdict
    by: str


def judge_all(
    reports: Iterable[Report], table: Path | None = None, reviewed: Path = REVIEWED
) -> tuple[Judged, ...]:
    """Explain and judge every report."""
    catalogue = load_catalogue(shipped("docker/locks/releases.json"))
    knowledge = load_knowledge(table)
    reviews = yaml.safe_load(reviewed.read_text(encoding="utf-8"))
    judged = []
    for report in reports:
        told = explain(read_evidence(report.text, catalogue), knowledge, catalogue)
        verdict, by = judge(report, told, reviews)
        judged.append(Judged(report=report, told=told, verdict=verdict, by=by))
    return tuple(judged)


def judge(
    report: Report, told: Explanation, reviews: Mapping[str, Mapping[str, str]]
) -> tuple[Verdict, str]:
    """The matcher's word, else the reviewer's where what was reviewed is still proposed."""
    if report.accepted is None:
        return Verdict.NONE, ""
    fix = met(told.fixes, demands(report.accepted), dict(told.situation.versions))
    if fix is not None:
        return Verdict.ACCEPTED, fix.title
    review = reviews.get(report.source)
    if review is None:
        return Verdict.MISSED, "not among the proposals, and not reviewed"
    if review["verdict"] == "missed":
        return Verdict.MISSED, review["reason"]
    title = next((f.title for f in told.fixes if fnmatch(f.title, review["proposed"])), None)
    if title is None:
        return Verdict.MISSED, f"no longer proposed: {review['proposed']}"
    verdict = Verdict.ACCEPTED if review["verdict"] == "same" else Verdict.BETTER
    return verdict, f"{title}: {review['reason']}"


def share(judged: Sequence[Judged]) -> tuple[int, int]:
    """(reports whose accepted fix or a better one was proposed, reports that have one)."""
    counted = Counter(each.verdict for each in judged)
    good = counted[Verdict.ACCEPTED] + counted[Verdict.BETTER]
    return good, good + counted[Verdict.MISSED]


def to_markdown(judged: Sequence[Judged]) -> Iterator[str]:
    """The table and its totals."""
    good, asked = share(judged)
    counted = Counter(each.verdict for each in judged)
    certain = Counter(each.told.finding.certainty for each in judged)
    causes = Counter(each.told.causes[0].cause for each in judged if each.told.causes)
    yield "# explain on real reports"
    yield ""
    yield f"{len(judged)} reports, {asked} of them with an accepted fix: {good} of those got it"
    yield f"({counted[Verdict.ACCEPTED]}) or a better one ({counted[Verdict.BETTER]}), that is"
    yield f"{good / asked:.0%}. The state of the claimed combination is "
    yield (
        ", ".join(f"{word} for {count}" for word, count in sorted(certain.items())) + "; the first"
    )
    yield "cause is " + ", ".join(f"{cause} for {count}" for cause, count in sorted(causes.items()))
    yield f"and none for {len(judged) - causes.total()}."
    yield ""
    yield "| report | about | claimed | cause | sure | proposed | accepted fix | verdict |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    yield from map(_row, judged)


def _row(each: Judged) -> str:
    told, url = each.told, each.report.fields["url"]
    cells = [
        f"[{each.report.source.removeprefix('github:')}]({url})",
        f"`{told.subject.dotted or '?'}`",
        each.report.claimed or "nothing",
        ", ".join(likely.cause.value for likely in told.causes) or "not known",
        told.finding.certainty.value,
        "<br>".join(fix.title for fix in told.fixes[:_MOST]) or "nothing",
        each.report.accepted or "none",
        f"**{each.verdict}** {each.by}".strip(),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, help="another compatibility.json")
    parser.add_argument("--reports", type=Path, default=REPORTS)
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    text = "\n".join(to_markdown(judge_all(load(arguments.reports), arguments.table))) + "\n"
    if arguments.output is not None:
        arguments.output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
