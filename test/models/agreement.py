# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""When a model's outputs agree with expected ones, and ONNX Runtime as an oracle."""
import json
import pathlib
import subprocess
import tempfile
import unittest

try:
    import numpy
    import onnx
    import onnxruntime
except ImportError as error:
    missing = str(error)
else:
    missing = None

# Of the norm of an output's differences by its own, and of the largest difference by the
# largest expected magnitude. Integers are equal.
FROBENIUS, LARGEST = 1e-4, 1e-3
# Of the norm only, for what is stored or multiplied with fewer bits.
NARROW = {"fp16": 2e-2, "tf32": 2e-2, "bf16": 16e-2}


def run(*arguments, timeout=600):
    return subprocess.run([*map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          check=False)


def problem(row, step, precision):
    """What is wrong with an output in the report of `sinter compare --json`, or nothing.

    A quantised model may be one `step` of its outputs off. `precision` is what the model was
    compiled with.
    """
    if "problem" in row:
        return row["problem"]
    if row["wrong"]:
        return f"not finite alike: {row['first_wrong']}"
    largest, error = float(row["max_expected"]), float(row["max_abs_error"])
    if step is not None:
        return None if error <= step * 1.001 else f"{error} is more than the step {step}"
    if "float" not in row["type"]:
        return None if error == 0 else f"integers differ by {error}"
    if precision in NARROW:
        norm = float(row["frobenius_error"])
        return None if norm <= NARROW[precision] else f"Frobenius {norm}"
    if error > LARGEST * largest or float(row["frobenius_error"]) > FROBENIUS:
        return f"error {error} of at most {largest}, Frobenius {row['frobenius_error']}"
    return None


class AgreementTest(unittest.TestCase):
    """A test of the tool `self.sinter`; a tool of compute-sanitizer watches comparisons, if there is one."""

    sanitizer = None

    def start(self, tool):
        """What a test that makes models of its own begins with: the tool, and a folder for it."""
        if missing:
            self.skipTest(missing)
        self.sinter = tool
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.scratch = pathlib.Path(folder.name)

    def rounded(self, kind, *shape):
        """Values of `self.random` that the type holds, as float32."""
        values = self.random.standard_normal(shape).astype(numpy.float32)
        if kind == "f16":
            return values.astype(numpy.float16).astype(numpy.float32)
        if kind == "bf16":
            return (values.view(numpy.uint32) & 0xFFFF0000).view(numpy.float32)
        return values

    def compared(self, artifact, *expected):
        """The report of a comparison whose tolerance leaves only what is not finite."""
        watched, log = [], pathlib.Path(artifact).with_name("sanitizer.txt")
        if self.sanitizer:
            watched = ["compute-sanitizer", "--tool", self.sanitizer, "--error-exitcode", 99, "--log-file", log]
        compared = run(*watched, self.sinter, "compare", artifact, *expected, "--json", "--rtol", 1e300,
                       "--atol", 1e300)
        if self.sanitizer and compared.returncode == 99:
            self.fail(log.read_text())
        self.assertIn(compared.returncode, (0, 1), compared.stdout + compared.stderr)
        report = json.loads(compared.stdout)
        self.assertTrue(report["outputs"])
        return report

    def compare_one(self, artifact, *expected):
        """The first output's row of a comparison."""
        row = self.compared(artifact, *expected)["outputs"][0]
        self.assertNotIn("problem", row)
        return row

    def assert_agrees(self, artifact, *expected, step=None):
        report = self.compared(artifact, *expected)
        for row in report["outputs"]:
            self.assertIsNone(problem(row, step, report["precision"]), row["name"])


def write_expected(model, sizes, archive, oracle="onnxruntime"):
    """Random inputs of these sizes, which it returns, and the outputs that the oracle gives, as .npz."""
    inputs = {value.name: make_input(value, sizes) for value in inputs_of(model)}
    if oracle == "reference":
        from onnx.reference import ReferenceEvaluator  # slow to import

        evaluator = ReferenceEvaluator(str(model))
        names, outputs = evaluator.output_names, evaluator.run(None, inputs)
    else:
        session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        # A map from labels to values is the array of its values.
        outputs = [numpy.array([list(row.values()) for row in output], numpy.float32)
                   if isinstance(output, list) else output for output in session.run(None, inputs)]
    numpy.savez(archive, **inputs, **dict(zip(names, outputs)))
    return inputs


def records_of(model):
    """The arguments of `sinter compare` for each recorded data set of a model."""
    folder = model.parent
    found = [("--test-data", path) for path in sorted(folder.glob("test_data_*"))]
    if not found and (folder / "io.npz").exists():
        found = [("--expect", folder / "io.npz")]
    return found


def some_inputs(model, sizes):
    """Inputs by name: those of the last sizes or, if there are none, those of the first record."""
    values = inputs_of(model)
    if sizes:
        return {value.name: make_input(value, sizes[-1]) for value in values}
    kind, path = records_of(model)[0]
    if kind == "--expect":
        record = numpy.load(path)
        return {value.name: record[value.name] for value in values}
    return {value.name: onnx.numpy_helper.to_array(onnx.load_tensor(path / f"input_{k}.pb"))
            for k, value in enumerate(values)}


def input_arguments(inputs, archive):
    """The arguments of `sinter run` for inputs by name, which it writes as .npz."""
    numpy.savez(archive, **inputs)
    return [argument for name in inputs for argument in ("--input", f"{name}={archive}")]


def inputs_of(model):
    """Those that are no initializers."""
    graph = onnx.load(model, load_external_data=False).graph
    constants = {tensor.name for tensor in graph.initializer}
    return [value for value in graph.input if value.name not in constants]


def make_input(value, sizes):
    """Floats N(0, 1), token ids 0 and 1, masks of ones, positions that count up."""
    random = numpy.random.default_rng(7)
    kind = value.type.tensor_type
    dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)
    if not kind.shape.dim and value.name in sizes:
        return numpy.array(sizes[value.name], dtype)
    shape = [dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0
             else sizes[dim.dim_param or f"{value.name}.{axis}"]
             for axis, dim in enumerate(kind.shape.dim)]
    if numpy.issubdtype(dtype, numpy.floating) and "mask" not in value.name:
        return random.standard_normal(shape).astype(dtype)
    if "mask" in value.name or dtype == bool:
        return numpy.ones(shape, dtype)
    if "position" in value.name:
        return numpy.broadcast_to(numpy.arange(shape[-1], dtype=dtype), shape)
    return random.integers(0, 2, shape).astype(dtype)
