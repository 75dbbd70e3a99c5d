# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels by family: Sinter against what torch calls of cuBLAS, cuDNN and its attention.

Each contender works on as many copies of the operands as the cache does not hold, one after the other, in
one CUDA graph: for Sinter a model with as many nodes side by side. A time is that of the graphs over the
number of calls.
"""
import concurrent.futures
import json
import re
import sys
import time

import checking
import clock
import plan
import torch_models
import workers

CALLS = 20  # at least as many are timed at once


def choose(options):
    """The cases that the options name, in order."""
    import cases
    found = {(case.family, case.name, case.precision): case for case in cases.all_cases(options.limit)}
    named = lambda case: any(re.search(pattern, f"{case.family} {case.name}") for pattern in options.families)
    return [case for case in found.values()
            if case.precision in options.precisions and (not options.families or named(case))]


def file_of(case, options, suffix):
    return options.scratch / (re.sub(r"[^\w.>-]+", "_", f"{case.family} {case.name} {case.precision}") + suffix)


def compile_case(case, options):
    """None, or what was wrong."""
    import onnx
    import sinter_model
    source, artifact = (file_of(case, options, suffix) for suffix in (".onnx", ".so"))
    if artifact.exists():
        return None
    # Types of 16 bits are the model's own.
    flags = ["--precision", case.precision] if case.precision in ("fp32", "tf32") else []
    try:
        onnx.save(case.model(clock.device()), source)
        sinter_model.compile_model(source, artifact, options, *flags)
    except (RuntimeError, ValueError) as problem:
        return str(problem)
    finally:
        source.unlink(missing_ok=True)
    return None


class Bench:
    """Measures one case after the other."""

    def __init__(self, options):
        torch_models.set_flags("fp32")
        self.options, self.cases = options, choose(options)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            self.problems = list(pool.map(lambda case: compile_case(case, options), self.cases))

    def start_sinter(self, case, sets):
        import sinter_model
        model = sinter_model.start(file_of(case, self.options, ".so"), self.options)
        names = [name.rsplit("_", 1) for name, _, _ in model.inputs]
        return model.bind([sets[int(index)][name] for name, index in names])

    def __call__(self, index):
        case, problem = self.cases[index], self.problems[index]
        torch_models.set_flags(case.precision)
        sets = [case.draw(index, clock.device()) for index in range(case.sets())]
        expected = [case.reference({name: tensor.double() for name, tensor in tensors.items()}) for tensors in sets]
        for tensors in sets:
            tensors.update(case.prepare(tensors))
        capture = lambda function: clock.capture(lambda: [function(tensors) for tensors in sets])
        starts = {} if problem else {"Sinter": lambda: self.start_sinter(case, sets)}
        starts.update({name: lambda function=function: capture(function) for name, function in case.torch.items()})
        checked = checking.check(starts, expected, plan.KERNEL_TOLERANCE[case.precision])
        del expected
        runs = {**checked.runs, **{name: capture(function)[0] for name, function in case.ceilings.items()}}
        if problem:
            checked.problems["Sinter"] = problem
        return {"us": self.time(runs, len(sets)), "errors": checked.errors, "problems": checked.problems,
                "ceilings": list(case.ceilings)}

    def time(self, runs, calls):
        """Name -> (median, minimum) of one call, of functions that make so many."""
        repeats = -(-CALLS // calls)

        def repeat(run):
            return lambda: [run() for _ in range(repeats)]

        times = clock.turns({name: repeat(run) for name, run in runs.items()}, self.options.kernel_count)
        return {name: [value / (repeats * calls) for value in pair] for name, pair in times.items()}


def measure(options):
    """The rows, until the time is over. A process that a fault of the device has ended is replaced."""
    cases, rows, bench = choose(options), [], None
    for index, case in enumerate(cases):
        row = {"family": case.family, "case": case.name, "precision": case.precision, "flop": case.flop,
               "bytes": case.bytes(), "problem": "out of time"}
        if time.monotonic() < options.end:
            if bench is None or not bench.alive():
                bench = workers.Worker(Bench, options)
            # The first answer waits until all is compiled.
            end = options.end if not bench.ready else min(options.end, time.monotonic() + options.case_seconds)
            del row["problem"]
            row.update(bench.ask(index, end))
            if "CUDA" in row.get("problem", ""):
                bench.stop()  # such an error stays
        rows.append(row)
        print(f"[{time.monotonic() - options.begin:5.0f} s] {json.dumps(row)}", file=sys.stderr, flush=True)
        yield rows
    if bench:
        bench.stop()


def names(options):
    """What would be measured, a line each."""
    return [f"{case.family} {case.name} {case.precision}, {case.sets()} copies" for case in choose(options)]
