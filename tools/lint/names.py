# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that names derive from the source.

passes/<folder>/<Name>.cpp       a `def <Name>` with flag <kebab> in that folder's Passes.td,
                                 and test/passes/<folder>/<kebab>.mlir
dialects/graph/ops/<Op>.td|.cpp  the .td is there, and test/ops/<kebab>.mlir
"""
import posixpath
import re

import common

OPS = "dialects/graph/ops"


def check_passes(root):
    for path in common.files(root, (".cpp",), "passes"):
        folder, leaf = posixpath.split(path)
        name, table = leaf[:-len(".cpp")], folder + "/Passes.td"
        text = common.read(root, table) if common.exists(root, table) else ""
        pattern = rf'\bdef\s+{name}\b[^"]*"{common.kebab(name)}"'
        if not re.search(pattern, text):
            yield path, 1, f'{table} has no `def {name}` with flag "{common.kebab(name)}"'
        test = f"test/{folder}/{common.kebab(name)}.mlir"
        if not common.exists(root, test):
            yield path, 1, f"its test {test} is missing"


def check_ops(root):
    paths = common.files(root, (".td", ".cpp"), OPS)
    for name in sorted({posixpath.basename(path).split(".")[0] for path in paths}):
        source, test = f"{OPS}/{name}", f"test/ops/{common.kebab(name)}.mlir"
        wanted = [source + ".td", source + ".cpp", test]
        present = [path for path in wanted if common.exists(root, path)]
        print(f"note: {name}: {len(present)} files")
        if wanted[0] not in present:
            yield source + ".cpp", 1, f"{wanted[0]} is missing"
        if test not in present:
            yield present[0], 1, f"its test {test} is missing"


def check(root):
    yield from check_passes(root)
    yield from check_ops(root)


if __name__ == "__main__":
    common.main(check)
