# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Softmax and norms of rows of all lengths and types, against float64."""
import argparse
import itertools
import pathlib
import unittest

import agreement

try:
    import numpy
    from onnx import TensorProto, helper, numpy_helper, save
except ImportError:
    pass  # agreement.missing says so

options = None

# Of the norm of differences by that of what is expected: f32 sums, or the rounding of results. And of the largest
# difference by the largest of what is expected: no row is lost.
TOLERANCE = {"f32": 2e-6, "f64": 2e-6, "f16": 1e-3, "bf16": 8e-3}
LARGEST = {"f32": 2e-5, "f64": 2e-5, "f16": 4e-3, "bf16": 3e-2}
TYPES = {"f32": 1, "f64": 11, "f16": 10, "bf16": 16}
# Rows and their points: threads have some of a row, all of one, or of several rows.
SIZES = [(3, 1), (5, 7), (640, 16), (4096, 64), (49153, 100), (1024, 128), (2, 197), (600, 197), (128, 768), (4096, 768),
         (600, 1000), (7, 1024), (1600, 4096), (600, 8192), (530, 10007), (530, 16384), (9, 10000), (5, 16384), (3, 20001)]
EPSILON = 1e-5


def softmax(x):
    powers = numpy.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def layer_norm(x, scale, bias):
    centred = x - x.mean(-1, keepdims=True)
    return centred / numpy.sqrt((centred ** 2).mean(-1, keepdims=True) + EPSILON) * scale + bias


class Rows(agreement.AgreementTest):
    def setUp(self):
        self.start(options.sinter)
        self.sanitizer = options.sanitizer
        self.random = numpy.random.default_rng(11)

    def check(self, kind, nodes, inputs, constants, expected, rows=None):
        """Nodes that read values in the type, from float32, and give each of `expected` in it, cast to float32. `rows`
        names the first dim of inputs; it is known otherwise."""
        model, artifact, archive = (self.scratch / name for name in ("model.onnx", "model.so", "expected.npz"))
        nodes = [helper.make_node("Cast", [name + "_f32"], [name], to=TYPES[kind]) for name in (*inputs, *constants)] + nodes
        nodes += [helper.make_node("Cast", [name], [name + "_f32"], to=TensorProto.FLOAT) for name in expected]
        graph = helper.make_graph(
            nodes, "rows", [helper.make_tensor_value_info(name + "_f32", TensorProto.FLOAT, (rows or len(array), *array.shape[1:]))
                            for name, array in inputs.items()],
            [helper.make_empty_tensor_value_info(name + "_f32") for name in expected],
            [numpy_helper.from_array(array, name + "_f32") for name, array in constants.items()])
        save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), model)
        compiled = agreement.run(self.sinter, "compile", model, "-o", artifact, "--target", options.target, "--quiet")
        self.assertEqual(compiled.returncode, 0, compiled.stderr)
        numpy.savez(archive, **{name + "_f32": array.astype(numpy.float32) for name, array in (inputs | expected).items()})
        for row in self.compared(artifact, "--expect", archive)["outputs"]:
            self.assertNotIn("problem", row)
            self.assertEqual(row["wrong"], 0, row["name"])
            self.assertLess(float(row["frobenius_error"]), TOLERANCE[kind], row["name"])
            self.assertLessEqual(float(row["max_abs_error"]), LARGEST[kind] * float(row["max_expected"]), row["name"])

    def cases(self):
        """Of all types on a GPU; elsewhere, and under a sanitizer, which is slow, every fifth of those."""
        return list(itertools.product(TYPES, SIZES))[::5 if options.sanitizer or options.target == "cpu" else 1]

    def test_norms(self):
        """The number of rows is known or a symbol."""
        for index, (kind, (rows, points)) in enumerate(self.cases()):
            with self.subTest(kind=kind, rows=rows, points=points):
                x = self.rounded(kind, rows, points)
                constants = {"scale": self.rounded(kind, points), "bias": self.rounded(kind, points)}
                wide = x.astype(float)
                expected = {"weights": softmax(wide), "normal": layer_norm(wide, **constants),
                            "length": numpy.sqrt((wide ** 2).sum(-1, keepdims=True)),
                            "highest": wide - wide.max(-1, keepdims=True)}
                nodes = [helper.make_node("Softmax", ["x"], ["weights"], axis=-1),
                         helper.make_node("LayerNormalization", ["x", "scale", "bias"], ["normal"], axis=-1, epsilon=EPSILON),
                         helper.make_node("ReduceL2", ["x", "axes"], ["length"]),
                         helper.make_node("ReduceMax", ["x", "axes"], ["most"]),
                         helper.make_node("Sub", ["x", "most"], ["highest"])]
                nodes.insert(0, helper.make_node("Constant", [], ["axes"], value_ints=[-1]))
                self.check(kind, nodes, {"x": x}, constants, expected, None if index % 2 else "rows")

    def test_folds_of_one_point(self):
        """In rows of more points: what a fold gives is folded once more, or comes from a row of one."""
        for kind, (rows, points) in itertools.product(TYPES, [(64, 96), (3, 2000), (2000, 40)]):
            with self.subTest(kind=kind, rows=rows, points=points):
                x, one = self.rounded(kind, rows, points), self.rounded(kind, rows, 1)
                most = x.astype(float).max(-1, keepdims=True)
                expected = {"folded": x - 2 * most, "weighted": x + numpy.exp(numpy.abs(one.astype(float)) / 4)}
                nodes = [helper.make_node("Constant", [], ["axes"], value_ints=[-1]),
                         helper.make_node("ReduceMax", ["x", "axes"], ["most"]),
                         helper.make_node("Add", ["most", "most"], ["twice"]),
                         helper.make_node("ReduceSum", ["twice", "axes"], ["total"]),
                         helper.make_node("Sub", ["x", "total"], ["folded"]),
                         helper.make_node("ReduceL1", ["one", "axes"], ["length"]),
                         helper.make_node("Mul", ["length", "quarter"], ["part"]),
                         helper.make_node("Exp", ["part"], ["power"]),
                         helper.make_node("ReduceMax", ["power", "axes"], ["powers"]),
                         helper.make_node("Add", ["x", "powers"], ["weighted"])]
                self.check(kind, nodes, {"x": x, "one": one}, {"quarter": numpy.array([0.25], numpy.float32)}, expected)

    def test_groups(self):
        """Rows of several dims, and one of rows that lie across."""
        for kind, (batch, channels, size) in itertools.product(TYPES, [(2, 6, 5), (3, 32, 14), (40, 8, 16)]):
            with self.subTest(kind=kind, batch=batch, channels=channels, size=size):
                x = self.rounded(kind, batch, channels, size, size)
                wide = x.astype(float)
                constants = {"scale": self.rounded(kind, channels), "bias": self.rounded(kind, channels)}
                flat = wide.reshape(batch, channels, -1)
                centred = flat - flat.mean(-1, keepdims=True)
                normal = centred / numpy.sqrt((centred ** 2).mean(-1, keepdims=True) + EPSILON)
                normal = normal * constants["scale"][:, None] + constants["bias"][:, None]
                expected = {"normal": normal.reshape(x.shape), "weights": numpy.moveaxis(softmax(numpy.moveaxis(wide, 1, -1)), -1, 1)}
                nodes = [helper.make_node("InstanceNormalization", ["x", "scale", "bias"], ["normal"], epsilon=EPSILON),
                         helper.make_node("Softmax", ["x"], ["weights"], axis=1)]
                self.check(kind, nodes, {"x": x}, constants, expected)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sinter", required=True, type=pathlib.Path)
    parser.add_argument("--target", default="cpu")
    parser.add_argument("--sanitizer", help="a tool of compute-sanitizer, such as memcheck")
    options, rest = parser.parse_known_args()
    unittest.main(argv=["test_rows", *rest])
