# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Facts about the artifact of a model that is part of the repository.

Those of the other models are checked where these are compared.
"""
import argparse
import pathlib
import re
import tempfile
import unittest

import agreement
import facts

options = None


class Artifacts(facts.FactsTest):
    def setUp(self):
        self.sinter = options.sinter
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.scratch = pathlib.Path(folder.name)

    def test_digits(self):
        artifact = self.compile(options.digits, self.scratch / "digits.so", "-j", 1)
        self.assert_facts(options.digits, artifact, ["--seed", 3])

    def test_kernels_are_shared(self):
        """Stages with equal code have one kernel, which the report says."""
        report = agreement.run(options.sinter, "compile", options.digits, "-o",
                               self.scratch / "m.so", "--time-report", "--quiet").stderr
        kernels, stages = map(int, re.search(r"(\d+) kernels? for (\d+) stages?", report).groups())
        self.assertLessEqual(kernels, stages)
        for word in "lower", "emit", "total", "machine code", "slowest kernels":
            self.assertIn(word, report)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sinter", required=True)
    parser.add_argument("--digits", required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[__file__, *rest], verbosity=2)
