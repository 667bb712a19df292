"""GitHub's workflow commands: lines of a job's output that become annotations. Pure."""

from collections.abc import Mapping


def command(name: str, properties: Mapping[str, object], text: str) -> str:
    """``::name key=value,…::text`` on one line, whatever the text holds."""
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
