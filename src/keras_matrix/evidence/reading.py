"""Text -> Evidence: the readers of this package, one after another."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from types import MappingProxyType

from keras_matrix.evidence import banners, choosing, codeblocks, doubts, traces
from keras_matrix.evidence.collecting import read_errors
from keras_matrix.evidence.dates import read_date
from keras_matrix.evidence.imports import Aliases, aliases
from keras_matrix.evidence.model import Claim, Doubt, DoubtKind, Evidence, Source
from keras_matrix.evidence.posts import Post, comments
from keras_matrix.evidence.printed import printed
from keras_matrix.evidence.projects import PYTHON, TF_KERAS_VERSION, Stated, project_of
from keras_matrix.evidence.prose import told
from keras_matrix.evidence.tables import listed
from keras_matrix.evidence.text import END, clean
from keras_matrix.releases import Catalogue

MOST = 500
"""So many claims are kept, the first ones."""

_NONE_GIVEN: Mapping[str, str] = MappingProxyType({})


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
    posts = comments(lines)
    banner = banners.multi_backend_banner(lines)
    known = aliases(lines)
    if banner is not None:
        known = {"K": {"keras.backend"}, **known}  # only a standalone Keras prints it
    errors = read_errors(lines, known, posts)
    claims = _claims(lines, known, posts, _options(given, python))
    releases = [claim for claim in claims if claim.project != TF_KERAS_VERSION]
    choices = choosing.choose(releases, catalogue, day)
    versions = {project: choice.version for project, choice in choices.items() if choice.version}
    chosen_python = choosing.choose_python(claims)
    frames = errors[0].frames if errors else ()
    clues = tuple(traces.clues(frames, errors[:1], banner))
    found = (
        *((_CUT,) if cleaned.cut else ()),
        *(doubt for choice in choices.values() for doubt in choice.doubts),
        *doubts.not_yet_released(choices, catalogue, day),
        *doubts.contradictions(releases),
        *traces.trace_doubts(clues, frames, versions),
        *(doubt for error in errors[:1] for doubt in traces.line_doubts(error)),
        *doubts.own_numbers(claims, choices),
        *doubts.python_without_files(choices, catalogue, chosen_python),
    )
    return Evidence(
        errors=errors,
        claims=tuple(releases),
        versions=versions,
        python=chosen_python,
        backend=banners.backend(lines),
        date=day,
        code=codeblocks.blocks(lines, errors[0].name if errors else None),
        doubts=tuple(dict.fromkeys(found)),
        shown=traces.shown(clues, catalogue),
    )


def _options(given: Mapping[str, str], python: str | None) -> Iterator[Claim]:
    for name, version in (*given.items(), *(((PYTHON, python),) if python else ())):
        project = project_of(name) or name
        yield Claim(project=project, version=version, source=Source.OPTION, quote=version)


def _claims(
    lines: Sequence[str], known: Aliases, posts: Sequence[Post], options: Iterable[Claim]
) -> tuple[Claim, ...]:
    """Every claim once, the options first, then in the order of the text."""
    rows = list(listed(lines))
    said = list(printed(lines, known))
    own = {each.line for each in said if each.claim.project == PYTHON}
    found = [*rows, *said, *told(lines, own | {each.line for each in rows})]
    found.extend((*banners.colab(lines), *banners.from_paths(lines)))
    found.sort(key=lambda each: each.line)
    distinct = dict.fromkeys((*options, *_weighed(found, posts)))
    return tuple(islice(distinct, MOST))


def _weighed(found: Sequence[Stated], posts: Sequence[Post]) -> Iterator[Claim]:
    """The claims; where the report states no release, those of the first comment that does."""
    places = [_post_of(each, posts) for each in found]
    heard = next(
        (
            place
            for each, place in zip(found, places, strict=True)
            if each.claim.project != PYTHON and not each.claim.aside
            if place is None or place.reports
        ),
        None,
    )
    for each, place in zip(found, places, strict=True):
        yield each.claim if place in (None, heard) else replace(each.claim, aside=True)


def _post_of(each: Stated, posts: Sequence[Post]) -> Post | None:
    """The comment that a claim is in; None for the report itself."""
    place = bisect_right(posts, each.line, key=lambda post: post.first) - 1
    return posts[place] if place >= 0 else None


_CUT = Doubt(
    kind=DoubtKind.OTHER,
    text=f"The text is long: only its first and last {END:,} characters were read.",
)
