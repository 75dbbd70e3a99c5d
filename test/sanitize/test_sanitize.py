# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Generated code under sanitizers: no access outside of a buffer, no race.

The models that are not part of the repository are skipped by name.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "models"))
import known_models

PAIR = "mlperf-tiny-resnet8", "gpt2-nopast-tiny"

options = None


class Sanitize(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.scratch = pathlib.Path(folder.name)

    def compiled(self, model, kind):
        artifact = self.scratch / f"{model.parent.name}.so"
        done = subprocess.run([options.sinter, "compile", model, "-o", artifact, "--quiet",
                               f"--sanitize={kind}"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return artifact

    def shared(self, name):
        folder = pathlib.Path(options.shared) / "data" / "models" / name
        if not folder.exists():
            self.skipTest(f"{name}: no models in {options.shared}")
        return folder / "model.onnx"

    def run_clean(self, kind, threads, *arguments, expected=None):
        """Runs artifacts in the runner of the sanitizer, or expects its report."""
        environment = {**os.environ, "TSAN_OPTIONS": "halt_on_error=1", "ASAN_OPTIONS": ""}
        runner = {"address": options.address, "thread": options.thread}[kind]
        done = subprocess.run([runner, str(threads), *map(str, arguments)], capture_output=True,
                              text=True, env=environment, check=False)
        if expected:
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(expected, done.stderr)
        else:
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr[-6000:])

    def arguments(self, name, kind):
        sizes = [f"{symbol}={size}" for symbol, size in known_models.sizes_of(name).items()]
        return [self.compiled(self.shared(name), kind), *sizes]

    def test_digits(self):
        artifact = self.compiled(pathlib.Path(options.digits), "address")
        self.run_clean("address", 2, artifact)

    def test_overflow_is_found(self):
        artifact = self.compiled(pathlib.Path(options.digits), "address")
        self.run_clean("address", 1, "--short", artifact, expected="heap-buffer-overflow")

    def test_two_models_at_once(self):
        self.run_clean("thread", 4, *[argument for name in PAIR
                                      for argument in self.arguments(name, "thread")])

    def test_one_model_twice(self):
        artifact = self.compiled(pathlib.Path(options.digits), "thread")
        self.run_clean("thread", 4, artifact, artifact)

    def test_plain_process_refuses(self):
        """A process without the sanitizer's runtime does not crash."""
        artifact = self.compiled(pathlib.Path(options.digits), "address")
        done = subprocess.run([options.sinter, "run", artifact], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:  # else the tool has the runtime itself
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("error[E0551]", done.stderr)


def add_test(name):
    setattr(Sanitize, "test_" + name.replace("-", "_"),
            lambda self: self.run_clean("address", 2, *self.arguments(name, "address")))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in "sinter", "shared", "digits", "address", "thread":
        parser.add_argument("--" + name, required=True)
    options, rest = parser.parse_known_args()
    for each in known_models.runnable():
        add_test(each)
    unittest.main(argv=[__file__, *rest], verbosity=2)
