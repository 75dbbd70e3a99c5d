# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles models with Sinter and runs them on torch's tensors, where these are, on torch's stream."""
import ctypes
import subprocess
import sys

import torch

import common

sys.path.append(str(common.ROOT / "test/embedding"))
import run_ctypes  # noqa: E402

HOST, DEVICE = 0, 1  # sinter_memory
DTYPES = {1: torch.float32, 2: torch.uint8, 3: torch.int8, 6: torch.int32, 7: torch.int64, 9: torch.bool,
          10: torch.float16, 11: torch.float64, 16: torch.bfloat16}
NUMBERS = {dtype: number for number, dtype in DTYPES.items()}


def compile_model(source, artifact, options, *flags):
    """Compiles the file `source`, unless the artifact is there."""
    if artifact.exists():
        return
    command = [options.build / "bin/sinter", "compile", source, "-o", artifact, "--quiet", "-j2"]
    done = subprocess.run([*command, "--target", options.target, *flags], capture_output=True, text=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise RuntimeError(lines[0] if lines else f"sinter ended with {done.returncode}")


def describe(tensor, memory):
    """As the runtime wants it; the tensor has to outlive the result."""
    if not tensor.is_contiguous():
        raise ValueError("Sinter's tensors are dense and row-major")
    dims = (ctypes.c_int64 * tensor.dim())(*tensor.shape)
    return run_ctypes.Tensor(tensor.data_ptr(), NUMBERS[tensor.dtype], tensor.dim(), dims, tensor.nbytes, memory)


class Model(run_ctypes.Model):
    """An artifact; `inputs` and `outputs` have torch's types."""

    dtypes = DTYPES

    def bind(self, tensors):
        """(function, outputs): each call of the function puts a run into torch's current stream of now. It
        has run a few times, after the outputs were poisoned."""
        device, runtime = tensors[0].device, self.runtime
        memory = DEVICE if device.type == "cuda" else HOST
        if memory == DEVICE:
            runtime.call("context_set_stream", self.context, torch.cuda.current_stream().cuda_stream)
        inputs = (run_ctypes.Tensor * len(tensors))(*(describe(tensor, memory) for tensor in tensors))
        sizes = (run_ctypes.Tensor * len(self.outputs))(*(run_ctypes.Tensor(memory=memory) for _ in self.outputs))
        runtime.call("context_run", self.context, inputs, len(inputs), sizes, len(sizes))
        results = [torch.empty(size.dims[:size.rank], dtype=DTYPES[size.type], device=device) for size in sizes]
        outputs = (run_ctypes.Tensor * len(results))(*(describe(result, memory) for result in results))
        context_run, context, counts = runtime.context_run, self.context, (len(inputs), len(outputs))
        error = run_ctypes.Error()

        def run(keep=(self, tensors, results)):
            if context_run(context, inputs, counts[0], outputs, counts[1], error):
                raise RuntimeError(error.message.decode())

        for result in results:
            result.view(torch.uint8).fill_(255)  # NaN
        for _ in range(4):  # what belongs to a shape and its tensors is made in the first few runs
            run()
        return run, results


def start(artifact, options):
    return Model(run_ctypes.Runtime(options.build / "lib/libsinter_runtime.so"), artifact, 1)
