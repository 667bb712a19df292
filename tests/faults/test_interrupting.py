"""Ctrl-C, and again by somebody who doesn't want to wait. Once only: see test_robustness."""

import signal
import time
from collections.abc import Callable

import pytest
from invariants import RECOVERS
from stage import FULL, Checkout, Yard, check_recovery, rest, until

pytestmark = [pytest.mark.integration, pytest.mark.slow]

STEPS = ("build  build", "probe", "scenarios") if FULL else ("probe",)
PAUSES = (0.0, 0.3) if FULL else (0.3,)


@pytest.mark.fault("Ctrl-C twice", "exit code 130", "no traceback", *RECOVERS)
@pytest.mark.parametrize("pause", PAUSES)
@pytest.mark.parametrize("step", STEPS)
def test_a_second_ctrl_c_does_no_harm(
    step: str,
    pause: float,
    checkout: Checkout,
    yard: Yard,
    forget: Callable[[], None],
    moment: Callable[[str], None],
) -> None:
    forget()
    process = checkout.start()
    until(process, step)
    moment(f"{' '.join(step.split())}, {pause:g} s apart")
    process.send_signal(signal.SIGINT)
    time.sleep(pause)
    process.send_signal(signal.SIGINT)
    out = rest(process, 120)
    assert process.returncode == 130, out
    assert "Traceback" not in out
    check_recovery(checkout, yard)
