# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles graphs of real exporters and compares them with ONNX Runtime.

One artifact serves all sizes of a graph. The graphs are not part of the
repository: without their archive each test is skipped by name.
"""
import argparse
import os
import pathlib
import subprocess
import sys
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

# Graphs that must agree, each with the sizes of its symbols, twice.
GRAPHS = {
    "hf_bert_base.ts": [{"batch": 1, "seq": 7}, {"batch": 2, "seq": 33}],
    "hf_gpt2_decode_kv.ts": [{"batch": 1, "past": 5}, {"batch": 3, "past": 16}],
    "hf_llama_small_decode_kv.ts": [{"batch": 1, "past": 5}, {"batch": 2, "past": 17}],
    "tv_mobilenet_v2.ts": [{"batch": 1}, {"batch": 3}],
    "tv_resnet50.ts": [{"batch": 1}, {"batch": 2}],
    "tv_swin_t.ts": [{"batch": 1}, {"batch": 2}],
    "tvseg_lraspp_mobilenet_v3_large.ts": [{"batch": 1}, {"batch": 2}],
}

# Models with their weights, but without recorded outputs.
MODELS = {
    "fastestdet": [{}],
    "ppocrv2-cls": [{}],
    "road-seg-adas-0001": [{}],
    "vittrack": [{}],
    "yunet-n-dynamic": [
        {"batch": 1, "height": 64, "width": 96},
        {"batch": 2, "height": 160, "width": 128},
    ],
}

options = None


def run(*arguments, timeout=600):
    return subprocess.run([*map(str, arguments)], capture_output=True, text=True, timeout=timeout)


def make_input(value, sizes, random):
    """Floats N(0, 1), token ids 0 and 1, masks of ones, positions that count up."""
    kind = value.type.tensor_type
    shape = [dim.dim_value or sizes[dim.dim_param] for dim in kind.shape.dim]
    dtype = onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)
    if numpy.issubdtype(dtype, numpy.floating):
        return random.standard_normal(shape).astype(dtype)
    if "mask" in value.name or dtype == bool:
        return numpy.ones(shape, dtype)
    if "position" in value.name:
        return numpy.broadcast_to(numpy.arange(shape[-1], dtype=dtype), shape)
    return random.integers(0, 2, shape).astype(dtype)


def compare(sinter, model, artifact, sizes, expected):
    """Writes what ONNX Runtime gives to `expected`; what `sinter compare` says."""
    graph = onnx.load(model, load_external_data=False).graph
    constants = {tensor.name for tensor in graph.initializer}
    random = numpy.random.default_rng(7)
    inputs = {
        value.name: make_input(value, sizes, random)
        for value in graph.input
        if value.name not in constants
    }
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    outputs = session.run(None, inputs)
    names = [output.name for output in graph.output]
    numpy.savez(expected, **inputs, **dict(zip(names, outputs)))
    arguments = [sinter, "compare", artifact, "--expect", expected]
    for name in inputs:
        arguments += ["--input", f"{name}={expected}"]
    # Untrained weights make small outputs: the tolerance follows the smallest.
    largest = min(float(numpy.abs(output).max()) for output in outputs)
    return run(*arguments, "--atol", 1e-3 * largest, "--rtol", "1e-3")


class Graphs(unittest.TestCase):
    def model(self, name, folder):
        """The path of the model, made in `folder` if it lacks weights."""
        data = pathlib.Path(options.shared) / "data"
        needed = data / "models" / name / "model.onnx" if name in MODELS else data / "graphs.tar.xz"
        if missing or not needed.exists():
            self.skipTest(f"{name}: {missing or f'no data in {options.shared}'}")
        if name in MODELS:
            return needed
        fill = data.parent / "tools" / "fill_weights.py"
        filled = run(sys.executable, fill, needed, folder, name)
        self.assertEqual(filled.returncode, 0, filled.stdout + filled.stderr)
        return folder / f"{name}.onnx"

    def check(self, name):
        with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
            folder = pathlib.Path(scratch)
            model, artifact = self.model(name, folder), folder / "model.so"
            compiled = run(options.sinter, "compile", model, "-o", artifact, "--quiet")
            self.assertEqual(compiled.returncode, 0, compiled.stdout + compiled.stderr)
            for sizes in {**GRAPHS, **MODELS}[name]:
                with self.subTest(sizes=sizes):
                    compared = compare(options.sinter, model, artifact, sizes, folder / "expected.npz")
                    self.assertEqual(compared.returncode, 0, compared.stdout + compared.stderr)


def add_test(name):
    setattr(Graphs, "test_" + name.replace(".", "_").replace("-", "_"), lambda self: self.check(name))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sinter", required=True)
    parser.add_argument("--shared", required=True)
    parser.add_argument("--scratch", required=True)
    options, rest = parser.parse_known_args()
    os.makedirs(options.scratch, exist_ok=True)
    for graph in {**GRAPHS, **MODELS}:
        add_test(graph)
    unittest.main(argv=[__file__, *rest], verbosity=2)
