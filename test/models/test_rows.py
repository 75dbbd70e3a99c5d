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

# Of the norm of differences by that of what is expected: f32 sums, or the rounding of results.
TOLERANCE = {"f32": 2e-6, "f16": 1e-3, "bf16": 8e-3}
TYPES = {"f32": 1, "f16": 10, "bf16": 16}
# Rows and their points: threads have some of a row, all of one, or of several rows.
SIZES = [(3, 1), (5, 7), (640, 16), (4096, 64), (49153, 100), (1024, 128), (2, 197), (600, 197), (128, 768), (4096, 768),
         (600, 1000), (7, 1024), (1600, 4096), (9, 10000), (5, 16384), (3, 20001)]
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

    def check(self, kind, shape, nodes, constants, expected, x):
        """Nodes that read x in the type and give each of `expected` in it, with a cast to float32."""
        model, artifact, archive = (self.scratch / name for name in ("model.onnx", "model.so", "expected.npz"))
        nodes = [helper.make_node("Cast", [name + "_f32"], [name], to=TYPES[kind]) for name in ("x", *constants)] + nodes
        nodes += [helper.make_node("Cast", [name], [name + "_f32"], to=TensorProto.FLOAT) for name in expected]
        graph = helper.make_graph(
            nodes, "rows", [helper.make_tensor_value_info("x_f32", TensorProto.FLOAT, shape)],
            [helper.make_empty_tensor_value_info(name + "_f32") for name in expected],
            [numpy_helper.from_array(array, name + "_f32") for name, array in constants.items()])
        save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), model)
        compiled = agreement.run(self.sinter, "compile", model, "-o", artifact, "--target", options.target, "--quiet")
        self.assertEqual(compiled.returncode, 0, compiled.stderr)
        numpy.savez(archive, x_f32=x, **{name + "_f32": array.astype(numpy.float32) for name, array in expected.items()})
        for row in self.compared(artifact, "--expect", archive)["outputs"]:
            self.assertNotIn("problem", row)
            self.assertEqual(row["wrong"], 0, row["name"])
            self.assertLess(float(row["frobenius_error"]), TOLERANCE[kind], row["name"])

    def cases(self):
        """Of all types on a GPU; elsewhere, and under a sanitizer, which is slow, every third of those."""
        return list(itertools.product(TYPES, SIZES))[::3 if options.sanitizer or options.target == "cpu" else 1]

    def test_norms(self):
        for kind, (rows, points) in self.cases():
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
                self.check(kind, x.shape, nodes, constants, expected, x)

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
                self.check(kind, x.shape, nodes, constants, expected, x)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sinter", required=True, type=pathlib.Path)
    parser.add_argument("--target", default="cpu")
    parser.add_argument("--sanitizer", help="a tool of compute-sanitizer, such as memcheck")
    options, rest = parser.parse_known_args()
    unittest.main(argv=["test_rows", *rest])
