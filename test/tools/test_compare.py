# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""compare: the rule, its report and its exit code."""
import json
import unittest

import numpy as np
from onnx import numpy_helper
from support import FAKE, ToolTest

A = np.arange(12, dtype=np.float32).reshape(3, 4)
W = np.array([2, 4, 6, 8], np.float32)


class Compare(ToolTest):
    def data(self, expected, a=A):
        """A directory of test data."""
        zero = np.zeros_like(a)
        for name, array in {"input_0": a, "input_1": zero, "output_0": expected}.items():
            self.write(name + ".pb", numpy_helper.from_array(array).SerializeToString())
        return self.folder

    def compare(self, expected, *more, a=A, code=0):
        return self.fake("--test-data", self.data(expected, a), *more, verb="compare", code=code)

    def test_agreement(self):
        result = self.compare(A * W)
        self.assertIn("ok      y  float32[3,4]", result.stdout)
        self.assertIn("1 of 1 outputs agree: |a-b| <= 0.0001 + 0.001*|b|", result.stdout)
        self.assertEqual(self.compare(A * W, "--quiet").stdout, "")

    def test_difference(self):
        expected = A * W
        expected[1, 2] += 1
        result = self.compare(expected, code=1)
        self.assertIn("DIFFER  y", result.stdout)
        self.assertIn("1 of 12 elements differ; the first at [1,2]", result.stdout)
        report = json.loads(self.compare(expected, "--json", code=1).stdout)
        self.assertFalse(report["agrees"])
        row = report["outputs"][0]
        self.assertEqual((row["wrong"], row["first_wrong"]["index"]), (1, 6))
        self.assertAlmostEqual(row["max_abs_error"], 1)
        self.assertAlmostEqual(row["max_rel_error"], 1 / 37)
        self.assertAlmostEqual(row["frobenius_error"], 1 / np.linalg.norm(expected), 6)

    def test_tolerances(self):
        expected = A * W * np.float32(1.01)
        self.compare(expected, code=1)
        self.compare(expected, "--rtol", "0.02")
        self.compare(A * W + np.float32(0.5), "--rtol", "0", "--atol", "0.6")
        self.compare(A * W + np.float32(0.5), "--rtol", "0", "--atol", "0.4", code=1)
        self.fails("E0500", 2, "compare", FAKE, "--test-data", ".", "--rtol", "-1")

    def test_not_finite(self):
        a = A.copy()
        a[0, 0], a[1, 1], a[2, 2] = np.nan, np.inf, -np.inf
        self.compare(a * W, a=a)
        for place, value in ((0, 0), 1), ((1, 1), -np.inf), ((1, 1), 1e38), ((0, 1), np.nan):
            expected = a * W
            expected[place] = value
            self.compare(expected, a=a, code=1)

    def test_shape_and_type(self):
        self.assertIn("expected float32[4,3]", self.compare((A * W).T.copy(), code=1).stdout)
        self.assertIn("expected float64", self.compare((A * W).astype("f8"), code=1).stdout)

    def test_archive(self):
        np.savez(self.path("x.npz"), a=A, b=np.zeros_like(A), y=A * W)
        self.fake("--expect", "x.npz", verb="compare")
        np.savez_compressed(self.path("x.npz"), a=A, b=A, y=A * W)
        self.fake("--expect", "x.npz", verb="compare", code=1)
        np.savez(self.path("x.npz"), a=A, b=A, other=A)
        self.fails("E0561", 2, "compare", FAKE, "--expect", "x.npz")

    def test_usage(self):
        self.fails("E0500", 2, "compare", FAKE)
        self.fails("E0560", 2, "compare", FAKE, "--test-data", self.folder)
        folder = self.data(A * W)
        self.write("input_2.pb", b"")
        self.assertIn("input_2.pb", self.fails("E0503", 2, "compare", FAKE, "--test-data", folder))


if __name__ == "__main__":
    unittest.main()
