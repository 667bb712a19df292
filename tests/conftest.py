"""What holds for every test."""

import signal

# A shell's background jobs ignore Ctrl-C, and so would every run that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
