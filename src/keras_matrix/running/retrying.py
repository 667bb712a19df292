"""What failed for the machine's sake is tried again after a while; nothing else is."""

import threading
from collections.abc import Callable
from dataclasses import replace

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_exponential
from tenacity.nap import sleep_using_event

from keras_matrix.errors import ENVIRONMENTAL
from keras_matrix.running.measuring import Measured

ATTEMPTS = 3
WAIT = wait_exponential(multiplier=5, exp_base=3, max=60)
"""5 s, then 15 s: a network's hiccup and the restart of an engine are over by then."""


class Persistence:
    """Tries cells again, for one campaign; setting ``stop`` ends a wait at once.

    A trouble that outlasted one cell's attempts isn't waited for again until a cell gets through.
    ``before_retry(cell's report)`` is called before each wait.
    """

    def __init__(
        self,
        stop: threading.Event,
        before_retry: Callable[[Measured], None] = lambda _: None,
    ) -> None:
        self._sleep = sleep_using_event(stop)
        self._before_retry = before_retry
        self._lasting = False

    def measure(
        self, attempt: Callable[[], Measured], on_step: Callable[[str, str], None]
    ) -> Measured:
        """What the last of the attempts came to, with why the earlier ones failed.

        ``on_step("retry", …)`` is told before each wait.
        """
        earlier: list[str] = []
        attempts = 1 if self._lasting else ATTEMPTS

        def before_sleep(state: RetryCallState) -> None:
            measured = _result(state)
            report = measured.report
            earlier.append(f"{report.failure}: {report.reason}")
            number, seconds = state.attempt_number + 1, state.upcoming_sleep
            on_step("retry", f"attempt {number} of {attempts} in {seconds:.0f} s: {earlier[-1]}")
            self._before_retry(measured)

        retrying = Retrying(
            sleep=self._sleep,
            stop=stop_after_attempt(attempts),
            wait=WAIT,
            retry=retry_if_result(_fault_of_the_machine),
            before_sleep=before_sleep,
            retry_error_callback=_result,
        )
        measured: Measured = retrying(attempt)
        self._lasting = _fault_of_the_machine(measured)
        return replace(measured, earlier=tuple(earlier))


def _fault_of_the_machine(measured: Measured) -> bool:
    return measured.report.failure in ENVIRONMENTAL


def _result(state: RetryCallState) -> Measured:
    if state.outcome is None:
        raise ValueError("an attempt without an outcome")
    result: Measured = state.outcome.result()
    return result
