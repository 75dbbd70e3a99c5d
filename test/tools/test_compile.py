# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command line of compile; what compiling does is tested elsewhere."""
import ctypes
import json
import os
import re
import stat
import subprocess
import unittest
import unittest.mock

import numpy as np
import onnx
from onnx import TensorProto, helper
from support import SINTER, ToolTest


class Compile(ToolTest):
    def test_usage(self):
        self.fails("E0500", 2, "compile")
        self.fails("E0500", 2, "compile", "m.onnx")
        self.fails("E0500", 2, "compile", "m.onnx", "-o", "-")
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

    def small_model(self, weights=(1.0, 2.0, 3.0)):
        """y = relu(x) + w, z = -y with x[N,M,3], w[3] an initializer."""
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", None, 3])
        results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "yz"]
        nodes = [helper.make_node("Relu", ["x"], ["r"]), helper.make_node("Add", ["r", "w"], ["y"]),
                 helper.make_node("Neg", ["y"], ["z"])]
        weight = helper.make_tensor("w", TensorProto.FLOAT, [3], weights)
        onnx.save(helper.make_model(helper.make_graph(nodes, "g", [x], results, [weight]),
                                    opset_imports=[helper.make_opsetid("", 21)]), self.path("m.onnx"))

    def compiled(self, *flags):
        """What inspect says of the small model, compiled with the flags."""
        self.small_model()
        self.sinter("compile", "m.onnx", "-o", "m.so", "--quiet", *flags)
        return json.loads(self.sinter("inspect", "m.so", "--json").stdout)

    def test_precision(self):
        self.assertEqual(self.compiled()["precision"], "fp32")
        self.assertEqual(self.compiled("--precision", "fp16")["precision"], "fp16")
        self.assertIn("precision fp16\n", self.sinter("inspect", "m.so").stdout)
        text = self.sinter("compile", "m.onnx", "-o", "m.so", "--precision", "bf16", "--time-report").stderr
        self.assertIn("target cpu, precision bf16\n", text)
        self.fails("E0500", 2, "compile", "m.onnx", "-o", "m.so", "--precision", "fp8")
        text = self.fails("E0313", 2, "compile", "m.onnx", "-o", "m.so", "--precision", "tf32")
        self.assertIn("--target cuda", text)
        self.sinter("compile", "m.onnx", "--target", "cuda", "--emit", "cuda", "--precision", "tf32")

    def test_specialized(self):
        def types(model, kind="inputs"):
            return [f"{value['name']}:{value['type']}" for value in model[kind]]
        self.assertEqual(types(self.compiled()), ["x:float32[N,x.1,3]"])
        self.assertEqual(types(self.compiled("--shape", "x=2x5x3")), ["x:float32[2,5,3]"])
        self.assertEqual(types(self.compiled("--dim", "N=4", "--dim", "x.1=7")), ["x:float32[4,7,3]"])
        self.assertEqual(types(self.compiled("--outputs", "r,y"), "outputs"),
                         ["r:float32[N,x.1,3]", "y:float32[N,x.1,3]"])
        self.assertEqual(types(self.compiled("--overridable", "w")), ["x:float32[N,x.1,3]", "w:float32[3]"])
        limited = self.compiled("--dim", "N=2..8")
        self.assertEqual([(s["lowest"], s.get("highest")) for s in limited["symbols"]], [(2, 8), (0, None)])
        self.assertIn("N", self.fails("E0553", 2, "run", "m.so", "--dim", "N=9"))
        self.sinter("run", "m.so", "--dim", "N=8")

    def test_not_specialized(self):
        self.small_model()
        for number, *flags in [("E0330", "--shape", "q=1"), ("E0330", "--shape", "w=3"),
                               ("E0331", "--shape", "x=2x5"), ("E0332", "--dim", "Q=4"),
                               ("E0333", "--overridable", "q"), ("E0334", "--shape", "x=2x5x4"),
                               ("E0212", "--outputs", "q")]:
            code = 3 if number == "E0212" else 2
            self.fails(number, code, "compile", "m.onnx", "-o", "m.so", *flags)
        text = self.fails("E0330", 2, "compile", "m.onnx", "-o", "m.so", "--dim", "Q=4", "--shape", "q=1")
        self.assertIn("E0332", text)  # all errors in one run
        self.assertIn("N, x.1", text)

    def test_stages(self):
        self.small_model()
        for stage, what in (("import", "graph.relu"), ("simplify", "graph.relu"), ("fuse", "kernel.stage"), ("lower", "define")):
            self.assertIn(what, self.sinter("compile", "m.onnx", "--stop-after", stage).stdout)
        self.assertIn("import, simplify, fuse", self.fails("E0304", 2, "compile", "m.onnx", "-o", "m.so",
                                                           "--stop-after", "nonsense"))
        self.fails("E0300", 2, "compile", "m.onnx", "-o", "m.so", "--dump-stages", "none")
        os.mkdir(self.path("stages"))
        self.sinter("compile", "m.onnx", "-o", "m.so", "--check", "--dump-stages", "stages")
        self.assertEqual(sorted(os.listdir(self.path("stages"))), ["fuse.mlir", "import.mlir", "lower.mlir",
                                                                   "plan.mlir", "simplify.mlir"])
        for emit, what in (("graph", "graph.neg"), ("kernel", "kernel.stage"), ("plan", "kernel_0"),
                           ("llvm", "@sinter_model_query"), ("asm", "sinter_model_query:")):
            self.assertIn(what, self.sinter("compile", "m.onnx", "--emit", emit).stdout)
        plan = self.sinter("compile", "m.onnx", "--emit", "plan").stdout
        for line in ("inputs\n//   x: f32[N,x.1,3] in buffer 0", "outputs\n//   y: f32[N,x.1,3] in buffer 1",
                     "//   N: 0 or more, of inputs", ", weights at 0, ops 0 to", "block main, arena "):
            self.assertIn(line, plan)
        self.assertRegex(plan, r"\n// +0  launch kernel_0 '\w+'  \d+, \d+ -> 1  .*over .*\n")
        self.assertRegex(plan, r"\n// +1  f32\[N,x.1,3\], .* B, output 0, ops 0 to 1\n")
        self.sinter("compile", "m.onnx", "--emit", "obj", "-o", "m.o")
        self.fails("E0302", 2, "compile", "m.onnx", "-o", "m.so", "-march", "pentium")
        self.fails("E0300", 2, "compile", "m.onnx", "-o", "none/m.so")
        os.mkfifo(self.path("pipe"))
        self.fails("E0300", 2, "compile", "m.onnx", "-o", "pipe")
        self.assertTrue(stat.S_ISFIFO(os.stat(self.path("pipe")).st_mode))

    def test_inputs_go_to_the_device_first(self):
        """All at once, also what is needed late; what the device does then is in one piece."""
        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 64]) for name in ("x", "late", "y")]
        nodes = [helper.make_node("MatMul", ["x", "w"], ["a"]), helper.make_node("Softmax", ["a"], ["b"]),
                 helper.make_node("MatMul", ["b", "w"], ["c"]), helper.make_node("Add", ["c", "late"], ["y"])]
        weight = helper.make_tensor("w", TensorProto.FLOAT, [64, 64], np.ones(64 * 64))
        onnx.save(helper.make_model(helper.make_graph(nodes, "g", values[:2], values[2:], [weight]),
                                    opset_imports=[helper.make_opsetid("", 21)]), self.path("m.onnx"))
        plan = self.sinter("compile", "m.onnx", "--target", "cuda", "--emit", "plan").stdout
        ops = [line.split()[2:4] for line in plan.split("block main")[1].splitlines()[1:]]
        self.assertEqual([op[0] if op[0] == "copy" else " ".join(op) for op in ops if op],
                         ["copy", "copy"] + 3 * ["device launch"] + ["copy"])

    def test_marches(self):
        """Vectors of the CPU's width, and no call to a library."""
        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [64, 64]) for name in "xy"]
        nodes = [helper.make_node("Exp", ["x"], ["a"]), helper.make_node("MatMul", ["a", "w"], ["y"])]
        weight = helper.make_tensor("w", TensorProto.FLOAT, [64, 64], np.ones(64 * 64))
        onnx.save(helper.make_model(helper.make_graph(nodes, "g", values[:1], values[1:], [weight]),
                                    opset_imports=[helper.make_opsetid("", 21)]), self.path("m.onnx"))
        for march, registers in (("x86-64-v3", "ymm"), ("x86-64-v4", "zmm"), ("znver4", "zmm"),
                                 ("znver5", "zmm"), ("sapphirerapids", "zmm")):
            text = self.sinter("compile", "m.onnx", "--emit", "asm", "-march", march).stdout
            self.assertTrue(re.search(rf"vfmadd\w+\t.*%{registers}", text), march)
            self.assertFalse(re.search("call.*@PLT", text), march)

    def external(self, weights, *flags):
        """Compiles the small model with other weights, into a folder."""
        self.small_model(weights)
        os.makedirs(self.path("o"), exist_ok=True)
        self.sinter("compile", "m.onnx", "-o", "o/m.so", "--external-weights", "o/m.bin", *flags)

    def test_external_weights(self):
        self.external([1.0, 2.0, 3.0])
        self.assertEqual(sorted(os.listdir(self.path("o"))), ["m.bin", "m.so"])
        shown = json.loads(self.sinter("inspect", "o/m.so", "--json").stdout)
        self.assertEqual((shown["weights_file"], shown["weight_bytes"]), ("m.bin", 64))
        self.assertIn("64 B of weights in m.bin", self.sinter("inspect", "o/m.so").stdout)
        np.save(self.path("x.npy"), -np.ones((2, 1, 3), np.float32))  # relu gives 0
        for folder in "o", "moved":
            if folder != "o":
                os.rename(self.path("o"), self.path(folder))
            for where, model in (".", folder + "/m.so"), (folder, "m.so"):  # with and without a folder
                result = subprocess.run([SINTER, "run", model, "--output-dir", self.path("r"), "--input",
                                         "x=" + self.path("x.npy")], cwd=self.path(where), check=False)
                self.assertEqual(result.returncode, 0)
                got = np.load(self.path("r", "output_0.npy"))
                np.testing.assert_array_equal(got, np.broadcast_to(np.float32([1, 2, 3]), (2, 1, 3)))
        first = [self.read("moved", name) for name in ("m.so", "m.bin")]
        self.assertEqual([len(first[1]), len(first[0]) % 4096], [128, 64])
        self.external([1.0, 2.0, 3.0], "-j1")  # the same bytes again
        self.assertEqual(first, [self.read("o", name) for name in ("m.so", "m.bin")])

    def test_external_weights_of_another_model(self):
        self.external([1.0, 2.0, 3.0])
        whole = self.read("o", "m.bin")
        os.remove(self.path("o", "m.bin"))
        self.assertIn("o/m.bin: the weights of o/m.so", self.fails("E0550", 2, "run", "o/m.so"))
        for cut in whole[:-1], whole[:64], whole[:-64], whole[:5], b"", whole + b"x":
            self.write("o/m.bin", cut)
            self.fails("E0551", 3, "run", "o/m.so")
        for at in range(64, 112):  # each field of the trailer
            self.write("o/m.bin", whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
            self.fails("E0551", 3, "run", "o/m.so")
        self.write("o/m.bin", whole)
        self.sinter("run", "o/m.so")
        os.rename(self.path("o", "m.so"), self.path("first.so"))
        self.external([1.0, 2.0, 4.0])
        os.replace(self.path("first.so"), self.path("o", "m.so"))
        self.assertIn("weights of another model", self.fails("E0551", 3, "run", "o/m.so"))

    def test_external_weights_elsewhere(self):
        self.small_model()
        os.mkdir(self.path("o"))
        for weights in "m.bin", "o/../m.bin", "o/x/m.bin", "/m.bin", "o/m.so", "o/", "./o/../o/m.so":
            self.fails("E0305", 2, "compile", "m.onnx", "-o", "o/m.so", "--external-weights", weights)
        self.sinter("compile", "m.onnx", "-o", "o/m.so", "--external-weights", "./o/../o/m.bin")
        self.sinter("run", "o/m.so")
        self.fails("E0306", 2, "compile", "m.onnx", "-o", "m.o", "--emit", "obj", "--external-weights", "w")
        os.mkdir(self.path("w"))
        self.fails("E0300", 2, "compile", "m.onnx", "-o", "m.so", "--external-weights", "w")
        self.assertFalse(os.path.exists(self.path("m.so")))

    def test_model_is_not_overwritten(self):
        self.small_model()
        model = onnx.load(self.path("m.onnx"))
        body = helper.make_graph([helper.make_node("Constant", [], ["c"], value=helper.make_tensor(
            "c", TensorProto.FLOAT, [3], [4.0, 5.0, 6.0]))], "b", [],
            [helper.make_tensor_value_info("c", TensorProto.FLOAT, [3])])
        model.graph.node.append(helper.make_node("If", ["t"], ["u"], then_branch=body, else_branch=body))
        model.graph.initializer.append(helper.make_tensor("t", TensorProto.BOOL, [], [True]))
        branch = model.graph.node[-1].attribute[0].g.node[0].attribute[0].t
        for tensor, name in (model.graph.initializer[0], "w.data"), (branch, "c.data"):
            self.write(name, np.float32([1, 2, 3]).tobytes())
            tensor.ClearField("float_data")
            tensor.data_location = TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value=name)
        onnx.save(model, self.path("m.onnx"))
        os.symlink("m.onnx", self.path("link"))
        os.link(self.path("m.onnx"), self.path("hard"))
        before = {name: self.read(name) for name in sorted(os.listdir(self.path(".")))}
        for name in before:
            for flags in (("-o", name), ("-o", self.path(name), "--emit", "graph"),
                          ("-o", "m.so", "--external-weights", name)):
                self.assertIn("a file of the model", self.fails("E0300", 2, "compile", "m.onnx", *flags))
        self.assertEqual(before, {name: self.read(name) for name in sorted(os.listdir(self.path(".")))})
        self.sinter("compile", "m.onnx", "-o", "m.so", "--external-weights", "w.bin")
        self.sinter("compile", "m.onnx", "-o", "m.so", "--external-weights", "w.bin")  # over its own
        self.sinter("run", "m.so")

    def test_cuda(self):
        self.small_model()
        text = self.sinter("compile", "m.onnx", "--target", "cuda", "--emit", "cuda").stdout
        self.assertIn('extern "C" __global__', text)
        self.fails("E0500", 2, "compile", "m.onnx", "--emit", "cuda")
        self.fails("E0312", 2, "compile", "m.onnx", "-o", "m.so", "--target", "cuda", "-march", "sm_75")

    def test_cuda_without_driver(self):
        self.small_model()
        try:
            ctypes.CDLL("libnvrtc.so.13")
        except OSError:
            self.skipTest("compiling for a GPU: there is no NVRTC")
        self.sinter("compile", "m.onnx", "-o", "m.so", "--target", "cuda")
        shown = self.sinter("inspect", "m.so").stdout
        for what in ("device launch", "copy host to device", "copy device to host", "sm_90a"):
            self.assertIn(what, shown)
        # A driver that cannot be loaded, also where there is a good one.
        with open(self.path("libcuda.so.1"), "w", encoding="utf-8") as file:
            file.write("no library")
        with unittest.mock.patch.dict(os.environ, {"LD_LIBRARY_PATH": self.path(".")}):
            text = self.fails("E0552", 3, "run", "m.so")
        self.assertIn("there is no NVIDIA driver", text)

    def test_no_model(self):
        self.fails("E0100", 2, "compile", "none.onnx", "-o", "m.so", "-march", "x86-64-v3", "-O2")
        self.assertFalse(os.path.exists(self.path("m.so")))
        shown = json.loads(self.sinter("compile", "none.onnx", "-o", "m.so", "--json",
                                       code=2).stdout)
        self.assertEqual((shown["done"], shown["errors"][0]["number"]), (False, "E0100"))
        self.fails("E0100", 2, "compare", "none.onnx", "--test-data", ".")


if __name__ == "__main__":
    unittest.main()
