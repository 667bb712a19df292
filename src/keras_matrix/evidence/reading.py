"""Text -> Evidence: the readers of this package, one after another."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from keras_matrix.evidence import banners, choosing, codeblocks, doubts
from keras_matrix.evidence.dates import read_date
from keras_matrix.evidence.errors import read_errors
from keras_matrix.evidence.frames import frames_of
from keras_matrix.evidence.imports import Aliases, aliases
from keras_matrix.evidence.model import Claim, Doubt, DoubtKind, Evidence, Source
from keras_matrix.evidence.printed import printed
from keras_matrix.evidence.projects import PYTHON, TF_KERAS_VERSION, Stated, project_of
from keras_matrix.evidence.prose import told
from keras_matrix.evidence.tables import listed
from keras_matrix.evidence.text import END, clean
from keras_matrix.evidence.traces import trace_doubts
from keras_matrix.releases import Catalogue

_NONE_GIVEN: Mapping[str, str] = {}


def read_evidence(
    text: str,
    catalogue: Catalogue,
    *,
    given: Mapping[str, str] = _NONE_GIVEN,
    python: str | None = None,
    today: date | None = None,
) -> Evidence:
    """What a pasted text says; any text will do, and nothing of it is run.

    ``given`` and ``python`` are versions that the user states beside the text; they outrank all
    that it says. ``today`` bounds the dates that can be the report's.
    """
    cleaned = clean(text)
    lines = cleaned.lines
    day = read_date(lines, today)
    known = aliases(lines)
    banner = banners.multi_backend_banner(lines)
    if banner is not None and "K" not in known:
        known = {**known, "K": {"keras.backend"}}  # only a standalone Keras prints it
    errors = read_errors(lines, lines, known)
    claims = _claims(lines, known, given, python)
    choices = choosing.choose(_standing(claims), catalogue, day)
    versions = {project: choice.version for project, choice in choices.items() if choice.version}
    chosen_python = choosing.choose_python(claims)
    found = (
        *((_cut_doubt(),) if cleaned.cut else ()),
        *choosing.choice_doubts(choices),
        *doubts.not_yet_released(choices, catalogue, day),
        *doubts.contradictions(_standing(claims)),
        *trace_doubts(frames_of(lines), errors, versions, banner),
        *doubts.own_numbers(claims, choices),
        *doubts.python_without_files(choices, catalogue, chosen_python),
    )
    return Evidence(
        errors=errors,
        claims=tuple(_standing(claims)),
        versions=versions,
        python=chosen_python,
        backend=banners.backend(lines),
        date=day,
        code=codeblocks.blocks(lines, errors[0].name if errors else None),
        doubts=tuple(dict.fromkeys(found)),
    )


def _claims(
    lines: Sequence[str],
    known: Aliases,
    given: Mapping[str, str],
    python: str | None,
) -> tuple[Claim, ...]:
    """Every claim once, the options first, then in the order of the text."""
    options = [
        Claim(project=project_of(name) or name, version=version, source=Source.OPTION, quote="")
        for name, version in given.items()
    ]
    if python is not None:
        options.append(Claim(project=PYTHON, version=python, source=Source.OPTION, quote=""))
    found: list[Stated] = [*listed(lines), *printed(lines, known), *banners.colab(lines)]
    found.extend(told(lines, {each.line for each in found}))
    found.extend(banners.from_paths(lines))
    ordered = sorted(found, key=lambda each: each.line)
    return tuple(dict.fromkeys((*options, *(each.claim for each in ordered))))


def _standing(claims: Iterable[Claim]) -> list[Claim]:
    """The claims of releases; the number of tf.keras is none."""
    return [claim for claim in claims if claim.project != TF_KERAS_VERSION]


def _cut_doubt() -> Doubt:
    text = f"The text is long: only its first and last {END:,} characters were read."
    return Doubt(kind=DoubtKind.OTHER, text=text)
