# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles real models and compares their outputs with recorded ones and ONNX Runtime.

The models are not part of the repository: without their folder each test is
skipped by name.
"""
import argparse
import pathlib
import re
import tempfile
import unittest

import agreement
from known_models import MODELS

options = None


def records(folder):
    """The arguments of `sinter compare` for each recorded data set."""
    found = [("--test-data", path) for path in sorted(folder.glob("test_data_*"))]
    if not found and (folder / "io.npz").exists():
        found = [("--expect", folder / "io.npz")]
    return found


class Models(agreement.AgreementTest):
    def check(self, name):
        model = MODELS[name]
        self.sinter = options.sinter
        folder = pathlib.Path(options.shared) / "data" / "models" / name
        if not folder.exists():
            self.skipTest(f"{name}: no models in {options.shared}")
        with tempfile.TemporaryDirectory() as scratch:
            artifact = pathlib.Path(scratch) / "model.so"
            compiled = agreement.run(options.sinter, "compile", folder / "model.onnx", "-o",
                                     artifact, "--quiet")
            if model.refused and compiled.returncode == 3:
                self.skipTest(f"{name}: {model.refused}: {compiled.stderr.splitlines()[0]}")
            self.assertEqual(compiled.returncode, 0, compiled.stdout + compiled.stderr)
            for record in records(folder):
                with self.subTest(record=str(record[1])):
                    self.assert_agrees(artifact, *record, step=model.step)
            if model.sizes and agreement.missing:
                self.skipTest(f"{name} with other sizes: {agreement.missing}")
            for sizes in model.sizes:
                with self.subTest(sizes=sizes):
                    expected = pathlib.Path(scratch) / "expected.npz"
                    agreement.write_expected(folder / "model.onnx", sizes, expected, model.oracle)
                    self.assert_agrees(artifact, "--expect", expected, step=model.step)
            self.assertTrue(model.sizes or records(folder), "there is something to compare with")


def add_test(name):
    setattr(Models, "test_" + re.sub(r"\W", "_", name), lambda self: self.check(name))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sinter", required=True)
    parser.add_argument("--shared", required=True)
    options, rest = parser.parse_known_args()
    for each in MODELS:
        add_test(each)
    unittest.main(argv=[__file__, *rest], verbosity=2)
