# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensors of PyTorch's on a GPU: each way in and out of a model gives the same bits, in whatever order
of PyTorch's streams, whether kernels overlap or not, and in every run. Needs a GPU and torch; part of check-cuda.

usage: test_gpu_tensors.py --sinter FILE --runtime libsinter_runtime.so --shared FOLDER [test ...]
"""
import argparse
import ctypes
import itertools
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

import run_ctypes

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "models"))
import agreement  # noqa: E402
import known_models  # noqa: E402

try:
    import numpy as np
    import onnx
    import torch
except ImportError:
    torch = None

HOST, DEVICE = 0, 1  # sinter_memory
OWN_STREAM = ctypes.c_void_p(-1)
# An image, tokens, and control flow of the host around kernels.
MODELS = "vittrack", "gpt2-nopast-tiny", "silero-vad-v5"
options = None


def kernels(data):
    """The binaries for GPUs in a model's file."""
    for found in re.finditer(rb"\x7fELF\x02", data):
        at = found.start()
        if struct.unpack_from("<H", data, at + 18)[0] != 190:  # EM_CUDA
            continue
        programs, sections = struct.unpack_from("<QQ", data, at + 32)
        program_size, program_count, section_size, section_count = struct.unpack_from("<HHHH", data, at + 54)
        yield data[at:at + max(programs + program_size * program_count, sections + section_size * section_count)]


def describe(tensor):
    dims = (ctypes.c_int64 * tensor.dim())(*tensor.shape)
    number = run_ctypes.NUMBERS[np.dtype(str(tensor.dtype).removeprefix("torch."))]
    return run_ctypes.Tensor(tensor.data_ptr(), number, tensor.dim(), dims, tensor.nbytes, int(tensor.is_cuda))


def raw(tensor):
    return tensor.reshape(-1).view(torch.uint8)


def aside(tensor):
    """A copy on the GPU that begins where no kernel wants it to."""
    room = torch.empty(tensor.numel() + 1, dtype=tensor.dtype, device="cuda")
    return room[1:].copy_(tensor.flatten()).view(tensor.shape)


WAYS = {"host": torch.Tensor.clone, "locked": torch.Tensor.pin_memory, "gpu": torch.Tensor.cuda,
        "aside": aside} if torch else {}


def known_model(name):
    path = pathlib.Path(options.shared) / "data/models" / name / "model.onnx"
    return path, agreement.some_inputs(path, known_models.MODELS[name].sizes)


def shared_sums(folder):
    """Models whose tiles are so few that the blocks of a cluster add up what they have, with their inputs."""
    random = np.random.default_rng(3)
    for dtype, (name, shape, weights) in itertools.product((np.float32, np.float16), [
            ("MatMul", (96, 4096), (4096, 128)), ("Conv", (1, 512, 7, 7), (512, 512, 3, 3))]):
        operands = {key: random.standard_normal(sizes).astype(dtype) for key, sizes in (("x", shape), ("w", weights))}
        kind = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        graph = onnx.helper.make_graph(
            [onnx.helper.make_node(name, ["x", "w"], ["y"])], "sums", [onnx.helper.make_tensor_value_info("x", kind, shape)],
            [onnx.helper.make_empty_tensor_value_info("y")], [onnx.numpy_helper.from_array(operands["w"], "w")])
        path = folder / f"{name}-{np.dtype(dtype)}.onnx"
        onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 22)], ir_version=10), path)
        yield path, {"x": operands["x"]}


def sinter(*arguments):
    done = agreement.run(options.sinter, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Case:
    """A model for the GPU, its inputs, and what it answers with all tensors on the host."""

    def __init__(self, path, arrays, folder):
        self.artifact = folder / f"{path.parent.name}-{path.stem}.so"
        sinter("compile", path, "-o", self.artifact, "--target", "cuda", "--quiet")
        self.runtime = run_ctypes.Runtime(options.runtime)
        model = self.open()
        self.inputs = [torch.from_numpy(np.array(arrays[name], dtype)) for name, dtype, _ in model.inputs]
        self.expected = [torch.from_numpy(array.copy()) for array in model.run([arrays[name] for name, *_ in model.inputs])]

    def open(self, programmatic=True):
        """The model; `programmatic`: with kernels that start while others end."""
        os.environ["SINTER_CUDA_PROGRAMMATIC"] = str(int(programmatic))
        try:
            return self.runtime.open(self.artifact, 2)
        finally:
            del os.environ["SINTER_CUDA_PROGRAMMATIC"]

    def run(self, model, inputs, outputs):
        tensors = (run_ctypes.Tensor * len(inputs))(*map(describe, inputs))
        results = (run_ctypes.Tensor * len(outputs))(*map(describe, outputs))
        self.runtime.call("context_run", model.context, tensors, len(tensors), results, len(results))

    def results(self, way):
        """Poisoned tensors for the outputs."""
        poisoned = [torch.empty_like(tensor) for tensor in self.expected]
        for tensor in poisoned:
            raw(tensor).fill_(0xAA)
        return [WAYS[way](tensor) for tensor in poisoned]


class GpuTensors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.cases = {name: Case(*known_model(name), cls.folder) for name in MODELS}

    def each_case(self):
        for name, case in self.cases.items():
            with self.subTest(model=name):
                yield case, case.open()

    def assert_same(self, case, found):
        for expected, result in zip(case.expected, found, strict=True):
            wrong = int((raw(expected) != raw(result.cpu())).sum())
            self.assertEqual(wrong, 0, "bytes that differ")

    def test_each_way(self):
        """Runs the first time, recorded, and with tensors that stay and that change."""
        for case, model in self.each_case():
            kept = []
            for into, out in itertools.product(WAYS, WAYS):
                for changes in False, True:
                    inputs = outputs = None
                    for _ in range(3):
                        if changes or inputs is None:
                            inputs, outputs = [WAYS[into](tensor) for tensor in case.inputs], case.results(out)
                            kept.append((inputs, outputs))  # else PyTorch gives the same memory again
                        torch.cuda.synchronize()
                        case.run(model, inputs, outputs)
                        self.assert_same(case, outputs)

    def test_the_order_of_a_stream(self):
        for case, model in self.each_case():
            stream = torch.cuda.Stream()
            inputs, outputs = [torch.zeros_like(tensor, device="cuda") for tensor in case.inputs], case.results("gpu")
            sources, sums = [tensor.cuda() for tensor in case.inputs], []
            torch.cuda.synchronize()
            case.runtime.call("context_set_stream", model.context, stream.cuda_stream)
            early = []
            for _ in range(4):
                with torch.cuda.stream(stream):
                    torch.cuda._sleep(20_000_000)  # some 10 ms
                    for tensor, source in zip(inputs, sources):
                        tensor.copy_(source)
                    case.run(model, inputs, outputs)
                    early.append(not stream.query())
                    sums.append([tensor.clone() for tensor in outputs])
                    for tensor in inputs:  # what comes later is later
                        tensor.zero_()
            stream.synchronize()
            for found in sums:
                self.assert_same(case, found)
            if case is not self.cases["silero-vad-v5"]:
                self.assertTrue(all(early[1:]), "a run waited for the stream")
            case.runtime.call("context_set_stream", model.context, OWN_STREAM)

    def test_host_tensors_are_free_when_a_run_returns(self):
        for case, model in self.each_case():
            stream = torch.cuda.Stream()
            case.runtime.call("context_set_stream", model.context, stream.cuda_stream)
            for way in "host", "locked":
                for _ in range(3):
                    inputs, outputs = [WAYS[way](tensor) for tensor in case.inputs], case.results("gpu")
                    torch.cuda.synchronize()
                    with torch.cuda.stream(stream):
                        torch.cuda._sleep(20_000_000)
                    case.run(model, inputs, outputs)
                    for tensor in inputs:
                        tensor.zero_()
                    stream.synchronize()
                    self.assert_same(case, outputs)

    def test_dlpack(self):
        for case, model in self.each_case():
            inputs = [tensor.cuda() for tensor in case.inputs]
            torch.cuda.synchronize()
            for _ in range(3):
                self.assert_same(case, map(torch.from_dlpack, model.run_dlpack(inputs, DEVICE)))
            results = [torch.from_dlpack(result) for result in model.run_dlpack(inputs, DEVICE)]
            del model
            self.assert_same(case, results)

    def test_overlapping_kernels_change_nothing(self):
        for case, _ in self.each_case():
            model = case.open(programmatic=False)
            for _ in range(3):
                outputs = case.results("host")
                case.run(model, case.inputs, outputs)
                self.assert_same(case, outputs)

    def test_sums_of_clusters_are_the_same_in_every_run(self):
        for path, arrays in shared_sums(self.folder):
            with self.subTest(model=path.stem):
                self.assertIn("__cluster_dims__", sinter("compile", path, "--target", "cuda", "--emit", "cuda", "-o", "-"))
                case = Case(path, arrays, self.folder)
                for programmatic in True, False:
                    model = case.open(programmatic)
                    for _ in range(100):
                        outputs = case.results("host")
                        case.run(model, case.inputs, outputs)
                        self.assert_same(case, outputs)

    def test_kernels_wait_before_they_touch_memory(self):
        if not shutil.which("nvdisasm"):
            self.skipTest("no nvdisasm")
        for case, _ in self.each_case():
            found = list(kernels(case.artifact.read_bytes()))
            self.assertTrue(found)
            for number, binary in enumerate(found):
                file = case.artifact.with_suffix(".cubin")
                file.write_bytes(binary)
                text = subprocess.run(["nvdisasm", "-c", file], capture_output=True, text=True, check=True).stdout
                code = re.findall(r"^\s+/\*[0-9a-f]{4,}\*/\s+(.*)", text, re.M)
                waits = [index for index, line in enumerate(code) if "ACQBULK" in line]
                self.assertTrue(waits, f"kernel {number} does not wait")
                touches = [line for line in code[:waits[0]] if re.search(r"\b(LDG|STG|LDGSTS|UBLK|UTMA|ATOM|RED)", line)]
                self.assertEqual(touches, [], f"kernel {number}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sinter", required=True)
    parser.add_argument("--runtime", required=True)
    parser.add_argument("--shared", required=True)
    options, rest = parser.parse_known_args()
    if torch is None or agreement.missing or not torch.cuda.is_available():
        sys.exit("test_gpu_tensors: needs torch, onnxruntime and a GPU")
    unittest.main(argv=[__file__, *rest], verbosity=2)
