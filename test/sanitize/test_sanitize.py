# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Generated code under sanitizers: no access outside of a buffer, no race.

The models that are not part of the repository are skipped by name.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import runner

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "models"))
import agreement  # noqa: E402
import known_models  # noqa: E402

PAIR = "mlperf-tiny-resnet8", "gpt2-nopast-tiny"

options = None


class Sanitize(unittest.TestCase):
    def setUp(self):
        if agreement.missing:
            self.skipTest(agreement.missing)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.scratch = pathlib.Path(folder.name)

    def compiled(self, model, kind):
        artifact = self.scratch / f"{model.parent.name}.so"
        done = agreement.run(options.sinter, "compile", model, "-o", artifact, "--quiet",
                             f"--sanitize={kind}")
        self.assertEqual(done.returncode, 0, done.stderr)
        return artifact

    def digits(self, kind):
        model = pathlib.Path(options.digits)
        return runner.parts(self.compiled(model, kind),
                            agreement.some_inputs(model, ({"N": 5},)))

    def model(self, name, kind):
        path = pathlib.Path(options.shared) / "data" / "models" / name / "model.onnx"
        if not path.exists():
            self.skipTest(f"{name}: no models in {options.shared}")
        artifact = self.compiled(path, kind)
        return runner.parts(artifact, agreement.some_inputs(path, known_models.MODELS[name].sizes))


class Small(Sanitize):
    def test_digits(self):
        runner.assert_clean(self, options.address, 2, *self.digits("address"))

    def test_overflow_is_found(self):
        runner.assert_clean(self, options.address, 1, "--short", *self.digits("address"),
                            expected="heap-buffer-overflow")

    def test_two_models_at_once(self):
        runner.assert_clean(self, options.thread, 4, *[argument for name in PAIR
                                                       for argument in self.model(name, "thread")])

    def test_one_model_twice(self):
        digits = self.digits("thread")
        runner.assert_clean(self, options.thread, 4, *digits, *digits)

    def test_plain_process_refuses(self):
        """A process without the sanitizer's runtime does not crash."""
        artifact = self.digits("address")[0]
        done = subprocess.run([options.sinter, "run", artifact], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("error[E0551]", done.stderr)


class Large(Sanitize):
    """Every model."""


def add_test(name):
    setattr(Large, "test_" + re.sub(r"\W", "_", name),
            lambda self: runner.assert_clean(self, options.address, 2,
                                             *self.model(name, "address")))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for option in "sinter", "shared", "digits", "address", "thread":
        parser.add_argument("--" + option, required=True)
    options, rest = parser.parse_known_args()
    for each in known_models.MODELS:
        add_test(each)
    unittest.main(argv=[__file__, *rest], verbosity=2)
