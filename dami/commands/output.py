"""Writes progress to stderr, and results as CSV to stdout."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import click


def progress() -> Callable[[int, int, float, float], None]:
    """Return a function that reports a training on stderr, after every fifth of its steps."""
    reported = -1

    def report(step: int, steps: int, loss: float, accuracy: float) -> None:
        nonlocal reported
        if 5 * step // steps > reported:
            reported = 5 * step // steps
            click.echo(f"step {step} of {steps}: loss {loss:.3f}, training accuracy {100 * accuracy:.1f} %", err=True)

    return report


def time_left() -> Callable[[float], None]:
    """Return a function that reports an experiment on stderr, at most every five seconds and at its end."""
    began = reported = time.monotonic()

    def report(share: float) -> None:
        nonlocal reported
        now = time.monotonic()
        if share > 0 and (now - reported > 5 or share >= 1):
            reported = now
            left = (now - began) * (1 - share) / share
            click.echo(f"{100 * share:.0f} % done, about {left:.0f} s left", err=True)

    return report


def write_csv(header: Sequence[str], rows: Any) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    sys.stdout.flush()
