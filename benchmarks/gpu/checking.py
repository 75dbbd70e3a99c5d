# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks what contenders give before they are timed."""
import dataclasses

import clock
from workers import say


@dataclasses.dataclass
class Checked:
    """By contender: what to time, its error, what was wrong with it. Only those that are right have a run."""

    runs: dict = dataclasses.field(default_factory=dict)
    errors: dict = dataclasses.field(default_factory=dict)
    problems: dict = dataclasses.field(default_factory=dict)


def error_of(results, expected):
    """The largest relative Frobenius error of tensors; NaN and other shapes are errors too."""
    worst = 0.0
    for result, right in zip(results, expected, strict=True):
        if result.shape != right.shape:
            raise ValueError(f"a result of {list(result.shape)} where {list(right.shape)} is right")
        error = float((result.double() - right).norm() / right.norm())
        worst = error if error != error else max(worst, error)
        if worst != worst:
            break
    return worst


def check(starts, expected, tolerance):
    """`starts`: name -> function that gives (function to time, its results). `expected`: what is right, in
    float64. An error that the device does not get over is raised."""
    found = Checked()
    for name, start in starts.items():
        try:
            run, results = start()
            clock.wait()
            error = found.errors[name] = error_of(results, expected)
            if not error <= tolerance:
                raise ValueError(f"an error of {error:.1e} where {tolerance:.0e} may be")
            found.runs[name] = run
        except Exception as problem:
            found.problems[name] = say(problem)
            clock.wait()
    return found
