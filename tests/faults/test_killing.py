"""kill -9 at random moments: what was finished stays, the next run does the rest."""

import os
import random
import re
import signal
import subprocess
import threading
from collections.abc import Callable

import pytest
from invariants import RECOVERS
from stage import FULL, Checkout, Reference, Yard, check_recovery, rest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SEED = int(os.environ.get("KERAS_MATRIX_FAULTS_SEED") or 20261121)
_RANDOM = random.Random(SEED)
SHARES = tuple(round(_RANDOM.random(), 3) for _ in range(30 if FULL else 3))
ATTEMPTS = 8
_STEP = re.compile(r"\S+-py\d+: (\w+)  (\w+)")


def kill_after(process: subprocess.Popen[str], seconds: float) -> str:
    """SIGKILL for the run's own process, as the kernel does when memory runs out; its output."""
    timer = threading.Timer(seconds, process.send_signal, (signal.SIGKILL,))
    timer.start()
    try:
        return rest(process)
    finally:
        timer.cancel()


def step_of(out: str) -> str:
    """What was going on when the output broke off: "build build", "probe", "scenarios"…"""
    found = _STEP.findall(out)
    if not found:
        return "start"
    stage, word = found[-1]
    return f"{stage} {word}" if stage == "build" else stage


@pytest.mark.fault("SIGKILL of the run", *RECOVERS, "reports equal those of undisturbed runs")
@pytest.mark.parametrize("share", SHARES, ids=lambda share: f"seed{SEED}-at{share:.0%}")
def test_a_killed_run_loses_nothing(
    share: float,
    checkout: Checkout,
    yard: Yard,
    reference: Reference,
    forget: Callable[[], None],
    moment: Callable[[str], None],
) -> None:
    seconds = 0.3 + share * reference.seconds
    for _ in range(ATTEMPTS):
        forget()
        checkout.forget_reports()
        process = checkout.start("--jobs", str(1 + round(share * 1000) % 2))
        out = kill_after(process, seconds)
        if process.returncode != 0:
            break
        seconds *= 0.8  # it was faster than the reference, and done before
    assert process.returncode == -signal.SIGKILL, out
    moment(f"{step_of(out)} ({seconds:.1f} s)")
    assert check_recovery(checkout, yard) == reference.reports
