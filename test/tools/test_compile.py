# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command line of compile; what compiling does is tested elsewhere."""
import json
import os
import unittest

from support import ToolTest


class Compile(ToolTest):
    def test_usage(self):
        self.fails("E0500", 2, "compile")
        self.fails("E0500", 2, "compile", "m.onnx")
        self.fails("E0500", 2, "compile", "m.onnx", "-o", "m.so", "-O4")
        self.fails("E0500", 2, "compile", "m.onnx", "-o", "m.so", "--emit", "nonsense")
        self.fails("E0500", 2, "compile", "m.onnx", "--emit", "graph", "--json")
        for line in self.sinter("compile", "--help").stdout.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_sizes(self):
        for bad in "x", "=1", "x=1x", "x=1xx2", "x=-1", "x=1.5":
            self.fails("E0502", 2, "compile", "m.onnx", "-o", "m.so", "--shape", bad)
        for bad in "N", "N=", "N=x", "N=2..1", "N=..3", "=3":
            self.fails("E0502", 2, "compile", "m.onnx", "-o", "m.so", "--dim", bad)

    def test_not_yet(self):
        for flags in (("--target", "cuda"), ("--precision", "fp16"), ("--emit", "cuda"),
                      ("--external-weights", "w")):
            text = self.fails("E0501", 2, "compile", "m.onnx", "-o", "m.so", *flags)
            self.assertIn(" ".join(flags[:1]), text)

    def test_no_model(self):
        self.fails("E0100", 2, "compile", "none.onnx", "-o", "m.so", "-march", "x86-64-v3", "-O2")
        self.assertFalse(os.path.exists(self.path("m.so")))
        shown = json.loads(self.sinter("compile", "none.onnx", "-o", "m.so", "--json",
                                       code=2).stdout)
        self.assertEqual((shown["done"], shown["errors"][0]["number"]), (False, "E0100"))
        self.fails("E0100", 2, "compare", "none.onnx", "--test-data", ".")


if __name__ == "__main__":
    unittest.main()
