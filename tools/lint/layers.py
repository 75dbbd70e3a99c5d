# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that includes point downward only. The table below is the rule."""
import posixpath
import re

import common

LLVM = "LLVM and MLIR"
# A folder (the longest match counts) and what its files may include besides their own folder.
LAYERS = {
    "runtime": [],
    "dialects": ["runtime/src/ops", LLVM],
    "passes": ["dialects", LLVM],
    "codegen": ["dialects", "runtime/include/sinter/abi.h", "runtime/src/ops", LLVM],
    "codegen/cpu": ["codegen/*", "dialects", "runtime/include/sinter/abi.h", "runtime/src/ops", LLVM],
    "codegen/cuda": ["codegen/*", "dialects", "runtime/include/sinter/abi.h", "runtime/src/ops", LLVM],
    "compiler/include": ["runtime/include"],
    "compiler": ["compiler/include", "runtime", "dialects", "passes", "codegen", LLVM],
    "tools": ["runtime/include", "dialects", "passes", "codegen", "compiler", LLVM],
    "test": ["runtime", "dialects", "passes", "codegen", "compiler", "tools", LLVM],
    "benchmarks": ["runtime/include", "compiler/include"],
}
INCLUDE_FOLDERS = ["", "runtime/include", "compiler/include", "runtime/src"]
INCLUDE = re.compile(r'^\s*#?\s*include\s*([<"])([^>"]+)[>"]')
EXTERNAL = re.compile(r"^(llvm|llvm-c|mlir|mlir-c|lld|clang)/")


def below(path, folder):
    return path == folder or path.startswith(folder + "/")


def layer_of(path):
    return max((name for name in LAYERS if below(path, name)), key=len, default=None)


def resolve(root, path, text):
    """What an include names: a path of ours, LLVM, or None (the system, generated files)."""
    if EXTERNAL.match(text):
        return LLVM
    for folder in [posixpath.dirname(path)] + INCLUDE_FOLDERS:
        candidate = posixpath.normpath(posixpath.join(folder, text))
        if common.exists(root, candidate):
            return candidate
    return text if layer_of(text) else None


def permits(entry, target):
    if entry.endswith("/*"):
        return posixpath.dirname(target) == entry[:-2]
    return below(target, entry)


def check(root):
    suffixes = common.CPP + (".td", ".in")
    for path in common.files(root, suffixes):
        layer = layer_of(path)
        text = common.read(root, path)
        if layer is None or text is None:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            match = INCLUDE.match(line)
            target = match and resolve(root, path, match[2])
            if not target or (target != LLVM and layer_of(target) == layer):
                continue
            if not any(permits(entry, target) for entry in LAYERS[layer]):
                yield path, number, f"{layer} may not include {target}"


if __name__ == "__main__":
    common.main(check)
