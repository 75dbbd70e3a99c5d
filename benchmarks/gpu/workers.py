# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Processes that prepare at the same time and then measure one after the other, alone on the device.

A process of its own is also what a fault of the GPU, which ends all use of it in a process, may cost.
"""
import multiprocessing
import time


class Worker:
    """Runs `prepare(*arguments)` in a process of its own, and what that returns with each task."""

    def __init__(self, prepare, *arguments):
        context = multiprocessing.get_context("spawn")
        self.link, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, prepare, arguments))
        self.process.start()
        other.close()
        self.ready, self.problem = False, None

    def ask(self, task, end):
        """The answer: a dict, which has "problem" if something went wrong. `end`: of time.monotonic()."""
        try:
            if not self.ready:
                self.problem, self.ready = self.receive(end), True
            if self.problem:
                return {"problem": self.problem}
            self.link.send(task)
            return self.receive(end)
        except TimeoutError:
            self.stop()
            self.ready, self.problem = True, "out of time"
            return {"problem": self.problem}
        except (EOFError, OSError):
            self.stop()
            self.problem = f"the process ended with {self.process.exitcode}"
            return {"problem": self.problem}

    def receive(self, end):
        if not self.link.poll(max(0, end - time.monotonic())):
            raise TimeoutError
        return self.link.recv()

    def alive(self):
        return self.process.is_alive()

    def stop(self):
        self.link.close()  # which ends it, if it waits for a task
        self.process.join(2)
        self.process.kill()
        self.process.join()


def say(problem):
    """One line about an exception."""
    kind = "" if type(problem) in (RuntimeError, ValueError) else f"{type(problem).__name__}: "
    return f"{kind}{problem}".splitlines()[0]


def serve(link, prepare, arguments):
    try:
        answer = prepare(*arguments)
    except Exception as problem:
        link.send(say(problem))
        return
    link.send(None)
    while True:
        try:
            task = link.recv()
        except EOFError:
            return
        try:
            link.send(answer(task))
        except Exception as problem:
            link.send({"problem": say(problem)})
