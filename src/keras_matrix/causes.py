"""The five causes of a missing backend function, as people name them."""

from enum import StrEnum


class Cause(StrEnum):
    """Why ``module 'keras.backend' has no attribute …`` is raised."""

    VERSIONS = "R1"
    BACKEND = "R2"
    IMPORT_PATH = "R3"
    OWN_CODE = "R4"
    INSTALLS = "R5"

    @property
    def words(self) -> str:
        """The cause, spelt out."""
        return _TITLES[self]


_TITLES = {
    Cause.VERSIONS: "version mismatch",
    Cause.BACKEND: "wrong backend",
    Cause.IMPORT_PATH: "wrong import path",
    Cause.OWN_CODE: "custom layers of another namespace",
    Cause.INSTALLS: "several installs",
}
