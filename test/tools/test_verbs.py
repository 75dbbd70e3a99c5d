# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""run, bench, inspect, targets and the command line as such."""
import json
import os
import re
import unittest
import unittest.mock

import numpy as np
import onnx
from onnx import TensorProto, helper
from support import FAKE, ToolTest


class CommandLine(ToolTest):
    def test_usage(self):
        self.assertRegex(self.sinter("--version").stdout, r"^sinter \d+\.\d+\.\d+\n$")
        self.assertIn("Usage: sinter", self.sinter("--help").stdout)
        self.fails("E0500", 2)
        self.assertIn("'frobnicate'", self.fails("E0500", 2, "frobnicate"))
        self.assertIn("sinter run --help", self.fails("E0500", 2, "run"))
        self.fails("E0500", 2, "run", FAKE, "--no-such-flag")
        self.fails("E0500", 2, "bench", FAKE, "--iters", "0")

    def test_lines_fit(self):
        for verb in "run", "bench", "compare", "inspect", "targets":
            for line in self.sinter(verb, "--help").stdout.splitlines():
                self.assertLessEqual(len(line), 80, line)
        for line in self.sinter("targets").stdout.splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_control_characters_are_shown(self):
        text = self.fails("E0503", 2, "run", FAKE, "--input", "\x1b[31m=x.npy")
        self.assertNotIn("\x1b", text)


class Run(ToolTest):
    def test_summary(self):
        result = self.fake("--dim", "N=2", "--dim", "M=2")
        self.assertRegex(result.stdout, r"^y  float32\[2,4\]\n  \S+ .*\.\.\.\n  min .* max .* mean ")
        self.assertIn("random input (seed 0): a, b", result.stderr)
        self.assertEqual(self.fake("--quiet").stderr, "")

    def test_sizes_not_given(self):
        result = self.fake()
        self.assertIn("N = 1, M = 1", result.stderr)
        self.assertIn("float32[1,4]", result.stdout)

    def test_seed_decides(self):
        def output(*more):
            self.fake("--dim", "N=64", "--dim", "M=64", "--output-dir", "o", *more)
            return np.load(self.path("o", "output_0.npy"))
        first = output("--seed", "5")
        np.testing.assert_array_equal(first, output("--seed", "5", "--threads", "3"))
        self.assertTrue((first != output("--seed", "6")).any())
        spread = np.std(first / [2, 4, 6, 8])
        self.assertTrue(1.1 < spread < 1.7, spread)  # the sum of two N(0, 1)

    def test_output_directory(self):
        self.fake("--output-dir", "deep/er")
        with open(self.path("deep", "er", "outputs.json"), encoding="utf-8") as file:
            listed = json.load(file)
        self.assertEqual(listed, [{"name": "y", "type": "float32", "shape": [1, 4],
                                   "file": "output_0.npy"}])
        self.assertEqual(sorted(os.listdir(self.path("deep", "er"))),
                         ["output_0.npy", "outputs.json"])

    def test_output_directory_is_a_file(self):
        path = self.write("file", b"")
        self.fails("E0507", 2, "run", FAKE, "--output-dir", path)

    def test_bad_input_names(self):
        self.write("x.npy", b"")
        self.fails("E0502", 2, "run", FAKE, "--input", "x.npy")
        self.fails("E0502", 2, "run", FAKE, "--dim", "N=x")
        self.assertIn("a, b", self.fails("E0503", 2, "run", FAKE, "--input", "c=x.npy"))
        self.fails("E0503", 2, "run", FAKE, "--input", "@2=x.npy")
        self.fails("E0504", 2, "run", FAKE, "--input", "a=x.raw", "--input", "@0=x.raw")
        self.fails("E0505", 2, "run", FAKE, "--dim", "K=2")
        self.fails("E0543", 2, "run", FAKE, "--dim", "M=1000000000000000")
        self.fails("E0543", 2, "run", FAKE, "--dim", "M=9000000000000000000")

    def test_bad_models(self):
        self.fails("E0550", 2, "run", "none.so")
        self.fails("E0551", 3, "run", self.write("x.so", b"\x7fELF"))
        with open(FAKE, "rb") as file:
            cut = self.write("cut.so", file.read()[:-100])
        self.fails("E0551", 3, "run", cut)
        self.fails("E0553", 2, "run", FAKE, "--dim", "N=2")

    def test_a_size_that_cannot_be(self):
        """The node that makes it is named."""
        x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, None, 8]) for name in "xy")
        nodes = [helper.make_node("Relu", ["x"], ["a"], name="first"),
                 helper.make_node("Conv", ["a", "w"], ["b"], name="narrow"),
                 helper.make_node("Exp", ["b"], ["y"], name="last")]
        weight = helper.make_tensor("w", TensorProto.FLOAT, [1, 1, 5, 1], np.ones(5))
        onnx.save(helper.make_model(helper.make_graph(nodes, "g", [x], [y], [weight]),
                                    opset_imports=[helper.make_opsetid("", 21)]), self.path("m.onnx"))
        self.sinter("compile", "m.onnx", "-o", "m.so", "--quiet")
        self.sinter("run", "m.so", "--dim", "x.2=5")
        self.assertIn("the size of the result of 'narrow' is negative: -32",
                      self.fails("E0553", 2, "run", "m.so", "--dim", "x.2=3"))

    def test_kernel_error(self):
        np.save(self.path("a.npy"), np.full((1, 4), 333, np.float32))
        self.fails("E0554", 4, "run", FAKE, "--input", "a=a.npy", "--input", "b=a.npy")


class Bench(ToolTest):
    def test_numbers(self):
        result = self.fake("--iters", "20", "--json", "times.json", "--percentile", "50,99.9",
                           "--threads", "2", verb="bench")
        self.assertRegex(result.stdout, r"^20 runs, 2 threads, inputs and outputs on the host\n  median +\S+ [um]s\n")
        with open(self.path("times.json"), encoding="utf-8") as file:
            times = json.load(file)
        self.assertEqual(times["iterations"], 20)
        self.assertEqual(times["threads"], 2)
        self.assertEqual(times["p50_ms"], times["median_ms"])
        order = [times[k] for k in ("min_ms", "median_ms", "p99.9_ms", "max_ms")]
        self.assertEqual(order, sorted(order))
        self.assertGreater(order[0], 0)

    def test_json_to_standard_output(self):
        result = self.fake("--iters", "3", "--json", "-", "--quiet", verb="bench")
        self.assertIn("median_ms", json.loads(result.stdout))


    def test_device_io(self):
        self.assertIn("the model is not for one", self.fails("E0553", 2, "bench", FAKE, "--device-io", "--iters", "1"))
        with unittest.mock.patch.dict(os.environ, LD_LIBRARY_PATH=os.environ["FAKE_DRIVER"]):
            for flags, where in ((), "host"), (("--device-io",), "device"):
                result = self.sinter("bench", os.environ["DEVICE_MODEL"], "--iters", "3", "--json", "-", *flags)
                self.assertEqual(json.loads(result.stdout)["tensors"], where)

    def test_profile(self):
        result = self.fake("--iters", "5", "--profile", "p.json", "--dim", "N=3", "--dim", "M=3", verb="bench")
        self.assertRegex(result.stdout, r"3 of 3 ops, by time in a run\n +\S+ %  ")
        with open(self.path("p.json"), encoding="utf-8") as file:
            profile = json.load(file)
        self.assertEqual(profile["runs"], 5)
        self.assertEqual([op["kind"] for op in profile["ops"]], ["guard", "launch", "launch"])
        self.assertEqual({op["calls"] for op in profile["ops"]}, {1})
        self.assertAlmostEqual(sum(op["share"] for op in profile["ops"]), 1)
        self.assertGreater(profile["total_us"], 0)
        self.fails("E0507", 2, "bench", FAKE, "--iters", "1", "--profile", "none/p.json")


class Inspect(ToolTest):
    def test_html(self):
        result = self.fake("--html", "m.html", verb="inspect")
        self.assertEqual(result.stdout, "wrote m.html\n")
        with open(self.path("m.html"), encoding="utf-8") as file:
            page = file.read()
        for part in "float32[N,4]", "<h2>blocks</h2>", "a and b differ in rows", "</html>":
            self.assertIn(part, page)
        self.assertNotIn("http", page)  # nothing is loaded from elsewhere
        self.fails("E0507", 2, "inspect", FAKE, "--html", "none/m.html")

    def test_compiled(self):
        model = json.loads(self.fake("--json", verb="inspect").stdout)
        self.assertEqual(model["inputs"], [{"name": "a", "type": "float32[N,4]"},
                                           {"name": "b", "type": "float32[M,4]"}])
        self.assertEqual([s["name"] for s in model["symbols"]], ["N", "M"])
        self.assertEqual((model["kernels"], model["weight_bytes"], model["model_bytes"]),
                         (3, 80, 16))
        self.assertEqual([b["name"] for b in model["blocks"]], ["init", "main"])
        self.assertEqual([o["kind"] for o in model["blocks"][1]["ops"]],
                         ["guard", "launch", "launch"])
        self.assertEqual(model["blocks"][1]["arena"], "N*16")

    def test_onnx(self):
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3])
        y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 3])
        nodes = [helper.make_node("Relu", ["x"], ["t"]), helper.make_node("Relu", ["t"], ["u"]),
                 helper.make_node("Add", ["u", "w"], ["y"])]
        weight = helper.make_tensor("w", TensorProto.FLOAT, [3], [1.0, 2.0, 3.0])
        graph = helper.make_graph(nodes, "g", [x], [y], [weight])
        model = helper.make_model(graph, producer_name="tests")
        onnx.save(model, self.path("m.onnx"))
        shown = json.loads(self.sinter("inspect", "m.onnx", "--json").stdout)
        self.assertEqual(shown["producer"], "tests")
        self.assertEqual(shown["inputs"], [{"name": "x", "type": "float32[N,3]"}])
        self.assertEqual(shown["ops"], {"Relu": 2, "Add": 1})
        self.assertEqual(shown["initializer_bytes"], 12)
        self.assertIn("Relu:2 Add:1", self.sinter("inspect", "m.onnx").stdout)
        self.fails("E0100", 2, "inspect", "none.onnx")
        self.fails("E0103", 3, "inspect", self.write("x.onnx", b"\x3a\x7f"))

    def test_targets(self):
        shown = json.loads(self.sinter("targets", "--json").stdout)
        known = shown["runs_here"] + shown["others"]
        self.assertTrue({"x86-64-v3", "x86-64-v4", "znver4", "sapphirerapids"} <= set(known))
        self.assertEqual(len(known), len(set(known)))
        self.assertTrue({"x86-64", "nehalem", "btver2"}.isdisjoint(known))  # no AVX2: refused by -march
        self.assertIn(shown["host"], shown["runs_here"])
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            flags = re.search(r"^flags\s*:(.*)$", file.read(), re.M)[1].split()
        v4 = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
        self.assertEqual("x86-64-v4" in shown["runs_here"], v4 <= set(flags))
        fp16 = v4 | {"avx512_fp16", "avx512_bf16", "gfni"}
        self.assertEqual("sapphirerapids" in shown["runs_here"], fp16 <= set(flags))
        self.assertIn("znver4", self.sinter("targets").stdout)


if __name__ == "__main__":
    unittest.main()
