# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Proves that each lint accepts what is right and refuses what is wrong."""
import os
import subprocess
import sys
import tempfile
import unittest

LINTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "lint")
LICENSE = "// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception\n"


def run(lint, tree):
    """Runs a lint on a tree {path: text}; returns its exit code and what it printed."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in tree.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        script = os.path.join(LINTS, lint + ".py")
        done = subprocess.run([sys.executable, "-B", script, root], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


class LintTest(unittest.TestCase):
    def accepts(self, lint, tree):
        self.assertEqual(run(lint, tree)[0], 0, run(lint, tree)[1])

    def refuses(self, lint, tree, row):
        code, output = run(lint, tree)
        self.assertEqual(code, 1, output)
        self.assertIn(row, output.splitlines())


class Layers(LintTest):
    def include(self, path, text, **more):
        return {path: f'#include "{text}"\n', **more}

    def test_accepts_downward(self):
        self.accepts("layers", self.include("passes/graph/A.cpp", "dialects/graph/B.h"))
        self.accepts("layers", self.include("passes/graph/A.cpp", "mlir/IR/Value.h"))
        self.accepts("layers", self.include("dialects/graph/A.cpp", "runtime/src/ops/Math.h"))
        self.accepts("layers", self.include("codegen/cpu/A.cpp", "codegen/Backend.h"))
        abi = {"runtime/include/sinter/abi.h": ""}
        self.accepts("layers", {"codegen/cpu/A.cpp": "#include <sinter/abi.h>\n", **abi})

    def test_refuses_upward_and_sideways(self):
        for path, text in [
                ("dialects/graph/A.cpp", "passes/graph/B.h"),
                ("passes/graph/A.cpp", "codegen/Backend.h"),
                ("codegen/cpu/A.cpp", "passes/graph/B.h"),
                ("codegen/cpu/A.cpp", "codegen/cuda/B.h"),
                ("codegen/A.cpp", "codegen/cpu/B.h"),
                ("runtime/src/A.cpp", "dialects/graph/B.h"),
                ("dialects/graph/A.cpp", "runtime/src/Pool.h")]:
            layer = "codegen/cpu" if path.startswith("codegen/cpu") else path.split("/")[0]
            row = f"{path}:1: {layer} may not include {text}"
            self.refuses("layers", self.include(path, text), row)

    def test_refuses_llvm_where_it_must_not_be(self):
        for path, layer in [("runtime/src/A.cpp", "runtime"),
                            ("compiler/include/sinter/A.h", "compiler/include")]:
            row = f"{path}:1: {layer} may not include LLVM and MLIR"
            self.refuses("layers", self.include(path, "llvm/ADT/Twine.h"), row)

    def test_refuses_through_an_include_folder(self):
        tree = self.include("dialects/A.h", "sinter/runtime.h")
        tree["runtime/include/sinter/runtime.h"] = ""
        row = "dialects/A.h:1: dialects may not include runtime/include/sinter/runtime.h"
        self.refuses("layers", tree, row)


class Sizes(LintTest):
    HEAD, LINE, TAIL = "namespace n {\nint f(int a) const {\n", "  g('}', \"{\"); // {\n", "}\n}\n"
    LONG = HEAD + LINE * 59 + TAIL

    def test_files(self):
        self.accepts("sizes", {"a.cpp": "int a;\n" * 800})
        self.refuses("sizes", {"a.cpp": "int a;\n" * 801}, "a.cpp:1: 801 lines; at most 800")
        self.assertIn("note: a.cpp has 401 lines", run("sizes", {"a.cpp": "int a;\n" * 401})[1])

    def test_functions(self):
        self.accepts("sizes", {"a.cpp": self.HEAD + self.LINE * 58 + self.TAIL})
        self.refuses("sizes", {"a.cpp": self.LONG}, "a.cpp:2: f has 61 lines; at most 60")
        constructor = self.LONG.replace("int f(int a) const", "A::A(int b) : a(b)")
        self.refuses("sizes", {"a.h": constructor}, "a.h:2: A::A has 61 lines; at most 60")

    def test_long_things_that_are_no_functions(self):
        body = " {\n" + "  int a = f();\n" * 70 + "};\n"
        for head in ["namespace a", "struct B", "class C : public D<int>", "int e[] =", "enum F"]:
            self.accepts("sizes", {"a.cpp": head + body})

    def test_exceptions(self):
        allow = "tools/lint/sizes.allow"
        self.accepts("sizes", {"a.cpp": self.LONG, allow: "a.cpp:f: one table\n"})
        self.refuses("sizes", {"a.cpp": "", allow: "a.cpp:f: one table\n"},
                     f"{allow}:1: a.cpp:f is malformed, or needs no exception")
        self.refuses("sizes", {"a.cpp": self.LONG, allow: "a.cpp:f:\n"},
                     "a.cpp:2: f has 61 lines; at most 60")


class Names(LintTest):
    PASS = {"passes/graph/FuseRows.cpp": "", "test/passes/graph/fuse-rows.mlir": "",
            "passes/graph/Passes.td": 'def FuseRows : Pass<"fuse-rows"> {}'}
    OP = {"dialects/graph/ops/LSTMCell.td": "", "dialects/graph/ops/LSTMCell.cpp": "",
          "test/ops/lstm-cell.mlir": ""}

    def without(self, tree, path):
        return {key: text for key, text in tree.items() if key != path}

    def test_accepts(self):
        self.accepts("names", {**self.PASS, **self.OP})
        self.assertIn("note: LSTMCell: 3 files", run("names", self.OP)[1])

    def test_passes(self):
        source = "passes/graph/FuseRows.cpp:1: "
        self.refuses("names", self.without(self.PASS, "test/passes/graph/fuse-rows.mlir"),
                     source + "its test test/passes/graph/fuse-rows.mlir is missing")
        self.refuses("names", {**self.PASS, "passes/graph/Passes.td": 'def FuseRows : Pass<"f">'},
                     source + 'passes/graph/Passes.td has no `def FuseRows` with flag "fuse-rows"')

    def test_ops(self):
        source = "dialects/graph/ops/LSTMCell"
        self.refuses("names", self.without(self.OP, "test/ops/lstm-cell.mlir"),
                     source + ".td:1: its test test/ops/lstm-cell.mlir is missing")
        self.refuses("names", self.without(self.OP, source + ".td"),
                     f"{source}.cpp:1: {source}.td is missing")


class Checks(LintTest):
    RUN = "// RUN: sinter-opt %s | FileCheck %s -check-prefixes=CHECK,GPU\n"
    BAD = "not a FileCheck directive: a colon missing or the suffix unknown"

    def test_accepts(self):
        good = "// CHECK: a\n// CHECK-NEXT: b\n  // GPU-COUNT-2: c\n// CHECKED by hand\n"
        self.accepts("checks", {"test/a.mlir": self.RUN + good, "test/Inputs/b.mlir": ""})

    def test_refuses(self):
        for line in ["// CHECK a", "// CHECK-NEXT a", "// GPU-NXT: a", "//CHECK-DAG a"]:
            self.refuses("checks", {"test/a.mlir": self.RUN + line}, "test/a.mlir:2: " + self.BAD)
        self.refuses("checks", {"test/a.mlir": "// CHECK: a\n"},
                     "test/a.mlir:1: no RUN line, so nothing is tested")


class Docs(LintTest):
    def test_paths(self):
        text = "`tools/check --asan` [x](docs/a.md#b) [y](https://a.b/c) `a/b` `passes/<Name>.cpp`\n"
        good = {"README.md": text, "docs/a.md": "[up](../README.md)\n", "tools/check": ""}
        self.accepts("docs", good)
        self.refuses("docs", {"README.md": "\n`tools/check`\n"},
                     "README.md:2: tools/check does not exist")
        self.refuses("docs", {"docs/a.md": "[x](b.md)\n"}, "docs/a.md:1: docs/b.md does not exist")

    def test_lengths(self):
        self.accepts("docs", {"README.md": "a\n" * 60, "tools/README.md": "a\n" * 30})
        self.refuses("docs", {"README.md": "a\n" * 61}, "README.md:1: 61 lines; at most 60")
        self.refuses("docs", {"tools/README.md": "a\n" * 31},
                     "tools/README.md:1: 31 lines; at most 30")


class Headers(LintTest):
    def test_license(self):
        self.accepts("headers", {"a.cpp": LICENSE, "b.py": "#!x\n#" + LICENSE[2:], "c.md": ""})
        for path in ["a.cpp", "a.td", "a.py", "a.h"]:
            self.refuses("headers", {path: "\n" + LICENSE},
                         f"{path}:1: the first line must say {LICENSE[3:].strip()}")

    def test_machine_paths(self):
        self.accepts("headers", {"a.md": "/usr/lib docs/work/a https://a.b/work/\n"})
        self.refuses("headers", {"a.md": "\nsee /" + "work/a\n"},
                     "a.md:2: names a path of one machine")


class Ranges(LintTest):
    def test_temporaries(self):
        self.accepts("ranges", {"a.cpp": "for (int x : *named)\n;for (int x : call())\n;"
                                         "for (int i = 0; i < *f(); ++i)\n;"})
        for loop in "for (int x : *call())", "for (auto [a, b] :\n     *A::call(1))":
            self.refuses("ranges", {"a.cpp": "\n" + loop + "\n"},
                         f"a.cpp:{2 + loop.count(chr(10))}: a loop over a part of a temporary: give the "
                         "result of the call a name")


class Format(LintTest):
    def test_format(self):
        style = {".clang-format": "BasedOnStyle: LLVM\n"}
        self.accepts("format", {"a.cpp": "int x = 1;\n", **style})
        self.refuses("format", {"a/b.h": "int f();\nint  x=1;\n", **style},
                     "a/b.h:2: is not formatted: run tools/lint/format.py --fix")


class Comments(LintTest):
    PATH = "compiler/include/sinter/A.h"

    def test_comments(self):
        head = "#pragma once\n\nnamespace sinter {\n\n"
        good = head + "/// One.\nint f(int x,\n\n      int y);\nint g();\n\n/// Two.\nstruct A {\n\n  int x;\n};\n\n} // namespace sinter\n"
        self.accepts("comments", {self.PATH: good, "passes/A.h": "int f();\n"})
        for bad in "int f();", "struct A {\n  int x;\n};", "enum class E { a };":
            self.refuses("comments", {self.PATH: head + bad + "\n"},
                         f"{self.PATH}:5: '{bad.splitlines()[0]}' has no comment")
        path = "runtime/include/sinter/a.h"
        struct = ("// One.\ntypedef struct a {\n  // In bytes,\n  // as said.\n  int b;\n  int c; // one\n"
                  "         // more\n  int (*d)(int e,\n           int f); // two\n} a;\n")
        self.accepts("comments", {path: struct, self.PATH: struct.replace("// one", "//")})
        for old, new, member, line in (("// one", "//", "int c;", 6), ("// two", "", "int (*d)(int e,", 8),
                                       ("  // In bytes,\n  // as said.\n", "", "int b;", 3)):
            self.refuses("comments", {path: struct.replace(old, new)},
                         f"{path}:{line}: the member '{member}' has no comment")
        self.refuses("comments", {self.PATH: good.replace("/// Two.\n", "")},
                     f"{self.PATH}:11: 'struct A {{' has no comment")


if __name__ == "__main__":
    unittest.main()
