# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the lints share: walking the tree, names, and the way they report."""
import os
import re
import sys

SKIPPED = {"build", ".git", "__pycache__", ".cache", ".venv"}
CPP = (".cpp", ".h", ".hpp", ".c", ".cu")


def files(root, suffixes=("",), under=""):
    """The files below root/under, as sorted '/'-paths relative to root."""
    found = []
    for folder, names, leaves in os.walk(os.path.join(root, under)):
        names[:] = [n for n in names if n not in SKIPPED]
        for leaf in leaves:
            if leaf.endswith(tuple(suffixes)) and leaf not in SKIPPED:
                found.append(os.path.relpath(os.path.join(folder, leaf), root))
    return sorted(path.replace(os.sep, "/") for path in found)


def read(root, path):
    """The text of a file; None for one that is not text."""
    with open(os.path.join(root, path), "rb") as file:
        data = file.read()
    try:
        return None if b"\0" in data else data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def exists(root, path):
    return os.path.exists(os.path.join(root, path))


def kebab(name):
    """FuseElementwise -> fuse-elementwise, LSTMCell -> lstm-cell."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name)
    return re.sub(r"(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def root():
    """The tree to check: the first argument, or the one that holds the lints."""
    here = os.path.dirname(os.path.abspath(__file__))
    return os.path.normpath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", ".."))


def main(check):
    """Runs check(root), which yields (path, line, message); exits 1 if it yields any."""
    rows = list(check(root()))
    for path, line, message in rows:
        print(f"{path}:{line}: {message}")
    sys.exit(1 if rows else 0)
