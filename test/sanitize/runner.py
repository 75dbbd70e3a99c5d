# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs artifacts of `sinter compile --sanitize` in a process with the sanitizer's runtime."""
import os
import subprocess


def parts(artifact, inputs):
    """The arguments for an artifact and its inputs by name, which lie beside it."""
    arguments = [str(artifact)]
    for number, (name, array) in enumerate(inputs.items()):
        file = artifact.with_suffix(f".{number}.raw")
        file.write_bytes(array.tobytes())
        arguments.append(f"{name}={'x'.join(map(str, array.shape))}:{file}")
    return arguments


def assert_clean(test, runner, threads, *arguments, expected=None):
    """Nothing is found, or the `expected` report is given."""
    environment = {**os.environ, "TSAN_OPTIONS": "halt_on_error=1", "ASAN_OPTIONS": ""}
    done = subprocess.run([runner, str(threads), *arguments], capture_output=True, text=True,
                          env=environment, check=False)
    if expected:
        test.assertNotEqual(done.returncode, 0)
        test.assertIn(expected, done.stderr)
    else:
        test.assertEqual(done.returncode, 0, done.stdout + done.stderr[-6000:])
