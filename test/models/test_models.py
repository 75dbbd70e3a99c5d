# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles real models and compares their outputs with the recorded ones.

The models are not part of the repository: without their folder each test is
skipped by name.
"""
import argparse
import pathlib
import subprocess
import tempfile
import unittest

# Models that must agree; a model is added when its ops are there.
MODELS = ["acasxu-1-1", "mlperf-tiny-resnet8", "mnist-8"]

options = None


def run(*arguments):
    return subprocess.run(
        [options.sinter, *map(str, arguments)], capture_output=True, text=True, timeout=300
    )


class Models(unittest.TestCase):
    def check(self, name):
        folder = pathlib.Path(options.shared) / "data" / "models" / name
        if not folder.exists():
            self.skipTest(f"{name}: no models in {options.shared}")
        records = sorted(folder.glob("test_data_*"))
        self.assertTrue(records, f"{name} has recorded outputs")
        with tempfile.TemporaryDirectory() as scratch:
            artifact = pathlib.Path(scratch) / "model.so"
            compiled = run("compile", folder / "model.onnx", "-o", artifact, "--quiet")
            self.assertEqual(compiled.returncode, 0, compiled.stdout + compiled.stderr)
            for record in records:
                compared = run("compare", artifact, "--test-data", record, "--atol", "1e-4", "--rtol", "1e-3")
                self.assertEqual(compared.returncode, 0, compared.stdout + compared.stderr)


def add_test(name):
    setattr(Models, "test_" + name.replace("-", "_"), lambda self: self.check(name))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sinter", required=True)
    parser.add_argument("--shared", required=True)
    options, rest = parser.parse_known_args()
    for model in MODELS:
        add_test(model)
    unittest.main(argv=[__file__, *rest], verbosity=2)
