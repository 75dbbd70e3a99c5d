# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times work on a GPU: CUDA graphs, and events around one run each.

Without a GPU the same functions use the host's clock, so that what compares can be tried anywhere.
"""
import statistics
import time

import torch

LEAD_CYCLES = 1_000_000  # about half a millisecond, in which the host gets ahead of the device


def device():
    return "cuda" if torch.cuda.is_available() else "cpu"


def wait():
    if device() == "cuda":
        torch.cuda.synchronize()


def capture(run, warm_up=3):
    """(a function that replays what `run` does on the device, what `run` returned when it was captured)"""
    if device() == "cpu":
        return run, run()
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(warm_up):
            run()
    torch.cuda.current_stream().wait_stream(side)
    wait()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = run()
    graph.replay()
    wait()
    return graph.replay, result


def once(run):
    """Microseconds of one run on the device. What the host needs to start it is not part of them."""
    if device() == "cpu":
        begin = time.perf_counter()
        run()
        return (time.perf_counter() - begin) * 1e6
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda._sleep(LEAD_CYCLES)
    start.record()
    run()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) * 1e3


def turns(runs, count, warm_up=5, at_once=10):
    """Name -> (median, minimum) in microseconds, of a dict of functions, each timed `count` times. They
    take turns of `at_once` runs, so that a change of the device's clock meets all of them."""
    times = {name: [] for name in runs}
    for run in runs.values():
        for _ in range(warm_up):
            run()
    wait()
    while any(len(mine) < count for mine in times.values()):
        for name, mine in times.items():
            mine.extend(once(runs[name]) for _ in range(min(at_once, count - len(mine))))
    return {name: (statistics.median(mine), min(mine)) for name, mine in times.items()}
