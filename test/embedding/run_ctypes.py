# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A compiled model from Python, with NumPy arrays in and out and nothing but ctypes between.

usage: run_ctypes.py libsinter_runtime.so model.so input.npy ...    prints the outputs
As a module: Runtime(library).open(model), then Model.run(arrays) or, where time counts, Model.bind.
"""
import ctypes
import sys

import numpy as np

DTYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64,
          9: np.bool_, 10: np.float16, 11: np.float64, 12: np.uint32, 13: np.uint64}
NUMBERS = {np.dtype(dtype): number for number, dtype in DTYPES.items()}


class Error(ctypes.Structure):
    _fields_ = [("status", ctypes.c_int), ("message", ctypes.c_char * 508)]


class Info(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("type", ctypes.c_int32), ("rank", ctypes.c_int32),
                ("dims", ctypes.POINTER(ctypes.c_int64)), ("labels", ctypes.POINTER(ctypes.c_char_p))]


class Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("type", ctypes.c_int32), ("rank", ctypes.c_int32),
                ("dims", ctypes.POINTER(ctypes.c_int64)), ("bytes", ctypes.c_size_t), ("memory", ctypes.c_uint32),
                ("reserved", ctypes.c_uint32)]

    @classmethod
    def of(cls, array):
        """Refers to the memory of `array`, which has to outlive it."""
        dims = (ctypes.c_int64 * array.ndim)(*array.shape)
        return cls(array.ctypes.data, NUMBERS[array.dtype], array.ndim, dims, array.nbytes)


pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
make_capsule = ctypes.pythonapi.PyCapsule_New
make_capsule.restype, make_capsule.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)


class Output:
    """An output of the last run, as the consumer of a DLPack tensor wants it: that one ends its life."""

    def __init__(self, model, index, memory):
        self.device = (2 if memory else 1), 0  # a GPU, or the host
        self.tensor = ctypes.c_void_p()
        model.runtime.call("context_output_to_dlpack", model.context, index, self.tensor)

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, **_):
        return make_capsule(self.tensor, b"dltensor", None)


class Runtime:
    def __init__(self, library):
        self.library = ctypes.CDLL(library)
        pointer, size, error = ctypes.c_void_p, ctypes.c_size_t, ctypes.POINTER(Error)
        for name, result, *arguments in [
                ("model_open", ctypes.c_int, ctypes.c_char_p, ctypes.POINTER(pointer), error),
                ("model_close", None, pointer),
                ("model_input_count", size, pointer), ("model_output_count", size, pointer),
                ("model_input_info", ctypes.c_int, pointer, size, ctypes.POINTER(Info)),
                ("model_output_info", ctypes.c_int, pointer, size, ctypes.POINTER(Info)),
                ("context_create", ctypes.c_int, pointer, ctypes.c_uint32, ctypes.POINTER(pointer), error),
                ("context_destroy", None, pointer),
                ("context_set_stream", ctypes.c_int, pointer, pointer, error),
                ("context_output_to_dlpack", ctypes.c_int, pointer, size, ctypes.POINTER(pointer), error),
                ("tensor_from_dlpack", ctypes.c_int, pointer, ctypes.POINTER(Tensor), error),
                ("context_run", ctypes.c_int, pointer, pointer, size, pointer, size, error)]:
            function = getattr(self.library, "sinter_" + name)
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)

    def call(self, name, *arguments):
        error = Error()
        if getattr(self, name)(*arguments, error):
            raise RuntimeError(error.message.decode())

    def open(self, path, threads=0):
        return Model(self, path, threads)


class Model:
    """A model with one context. `inputs` and `outputs`: (name, dtype, shape), -1 for a dim that is not constant."""

    dtypes = DTYPES

    def __init__(self, runtime, path, threads):
        self.runtime, self.model, self.context = runtime, ctypes.c_void_p(), ctypes.c_void_p()
        runtime.call("model_open", str(path).encode(), self.model)
        runtime.call("context_create", self.model, threads, self.context)
        self.inputs, self.outputs = self.describe("input"), self.describe("output")

    def __del__(self):
        self.runtime.context_destroy(self.context)
        self.runtime.model_close(self.model)

    def describe(self, kind):
        values, info = [], Info()
        for index in range(getattr(self.runtime, f"model_{kind}_count")(self.model)):
            getattr(self.runtime, f"model_{kind}_info")(self.model, index, info)
            values.append((info.name.decode(), self.dtypes[info.type], tuple(info.dims[:info.rank])))
        return values

    def tensors(self, arrays):
        arrays = [np.asarray(array, dtype, order="C") for array, (_, dtype, _) in zip(arrays, self.inputs, strict=True)]
        return arrays, (Tensor * len(arrays))(*map(Tensor.of, arrays))

    def run(self, arrays):
        arrays, inputs = self.tensors(arrays)
        outputs = (Tensor * len(self.outputs))()  # NULL data: the context gives buffers, which its next run reuses
        self.runtime.call("context_run", self.context, inputs, len(inputs), outputs, len(outputs))
        results = []
        for tensor, (_, dtype, _) in zip(outputs, self.outputs):
            raw = ctypes.string_at(tensor.data, tensor.bytes) if tensor.bytes else b""
            results.append(np.frombuffer(raw, dtype).reshape(tensor.dims[:tensor.rank]))
        return results

    def run_dlpack(self, tensors, memory=0):
        """Any tensors that speak DLPack (of NumPy, PyTorch, ...) in, NumPy arrays out or, with memory 1, what speaks
        it on the GPU; nothing is copied. Inputs on a GPU must be complete: their libraries have streams of their own."""
        capsules = [tensor.__dlpack__() for tensor in tensors]
        inputs = (Tensor * len(capsules))()
        outputs = (Tensor * len(self.outputs))(*(Tensor(memory=memory) for _ in self.outputs))
        for capsule, tensor in zip(capsules, inputs):
            self.runtime.call("tensor_from_dlpack", pointer_of(capsule, b"dltensor"), tensor)
        self.runtime.call("context_run", self.context, inputs, len(inputs), outputs, len(outputs))
        results = [Output(self, index, memory) for index in range(len(outputs))]
        return results if memory else [np.from_dlpack(result) for result in results]

    def bind(self, arrays):
        """(function, outputs): each call of the function runs the model into the same output arrays."""
        results = [np.empty_like(result) for result in self.run(arrays)]
        arrays, inputs = self.tensors(arrays)
        outputs = (Tensor * len(results))(*map(Tensor.of, results))
        context_run, context, counts, error = self.runtime.context_run, self.context, (len(inputs), len(outputs)), Error()

        def run(keep=(arrays, results)):
            if context_run(context, inputs, counts[0], outputs, counts[1], error):
                raise RuntimeError(error.message.decode())

        return run, results


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    model = Runtime(sys.argv[1]).open(sys.argv[2])
    for (name, _, _), result in zip(model.outputs, model.run([np.load(file) for file in sys.argv[3:]])):
        print(name, result.dtype, result.shape)
        print(result)


if __name__ == "__main__":
    main()
