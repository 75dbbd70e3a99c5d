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
import facts
import known_models

options = None


class Models(agreement.AgreementTest, facts.FactsTest):
    def check(self, name):
        self.sinter, self.sanitizer = options.sinter, options.sanitizer
        path = pathlib.Path(options.shared) / "data" / "models" / name / "model.onnx"
        if not path.exists() or agreement.missing:
            self.skipTest(f"{name}: {agreement.missing or f'no models in {options.shared}'}")
        model = known_models.MODELS[name]
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            artifact = folder / "model.so"
            compiled = agreement.run(options.sinter, "compile", path, "-o", artifact, "--quiet",
                                     "-j", 1, "--target", options.target,
                                     "--precision", options.precision)
            self.assertEqual(compiled.returncode, 0, compiled.stdout + compiled.stderr)
            self.check_answers(path, model, artifact)
            if options.target != "cpu":
                return  # the facts are those of code for the CPU
            inputs = agreement.some_inputs(path, model.sizes)
            self.assert_facts(path, artifact,
                              agreement.input_arguments(inputs, folder / "inputs.npz"),
                              "--precision", options.precision)

    def check_answers(self, path, model, artifact):
        records = agreement.records_of(path)
        self.assertTrue(model.sizes or records, "there is something to compare with")
        for record in records:
            with self.subTest(record=str(record[1])):
                self.assert_agrees(artifact, *record, step=model.step)
        for sizes in model.sizes:
            with self.subTest(sizes=sizes):
                expected = artifact.with_name("expected.npz")
                agreement.write_expected(path, sizes, expected, model.oracle)
                self.assert_agrees(artifact, "--expect", expected, step=model.step)


def add_test(name):
    setattr(Models, "test_" + re.sub(r"\W", "_", name), lambda self: self.check(name))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sinter", required=True)
    parser.add_argument("--shared", required=True)
    parser.add_argument("--part", choices=("small", "large", "narrow"), required=True)
    parser.add_argument("--target", default="cpu")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--sanitizer", help="a tool of compute-sanitizer, such as memcheck")
    options, rest = parser.parse_known_args()
    for each in known_models.part(options.part):
        add_test(each)
    unittest.main(argv=[__file__, *rest], verbosity=2)
