# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A few nodes that end in one kernel or share memory, against ONNX Runtime: each artifact at
several sizes, and with the same bits for every number of threads."""
import argparse
import unittest

import agreement
import facts

try:
    import numpy
    from onnx import TensorProto, helper, numpy_helper, save
except ImportError:
    pass  # agreement.missing says so

options = None


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(), [output], output, **attributes)


class Chains(agreement.AgreementTest, facts.FactsTest):
    def setUp(self):
        self.start(options.sinter)
        self.random = numpy.random.default_rng(3)

    def weights(self, **shapes):
        return [numpy_helper.from_array(self.random.standard_normal(shape).astype("float32"), name)
                for name, shape in shapes.items()]

    def check(self, nodes, shape, weights, sizes, *flags):
        """The last node's output from the input x, at each of the sizes of its symbols."""
        model, artifact = self.scratch / "model.onnx", self.scratch / "model.so"
        values = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
        results = [helper.make_empty_tensor_value_info(nodes[-1].output[0])]
        graph = helper.make_graph(nodes, "chain", values, results, weights)
        save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9), model)
        self.compile(model, artifact, "-j", 1, *flags)
        archive = self.scratch / "expected.npz"
        for size in sizes:
            with self.subTest(size=size):
                inputs = agreement.write_expected(model, size, archive)
                self.assert_agrees(artifact, "--expect", archive)
        self.assert_facts(model, artifact, agreement.input_arguments(inputs, self.scratch / "x.npz"), *flags)

    def test_padding_of_a_dim_of_one(self):
        """Nothing is repeated where elements are filled in."""
        for pads in [0, 2], [1, 1], [2, 0]:
            self.check([node("Conv", "x w", "y", pads=pads)], [1, 1, "T"], self.weights(w=(1, 1, 3)),
                       ({"T": 1}, {"T": 9}, {"T": 1}))

    def test_depthwise_and_elementwise(self):
        nodes = [node("Conv", "x w", "c", group=24, pads=[1] * 4), node("Mul", "c s", "m"),
                 node("Add", "m x", "a"), node("Mul", "a s", "n"), node("Sub", "n x", "y")]
        self.check(nodes, ["N", 24, "H", "W"], self.weights(w=(24, 1, 3, 3), s=(24, 1, 1)),
                   ({"N": 1, "H": 1, "W": 1}, {"N": 3, "H": 9, "W": 31}))

    def test_sums_of_short_rows(self):
        nodes = [node("Mul", "x s", "m"), node("ReduceSum", "m axes", "r", keepdims=0),
                 node("Mul", "r r", "q"), node("Sub", "q r", "y")]
        axes = numpy_helper.from_array(numpy.array([2], "int64"), "axes")
        self.check(nodes, ["N", 5, 2], [*self.weights(s=(5, 2)), axes], ({"N": 1}, {"N": 33}, {"N": 257}))

    def test_borders(self):
        """Each convolution pads what the one before writes; a residual reads one of them too."""
        nodes = [node("Conv", "x a", "e"), node("Relu", "e", "f"),
                 node("Conv", "f d", "g", group=40, pads=[1] * 4, strides=[2, 2]), node("Relu", "g", "h"),
                 node("Conv", "h b", "i", pads=[1, 0, 2, 1]), node("Sigmoid", "i", "j"),
                 node("MaxPool", "j", "k", kernel_shape=[3, 3], strides=[2, 1], pads=[1] * 4),
                 node("Conv", "k c", "l", pads=[1] * 4), node("Add", "l k", "y")]
        weights = self.weights(a=(40, 7, 1, 1), d=(40, 1, 3, 3), b=(17, 40, 3, 2), c=(17, 17, 3, 3))
        for precision in "fp32", "fp16", "bf16":
            self.check(nodes, ["N", 7, "H", "W"], weights,
                       ({"N": 1, "H": 2, "W": 2}, {"N": 2, "H": 21, "W": 38}), "--precision", precision)

    def test_known_statistics(self):
        """Normalizations go into weights; those of two users stay apart."""
        def normalize(value, output):
            return node("BatchNormalization", f"{value} s b m v", output)
        v = numpy_helper.from_array(self.random.uniform(0.5, 2, 33).astype("float32"), "v")
        nodes = [node("Conv", "x w", "c", pads=[1] * 4), normalize("c", "d"), node("Relu", "d", "e"),
                 node("Conv", "x w", "f", pads=[1] * 4), node("Mul", "f two", "g"), node("Add", "e g", "y")]
        weights = self.weights(w=(33, 6, 3, 3), s=(33,), b=(33,), m=(33,), two=(33, 1, 1))
        for precision in "fp32", "strict", "fp16":
            self.check(nodes, ["N", 6, 14, 14], [*weights, v], ({"N": 1}, {"N": 2}), "--precision", precision)

    def test_transposes(self):
        for order in [0, 2, 1], [2, 0, 1], [2, 1, 0], [1, 0, 2]:
            nodes = [node("Transpose", "x", "t", perm=order), node("Neg", "t", "y")]
            self.check(nodes, ["A", "B", "C"], [], ({"A": 1, "B": 1, "C": 1}, {"A": 3, "B": 17, "C": 65},
                                                    {"A": 16, "B": 32, "C": 48}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sinter", required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[__file__, *rest], verbosity=2)
