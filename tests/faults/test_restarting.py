"""The engine is stopped and started again under a run. Only on an engine of the suite's own."""

import os
import subprocess
from collections.abc import Callable

import pytest
from invariants import RECOVERS
from stage import ROOT, Checkout, Yard, check_recovery, rest, until, whole_suite_only

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ENGINE = os.environ.get("KERAS_MATRIX_FAULTS_ENGINE", "")
STEPS = ("build  build", "probe", "scenarios")


def engine_script(verb: str) -> None:
    script = ROOT / "docker" / "engine.sh"
    subprocess.run([script, verb, ENGINE], check=True, capture_output=True, timeout=120)


@whole_suite_only
@pytest.mark.skipif(not ENGINE, reason="only root may start an engine of the suite's own")
@pytest.mark.fault("the engine is restarted", "exit code 0 or 3", *RECOVERS)
@pytest.mark.parametrize("back", ["at once", "after the run"])
@pytest.mark.parametrize("step", STEPS)
def test_an_engine_that_restarts_loses_nothing(
    step: str,
    back: str,
    checkout: Checkout,
    yard: Yard,
    forget: Callable[[], None],
    moment: Callable[[str], None],
) -> None:
    forget()
    process = checkout.start()
    until(process, step)
    moment(f"{' '.join(step.split())}, back {back}")
    try:
        engine_script("stop")
        if back == "after the run":
            out = rest(process)
            assert process.returncode == 3, out
    finally:
        engine_script("start")
    out = out if back == "after the run" else rest(process)
    assert process.returncode in (0, 3), out
    assert "Traceback" not in out
    for cell, (outcome, failure) in checkout.outcomes().items():
        assert (outcome.value, failure) in [("measured", None), ("build-failed", "engine")], cell
    check_recovery(checkout, yard)
