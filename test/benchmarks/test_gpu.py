# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What benchmarks/gpu does without a GPU or torch: tables of what was measured, and processes that fail."""
import os
import pathlib
import sys
import time
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "benchmarks/gpu"))
import plan  # noqa: E402
import tables  # noqa: E402
import workers  # noqa: E402


def model_row(precision, **times):
    return {"model": "m", "batch": 1, "precision": precision, "us": {name: [us, us] for name, us in times.items()}}


def kernel_row(**fields):
    row = {"family": "gemm", "case": "c", "precision": "bf16", "flop": 2e9, "bytes": 1e6, "ceilings": []}
    return {**row, **fields, "us": {name: [us, us] for name, us in fields.get("us", {}).items()}}


class Tables(unittest.TestCase):
    def test_model(self):
        lines = tables.of_models([model_row("fp32", sinter=10, eager=20, folded=5, compile=10),
                                  model_row("fp16", sinter=10, eager=80)])
        self.assertIn("| m | 1 | fp32 | 10.0 | 20.0 | 5.0 | 10.0 | 2.00 | 0.50 | 1.00 |", lines[2])
        # The second has nothing to fold, and counts as eager does.
        self.assertIn("eager / Sinter 4.00, at least 2.00 (2 rows); folded / Sinter 2.00, at least 0.50 (2 rows)", lines[-1])
        self.assertIn("compile / Sinter 1.00, at least 1.00 (1 rows)", lines[-1])

    def test_wrong_model_has_no_ratio(self):
        row = {**model_row("fp32", eager=20), "problems": {"sinter": "an error of 1 | 2"}}
        line = tables.of_models([row])[2]
        self.assertIn("| an error of 1   2 | 20.0 |", line)
        self.assertEqual(line.count("|"), tables.of_models([row])[0].count("|"))
        self.assertIsNone(tables.ratio(row, "eager"))

    def test_kernel(self):
        row = kernel_row(us={"Sinter": 10, "cuBLAS": 12, "cuBLASLt": 11}, errors={"Sinter": 1e-3, "cuBLASLt": 2e-3})
        line = tables.of_families([row])[2]
        self.assertIn("| 10.00 | 200 TFLOP/s | 11.00 | cuBLASLt | 1.10 |  | 1.0e-03 | 2.0e-03 |", line)

    def test_copy_is_no_peer(self):
        row = kernel_row(flop=0, ceilings=["copy"], us={"Sinter": 10, "torch": 30, "copy": 9})
        line = tables.of_families([row])[2]
        self.assertIn("| 10.00 | 100 GB/s | 30.00 | torch | 3.00 | 90 % |", line)

    def test_problem(self):
        self.assertIn("| out of time |", tables.of_families([kernel_row(problem="out of time")])[2])


def prepare(problem=None):
    if problem:
        raise ValueError(problem)
    return run


def run(task):
    if task == "die":
        os._exit(3)
    if task == "hang":
        time.sleep(600)
    if task == "raise":
        raise KeyError("what")
    return {"done": task, "process": os.getpid()}


class Workers(unittest.TestCase):
    def ask(self, worker, task, seconds=60):
        return worker.ask(task, time.monotonic() + seconds)

    def start(self, *arguments):
        worker = workers.Worker(prepare, *arguments)
        self.addCleanup(worker.stop)
        return worker

    def test_answers(self):
        worker = self.start()
        first, wrong, second = (self.ask(worker, task) for task in ("a", "raise", "b"))
        self.assertEqual(["a", "b"], [first["done"], second["done"]])
        self.assertEqual({"problem": "KeyError: 'what'"}, wrong)
        self.assertEqual(first["process"], second["process"])
        self.assertNotEqual(first["process"], os.getpid())

    def test_dies(self):
        worker = self.start()
        for _ in range(2):
            self.assertEqual({"problem": "the process ended with 3"}, self.ask(worker, "die"))
        self.assertFalse(worker.alive())

    def test_hangs(self):
        worker = self.start()
        self.ask(worker, "a")
        self.assertEqual({"problem": "out of time"}, self.ask(worker, "hang", 0.2))
        self.assertFalse(worker.alive())

    def test_is_not_prepared(self):
        worker = self.start("no such model")
        for _ in range(2):
            self.assertEqual({"problem": "no such model"}, self.ask(worker, "a"))


class Plan(unittest.TestCase):
    def test_each_precision_has_tolerances(self):
        for table in (plan.MODEL_TOLERANCE, plan.KERNEL_TOLERANCE):
            self.assertEqual(set(plan.PRECISIONS), set(table))


if __name__ == "__main__":
    unittest.main()
