# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the benchmarks share: the graphs of the test data, the checkout, docs/performance.md."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def fill_graphs(shared, folder, names):
    """The paths of the graphs `names` of SHARED/data/graphs.tar.xz, with weights made up, in `folder`."""
    fill = [sys.executable, shared / "tools/fill_weights.py", shared / "data/graphs.tar.xz"]
    subprocess.run([*fill, folder, *names], check=True, stdout=sys.stderr)
    return [next(pathlib.Path(folder).rglob(name + ".onnx")) for name in names]


def checkout():
    """What git calls the checkout; empty outside of one."""
    git = ["git", "-C", ROOT, "describe", "--always", "--dirty"]
    return subprocess.run(git, capture_output=True, text=True).stdout.strip()


def write_docs(mark, text):
    """Puts the text between the marks of that name in docs/performance.md."""
    path = ROOT / "docs/performance.md"
    begin, end = f"<!-- begin: {mark} -->\n", f"<!-- end: {mark} -->"
    head, _, rest = path.read_text().partition(begin)
    _, found, tail = rest.partition(end)
    if not found:
        sys.exit(f"{path} has lost its marks of {mark}")
    path.write_text(f"{head}{begin}{text}{end}{tail}")
