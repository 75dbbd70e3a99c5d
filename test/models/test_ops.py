# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models of one node against ONNX Runtime: ops of other domains than ONNX's own, and sizes that
are known at run time only, of which the ONNX suite has no cases."""
import argparse
import itertools
import unittest

import agreement

try:
    import numpy
    from onnx import helper, numpy_helper, save
    from onnx.reference import ReferenceEvaluator
except ImportError:
    pass  # agreement.missing says so

# The operands whose sizes say what a node is, and one of static sizes.
FIXED = "grid", "past", "fixed"
ML, MICROSOFT = "ai.onnx.ml", "com.microsoft"
options = None


def random(*shape):
    return numpy.random.default_rng(sum(shape) + len(shape)).standard_normal(shape).astype("float32")


def integers(*values):
    return numpy.array(values, "int64")


class Ops(agreement.AgreementTest):
    def setUp(self):
        self.start(options.sinter)

    def model(self, op, operands, constants, outputs, domain, attributes):
        """A model of the node. Floats that are no constants have open sizes."""
        node = helper.make_node(op, [name if array is not None else ""
                                     for name, array in operands.items()],
                                [f"out{index}" for index in range(outputs)], "node", domain=domain,
                                **attributes)
        values = [helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(array.dtype),
            [f"{name}{axis}" for axis in range(array.ndim)]
            if array.dtype.kind == "f" and name not in FIXED else array.shape)
            for name, array in operands.items() if array is not None and name not in constants]
        graph = helper.make_graph(
            [node], "one", values,
            [helper.make_empty_tensor_value_info(f"out{index}") for index in range(outputs)],
            [numpy_helper.from_array(operands[name], name) for name in constants])
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid(ML, 3),
                  helper.make_opsetid(MICROSOFT, 1)]
        path = self.scratch / "model.onnx"
        save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)
        return path

    def check(self, op, operands, constants=(), outputs=1, domain="", oracle="onnxruntime",
              **attributes):
        """Compares with the oracle at the sizes of these operands; None is one left out."""
        path = self.model(op, operands, constants, outputs, domain, attributes)
        artifact = self.scratch / "model.so"
        done = agreement.run(self.sinter, "compile", path, "-o", artifact, "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        given = {name: array for name, array in operands.items()
                 if array is not None and name not in constants}
        if oracle == "reference":
            results = ReferenceEvaluator(str(path)).run(None, given)
        else:
            results = agreement.onnxruntime.InferenceSession(
                str(path), providers=["CPUExecutionProvider"]).run(None, given)
        archive = self.scratch / "expected.npz"
        numpy.savez(archive, **given, **{f"out{k}": array for k, array in enumerate(results)})
        self.assert_agrees(artifact, "--expect", archive)
        return artifact

    def test_scaler(self):
        self.check("Scaler", {"x": random(5, 3)}, domain=ML, offset=[0.5, -1.0, 2.0],
                   scale=[2.0, 3.0, -0.25])

    def test_normalizer(self):
        for norm in "L1", "L2":
            with self.subTest(norm=norm):
                self.check("Normalizer", {"x": random(5, 3)}, domain=ML, norm=norm)
        self.check("Normalizer", {"x": abs(random(5, 3))}, domain=ML, norm="MAX")

    def test_imputer(self):
        x = random(4, 2)
        x[1, 0] = x[3, 1] = numpy.nan
        self.check("Imputer", {"x": x}, domain=ML, replaced_value_float=float("nan"),
                   imputed_value_floats=[7.0, -3.0])

    def test_linear_regressor(self):
        self.check("LinearRegressor", {"x": random(6, 3)}, domain=ML, targets=2,
                   coefficients=[1.0, 2.0, -1.0, 0.5, 0.25, 4.0], intercepts=[1.5, -2.5])

    def test_binarizer(self):
        self.check("Binarizer", {"x": random(6, 3)}, domain=ML, threshold=0.25)

    def test_activations(self):
        for op in "BiasGelu", "FastGelu":
            with self.subTest(op=op):
                self.check(op, {"x": random(3, 5, 8), "b": random(8)}, domain=MICROSOFT)
        self.check("QuickGelu", {"x": random(3, 8)}, domain=MICROSOFT, alpha=1.25)

    def test_skip_layer_norm(self):
        operands = {"x": random(2, 5, 8), "skip": random(2, 5, 8)[::-1].copy(), "scale": random(8)}
        beta, bias = {"beta": random(9)[1:]}, {"bias": random(10)[2:]}
        self.check("SkipLayerNormalization", operands | beta | bias, domain=MICROSOFT, epsilon=1e-5)
        self.check("SkipSimplifiedLayerNormalization", operands | bias, domain=MICROSOFT,
                   epsilon=1e-5)

    def test_attention(self):
        operands = {"x": random(2, 5, 8), "weights": random(8, 24), "bias": random(24)}
        constants = "weights", "bias"
        masks = {"none": None, "matrix": [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], "lengths": [5, 3]}
        for name, mask in masks.items():
            mask = None if mask is None else numpy.array(mask, "int32")
            with self.subTest(mask=name):
                self.check("Attention", operands | {"mask": mask}, constants, domain=MICROSOFT,
                           num_heads=2)
        past = numpy.random.default_rng(9).standard_normal((2, 2, 2, 3, 4)).astype("float32")
        self.check("Attention", operands | {"mask": None, "past": past}, constants, outputs=2,
                   domain=MICROSOFT, num_heads=2, unidirectional=1)

    def test_matmul_nbits(self):
        rows, columns, block = 6, 64, 32
        generator = numpy.random.default_rng(3)
        scales = random(rows * columns // block)
        for bits in 4, 8:
            packed = generator.integers(0, 256, (rows, columns // block, block * bits // 8),
                                        "uint8")
            with self.subTest(bits=bits):
                self.check("MatMulNBits", {"x": random(3, columns), "w": packed, "scales": scales},
                           ("w", "scales"), domain=MICROSOFT, K=columns, N=rows, bits=bits,
                           block_size=block)

    def test_grid_sample(self):
        # ONNX Runtime does not clamp positions in mode 'cubic' with padding 'border'.
        grid = numpy.random.default_rng(5).uniform(-1.4, 1.4, (2, 3, 4, 2)).astype("float32")
        inputs = {"x": random(2, 3, 5, 6), "grid": grid}
        for mode in "linear", "nearest", "cubic":
            for padding in "zeros", "border", "reflection":
                for corners in 0, 1:
                    with self.subTest(mode=mode, padding=padding, corners=corners):
                        self.check("GridSample", inputs, oracle="reference", mode=mode,
                                   padding_mode=padding,
                                   align_corners=corners)

    def test_axes(self):
        x = random(2, 3, 4)
        for keepdims in 0, 1:
            with self.subTest(keepdims=keepdims):
                self.check("ReduceMean", {"x": x, "axes": integers(-1, 0)}, keepdims=keepdims)
        self.check("CumSum", {"x": x, "axis": numpy.array(1)})
        self.check("Unsqueeze", {"x": x, "axes": integers(-1, 1)})

    def test_slice(self):
        for starts, ends, axes, steps in (((1, -1), (5, -9), (0, 1), (2, -2)),
                                          ((-3, 9), (99, 0), (1, 0), (1, -3))):
            with self.subTest(steps=steps):
                self.check("Slice", {"x": random(5, 6), "starts": integers(*starts),
                                     "ends": integers(*ends), "axes": integers(*axes),
                                     "steps": integers(*steps)})

    def test_slice_backward(self):
        """A start before 0 counts as 0: sizes that are open, static ones, and computed bounds."""
        lists = "starts", "ends", "axes", "steps"
        bounds = (((-100, -6), (-100, -6)), ((-5, 0), (-100, -6)), ((2, -6), (-1, 0)),
                  ((-1, 99), (-4, -100)))
        for size, (starts, ends) in itertools.product((5, 1, 0), bounds):
            for name, constants in ("x", lists), ("fixed", lists), ("x", lists[2:]):
                with self.subTest(size=size, starts=starts, ends=ends, name=name, of=constants):
                    operands = {name: random(size, size), "starts": integers(*starts),
                                "ends": integers(*ends), "axes": integers(0, 1),
                                "steps": integers(-1, -2)}
                    self.check("Slice", operands, constants)

    def test_pad(self):
        for mode in "edge", "reflect", "wrap", "constant":
            with self.subTest(mode=mode):
                self.check("Pad", {"x": random(4, 5), "pads": integers(2, 3, 1, 0), "fill": None,
                                   "axes": integers(1, 0)}, mode=mode)

    def test_scatter(self):
        indices = numpy.array([[3], [-1], [5], [3], [0], [39], [7]], "int64")
        for reduction in "none", "add", "mul", "min", "max":
            with self.subTest(reduction=reduction):
                self.check("ScatterND", {"x": random(40, 3), "at": indices, "u": random(7, 3)},
                           reduction=reduction)

    def test_squeeze_of_one(self):
        """A dim that is 1 at run time only would change the rank."""
        artifact = self.check("Squeeze", {"x": random(3, 2)})
        done = agreement.run(self.sinter, "run", artifact, "--dim", "x0=1", "--dim", "x1=2",
                             "--output-dir", self.scratch / "out")
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("error[E0553]", done.stderr)
        self.assertIn("give the node axes", done.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sinter", required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[__file__, *rest], verbosity=2)
