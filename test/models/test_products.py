# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of matrices and convolutions of all types and odd sizes, against float64."""
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

# Of the norm of differences by that of what is expected: the rounding of results, or of the 2048
# sums of f32 at most. With tf32, that of operands.
TOLERANCE = {"f32": 2e-6, "f16": 4e-4, "bf16": 3.2e-3, "tf32": 4e-4}
TYPES = {"f32": 1, "tf32": 1, "f16": 10, "bf16": 16}

# Rows, products, columns.
MATRICES = [(128, 64, 128), (8, 16, 8), (77, 100, 50), (300, 768, 264), (64, 1000, 33), (49, 2048, 512),
            (513, 36, 72), (9, 40, 1000), (2048, 320, 1536), (4000, 64, 264)]
# Image: channels, height, width; filters; kernel; and attributes.
IMAGES = [
    ((64, 14, 14), 64, (3, 3), {"pads": [1, 1, 1, 1]}),
    ((3, 33, 31), 32, (7, 7), {"pads": [3, 3, 3, 3], "strides": [2, 2]}),
    ((24, 9, 17), 40, (1, 1), {"strides": [2, 2]}),
    ((32, 12, 12), 48, (3, 3), {"dilations": [2, 2], "pads": [2, 1, 0, 2]}),
    ((64, 10, 10), 64, (3, 3), {"group": 2, "pads": [1, 1, 1, 1]}),
    ((20, 7, 7), 12, (5, 3), {}),
    ((512, 7, 7), 64, (3, 3), {"pads": [1, 1, 1, 1]}),
    ((16, 40), 24, (5,), {"pads": [2, 2]}),
    ((128, 15, 13), 72, (3, 3), {"strides": [2, 2], "pads": [1, 1, 0, 1]}),
    ((64, 12, 12), 48, (1, 1), {"strides": [2, 2]}),
    ((64, 50), 24, (5,), {"pads": [2, 2], "dilations": [2]}),
    ((64, 6, 7, 8), 40, (3, 3, 3), {"pads": [1, 1, 1, 1, 1, 1]}),
    ((128, 9, 9), 128, (3, 3), {"group": 2, "pads": [1, 1, 1, 1]}),
]


def convolve(image, weights, attributes):
    """In float64, tap by tap."""
    spatial = weights.ndim - 2
    pads = attributes.get("pads", [0] * 2 * spatial)
    strides = attributes.get("strides", [1] * spatial)
    dilations = attributes.get("dilations", [1] * spatial)
    groups = attributes.get("group", 1)
    padded = numpy.pad(image, [(0, 0), (0, 0), *zip(pads[:spatial], pads[spatial:])])
    sizes = [(padded.shape[2 + axis] - dilations[axis] * (weights.shape[2 + axis] - 1) - 1) // strides[axis] + 1
             for axis in range(spatial)]
    result = numpy.zeros((image.shape[0], weights.shape[0], *sizes))
    inputs, outputs = weights.shape[1], weights.shape[0] // groups
    for tap in itertools.product(*map(range, weights.shape[2:])):
        window = tuple(slice(tap[axis] * dilations[axis],
                             tap[axis] * dilations[axis] + strides[axis] * (sizes[axis] - 1) + 1, strides[axis])
                       for axis in range(spatial))
        for group in range(groups):
            filters = slice(group * outputs, (group + 1) * outputs)
            channels = slice(group * inputs, (group + 1) * inputs)
            result[:, filters] += numpy.einsum("nc...,oc->no...", padded[(slice(None), channels, *window)],
                                               weights[(filters, slice(None), *tap)])
    return result


class Products(agreement.AgreementTest):
    def setUp(self):
        self.start(options.sinter)
        self.sanitizer = options.sanitizer
        self.random = numpy.random.default_rng(5)

    def check(self, kind, node, constants, inputs, expected, shapes=None):
        """A node that reads its inputs in the type, from float32, and gives float32."""
        model, artifact = self.scratch / "model.onnx", self.scratch / "model.so"
        nodes, values, weights = [], [], []
        for name in node.input:
            array = constants.get(name, inputs.get(name))
            if name in constants:
                weights.append(numpy_helper.from_array(array, name + "_f32"))
            else:
                shape = (shapes or {}).get(name, array.shape)
                values.append(helper.make_tensor_value_info(name + "_f32", TensorProto.FLOAT, shape))
            nodes.append(helper.make_node("Cast", [name + "_f32"], [name], to=TYPES[kind]))
        nodes += [node, helper.make_node("Cast", ["y"], ["y_f32"], to=TensorProto.FLOAT)]
        results = [helper.make_empty_tensor_value_info("y_f32")]
        graph = helper.make_graph(nodes, "product", values, results, weights)
        save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10), model)
        flags = ("--precision", "tf32") if kind == "tf32" else ()
        compiled = agreement.run(self.sinter, "compile", model, "-o", artifact, "--target", options.target, "--quiet",
                                 "--check", *flags)
        self.assertEqual(compiled.returncode, 0, compiled.stderr)
        archive = self.scratch / "expected.npz"
        numpy.savez(archive, **{name + "_f32": array for name, array in inputs.items()},
                    y_f32=expected.astype(numpy.float32))
        row = self.compare_one(artifact, "--expect", archive)
        self.assertLess(float(row["frobenius_error"]), TOLERANCE[kind])

    def cases(self, sizes):
        """Of all types on a GPU; elsewhere, and under a sanitizer, which is slow, every third of those."""
        kinds = [kind for kind in TYPES if kind != "tf32" or options.target != "cpu"]
        return list(itertools.product(kinds, sizes))[::3 if options.sanitizer or options.target == "cpu" else 1]

    def test_constant_matrix(self):
        for kind, (rows, products, columns) in self.cases(MATRICES):
            with self.subTest(kind=kind, rows=rows, products=products, columns=columns):
                a, b = self.rounded(kind, rows, products), self.rounded(kind, products, columns)
                self.check(kind, helper.make_node("MatMul", ["a", "b"], ["y"]), {"b": b}, {"a": a},
                           a.astype(float) @ b)

    def test_batches(self):
        """Both operands are inputs, either may lie across, and sizes are symbols."""
        for kind, (first, second) in self.cases(itertools.product((False, True), repeat=2)):
            with self.subTest(kind=kind, first=first, second=second):
                a, b = self.rounded(kind, 3, 70, 40), self.rounded(kind, 3, 40, 88)
                expected = a.astype(float) @ b
                inputs = {"a": a.swapaxes(1, 2) if first else a, "b": b.swapaxes(1, 2) if second else b}
                inputs = {name: numpy.ascontiguousarray(array) for name, array in inputs.items()}
                equation = f"{'nki' if first else 'nik'},{'njk' if second else 'nkj'}->nij"
                node = helper.make_node("Einsum", ["a", "b"], ["y"], equation=equation)
                self.check(kind, node, {}, inputs, expected)
                symbols = {"a": ["n", "k", "i"] if first else ["n", "i", "k"],
                           "b": ["n", "j", "k"] if second else ["n", "k", "j"]}
                self.check(kind, node, {}, inputs, expected, symbols)

    def test_convolutions(self):
        for kind, (image, filters, kernel, attributes) in self.cases(IMAGES):
            with self.subTest(kind=kind, image=image, filters=filters, kernel=kernel, **attributes):
                x = self.rounded(kind, 2, *image)
                w = self.rounded(kind, filters, image[0] // attributes.get("group", 1), *kernel)
                self.check(kind, helper.make_node("Conv", ["x", "w"], ["y"], **attributes), {"w": w}, {"x": x},
                           convolve(x.astype(float), w.astype(float), attributes))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sinter", required=True, type=pathlib.Path)
    parser.add_argument("--target", default="cpu")
    parser.add_argument("--sanitizer", help="a tool of compute-sanitizer, such as memcheck")
    options, rest = parser.parse_known_args()
    unittest.main(argv=["test_products", *rest])
