# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ctypes
import os

import lit.formats

config.name = "Sinter"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test", ".onnxtxt"]
config.test_source_root = os.path.dirname(__file__)
config.environment["PATH"] = os.pathsep.join(
    [config.sinter_bin, config.llvm_bin, config.environment["PATH"]]
)
# Kernels for a GPU are compiled where NVIDIA's compiler library is; it needs no GPU.
for name in ("libnvrtc.so.13", "libnvrtc.so.12"):
    try:
        ctypes.CDLL(name)
        config.available_features.add("nvrtc")
        break
    except OSError:
        pass
config.substitutions.append(("%fake_model", config.fake_model))
config.substitutions.append(
    ("%onnx", f"{config.python} -B {config.test_source_root}/patterns/to_model.py")
)
