# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Generated code under sanitizers: no access outside of a buffer, no race.

The models that are not part of the repository are skipped by name.
"""
import argparse
import os
import pathlib
import subprocess
import tempfile
import unittest

# Each with the sizes of its symbols.
MODELS = {
    "acasxu-1-1": {},
    "basic-pitch": {"unk__749": 2},
    "cct2-cifar-opset20": {},
    "dtln-1": {},
    "fastestdet": {},
    "gpt2-megatron": {"batch_size": 2, "seq_len": 11, "past_seq_len": 0},
    "gpt2-nopast-tiny": {"batch_size": 3, "seq_len": 7},
    "gtcrn-stream": {},
    "micro-kws-fp32": {},
    "micro-kws-qdq": {"unk__68": 3},
    "mjx-apollo-policy": {},
    "mlperf-tiny-autoencoder": {},
    "mlperf-tiny-mobilenet-v1": {},
    "mlperf-tiny-resnet8": {},
    "mnist-8": {},
    "ppocrv2-cls": {},
    "rlsar-g1-motion": {},
    "road-seg-adas-0001": {},
    "super-resolution-10": {"batch_size": 2},
    "t5-random-decoder": {"batch": 1, "target_tokens": 17, "source_tokens": 9},
    "t5-random-encoder": {"batch": 3, "tokens": 19},
    "unet-sed-dynamic": {"N": 1},
    "vittrack": {},
    "voicevox-duration": {"sequence": 7},
    "yunet-n-dynamic": {"batch": 1, "height": 64, "width": 96},
}
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
        sizes = [f"{symbol}={size}" for symbol, size in MODELS[name].items()]
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
    for each in MODELS:
        add_test(each)
    unittest.main(argv=[__file__, *rest], verbosity=2)
