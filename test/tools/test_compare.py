# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""compare: the rule, its report and its exit code."""
import json
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
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
        self.assertIn("1 of 1 values agree: |a-b| <= 0.0001 + 0.001*|b|", result.stdout)
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


class Diverging(ToolTest):
    """The first diverging node, of y = -(relu(x) @ w), with a branch e = exp(relu(x))."""
    X = np.random.default_rng(1).standard_normal((4, 300), np.float32)
    WEIGHT = np.random.default_rng(2).standard_normal((300, 5), np.float32)

    def setUp(self):
        super().setUp()
        nodes = [helper.make_node("Neg", ["m"], ["y"], name="negate"),  # not in order
                 helper.make_node("Relu", ["x"], ["r"], name="cut"),
                 helper.make_node("MatMul", ["r", "w"], ["m"], name="product"),
                 helper.make_node("Exp", ["r"], ["e"])]
        self.save(nodes, ["y", "e"])
        r = np.maximum(self.X.astype(np.float64), 0)
        m = r @ self.WEIGHT
        self.values = {k: v.astype(np.float32) for k, v in
                       {"x": self.X, "r": r, "m": m, "y": -m, "e": np.exp(r)}.items()}

    def save(self, nodes, outputs):
        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
        graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 300])],
                                  values, [numpy_helper.from_array(self.WEIGHT, "w")])
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)]), self.path("m.onnx"))

    def compare(self, values, *more, code=1, model="m.onnx"):
        np.savez(self.path("x.npz"), **values)
        return self.sinter("compare", model, "--expect", "x.npz", *more, code=code)

    def first(self, values, *more):
        return json.loads(self.compare(values, "--json", *more).stdout)["first_diverging"]

    def test_values_on_the_way(self):
        text = self.compare(self.values, code=0).stdout
        self.assertIn("4 of 4 values agree", text)
        order = [line.split()[1] for line in text.splitlines() if line.startswith("ok")]
        self.assertLess(order.index("r"), order.index("m"))
        self.assertLess(order.index("m"), order.index("y"))
        wrong = dict(self.values, m=self.values["m"] + 1, y=self.values["y"] - 1)
        self.assertIn("first value to differ: 'm', of node 'product' (MatMul)", self.compare(wrong).stdout)
        self.assertEqual(self.first(wrong)["node"], "product")
        self.assertEqual(self.first(dict(wrong, r=self.values["r"].T))["node"], "cut")
        self.fails("E0561", 2, "compare", "m.onnx", "--expect", self.archive(m=self.values["m"]))
        self.compare(dict(self.values, q=self.X), code=0)  # no value of the model

    def archive(self, **values):
        np.savez(self.path("some.npz"), **values)
        return "some.npz"

    def test_test_data(self):
        for name, key in ("input_0", "x"), ("output_0", "y"), ("output_1", "e"), ("output_2", "m"):
            array = self.values[key] + (key in "my")
            self.write(name + ".pb", numpy_helper.from_array(array, key).SerializeToString())
        text = self.sinter("compare", "m.onnx", "--test-data", ".", code=1).stdout
        self.assertIn("first value to differ: 'm', of node 'product' (MatMul)", text)
        self.assertIn("ok      e", text)

    def test_interpreter_finds_the_node(self):
        # Only the order of sums differs: without a tolerance, the product is the first that is not exact.
        outputs = {k: self.values[k] for k in "xye"}
        exact = "--rtol", "0", "--atol", "0"
        text = self.compare(outputs, *exact).stdout
        self.assertIn("first diverging node 'product' (MatMul)\n        its output 'm' is not", text)
        found = self.first(outputs, *exact)
        self.assertEqual((found["node"], found["differs_from"]), ("product", "interpreter"))

    def test_no_node_differs(self):
        outputs = dict(x=self.X, y=self.values["y"], e=self.values["e"] + 1)
        result = self.compare(outputs)
        self.assertIn("first value to differ: 'e', of node 'e' (Exp)", result.stdout)
        self.assertIn("computed 4 of 4 values again", result.stderr)
        self.assertIn("none of them differs", result.stderr)

    def test_control_flow_is_not_checked(self):
        def branch(op):
            return helper.make_graph([helper.make_node(op, ["x"], [op + "_o"])], op, [],
                                     [helper.make_tensor_value_info(op + "_o", TensorProto.FLOAT, None)])
        self.save([helper.make_node("ReduceSum", ["x"], ["s"], keepdims=0),
                   helper.make_node("Cast", ["s"], ["c"], to=TensorProto.BOOL),
                   helper.make_node("If", ["c"], ["e"], name="fork", then_branch=branch("Abs"),
                                    else_branch=branch("Neg"))], ["e"])
        result = self.compare({"x": self.X, "e": self.X})
        self.assertIn("1 not computed, as it has control flow: 'fork' (If)", result.stderr)
        self.assertIn("of node 'fork' (If)", result.stdout)

    def test_precision(self):
        """Of a model with fewer bits the norm counts, unless tolerances are given."""
        outputs = {k: self.values[k] for k in "xye"}
        for precision, limit in ("fp16", 0.02), ("bf16", 0.16):
            flags = "--precision", precision
            report = json.loads(self.compare(outputs, "--json", *flags, code=0).stdout)
            self.assertEqual((report["precision"], report["frobenius"]), (precision, limit))
            self.assertGreater(report["outputs"][0]["frobenius_error"], 1e-5)
            self.compare(outputs, *flags, "--rtol", 1e-5, "--atol", 1e-5)
            for factor, code in (1 + limit / 2, 0), (1 + 2 * limit, 1):
                scaled = dict(outputs, y=self.values["y"] * np.float32(factor))
                text = self.compare(scaled, *flags, code=code).stdout
                self.assertIn(f"Frobenius <= {limit}, precision {precision}", text)
            self.compare(dict(outputs, y=np.where(outputs["y"] < 0, np.nan, outputs["y"])), *flags)

    def test_compiled(self):
        self.sinter("compile", "m.onnx", "-o", "m.so", "--quiet")
        result = self.compare(dict(self.values, y=self.values["e"]), model="m.so")
        self.assertIn("first value to differ: 'y', of the kernel of node 'product'", result.stdout)
        self.assertIn("given as model.onnx", result.stderr)
        self.compare(self.values, code=0, model="m.so")


if __name__ == "__main__":
    unittest.main()
