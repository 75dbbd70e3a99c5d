# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles and runs the cases of the ONNX backend suite.

Each case ends in one class: passed; refused, with a numbered error when compiled; WRONG, an answer
that differs; CRASH, a signal or an internal error; TIMEOUT. Exit code 1 if a case is WRONG, CRASH
or TIMEOUT, or if fewer pass than floor.txt says. An archive of the suite that is not there is
made from the onnx package. docs/onnx-support.md is written with --report.
"""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
HERE = pathlib.Path(__file__).resolve().parent
BAD = "WRONG", "CRASH", "TIMEOUT"
CLASSES = ("passed", "refused", *BAD, "excluded")


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (options.memory << 30, options.memory << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def sinter(case, *arguments):
    """A run of the tool, or None after the time limit; whole networks have 15 times that."""
    limit = options.timeout * (15 if case.group == "light" else 1)
    try:
        return subprocess.run([options.sinter, *map(str, arguments)], capture_output=True,
                              text=True, errors="replace", timeout=limit, check=False,
                              preexec_fn=limit_memory)
    except subprocess.TimeoutExpired:
        return None


def failure(result, verb):
    """(class, text) of a run that did not succeed."""
    if result is None:
        return "TIMEOUT", f"{verb}: over the time limit"
    error = re.search(r"error\[(E\d{4})\]: ([^\n]*)", result.stderr)
    text = f"{error[1]}: {error[2]}" if error else result.stderr.strip()[-300:]
    if result.returncode < 0:
        return "CRASH", f"{verb}: signal {-result.returncode}"
    if result.returncode not in (1, 2, 3) or (not error and result.returncode != 1):
        return "CRASH", f"{verb}: exit code {result.returncode}: {text}"
    return ("refused" if verb == "compile" else "WRONG"), text


def compare(artifact, folder, case):
    """Nothing if the outputs agree, else (class, text)."""
    result = sinter(case, "compare", artifact, "--test-data", folder, "--rtol", case.rtol,
                    "--atol", case.atol, "--threads", 1)
    if result is not None and result.returncode == 0:
        return None
    kind, text = failure(result, "compare")
    if kind == "WRONG" and result.returncode == 1:
        lines = result.stdout.splitlines()
        first = next((k for k, line in enumerate(lines) if "DIFFER" in line), 0)
        text = " ".join(" ".join(lines[first:first + 4]).split())
    return kind, text


def run_case(case):
    if reason := cases.excluded(case.name):
        return "excluded", reason
    with tempfile.TemporaryDirectory() as scratch:
        artifact = pathlib.Path(scratch) / "model.so"
        compiled = sinter(case, "compile", case.model, "-o", artifact, "--quiet", "-j", 1)
        if compiled is None or compiled.returncode != 0:
            return failure(compiled, "compile")
        records = sorted(case.folder.glob("test_data_set_*"))
        if not records:
            return "WRONG", "there are no test data"
        for record in records:
            if problem := compare(artifact, record, case):
                return problem
    return "passed", ""


def timed(case):
    start = time.monotonic()
    return *run_case(case), round(time.monotonic() - start, 2)


def run_all(selected):
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        outcomes = pool.map(timed, selected)
        for count, (case, (kind, text, seconds)) in enumerate(zip(selected, outcomes), 1):
            if kind in BAD or (options.list_failures and kind == "refused"):
                print(f"{kind} {case.group}/{case.name}: {text}", flush=True)
            if sys.stderr.isatty() and count % 20 == 0:
                print(f"\r{count}/{len(selected)}", end="\r", file=sys.stderr)
            yield {"case": case.name, "group": case.group, "ops": case.ops, "opset": case.opset,
                   "class": kind, "text": text, "seconds": seconds}


def conclude(rows, seconds):
    """Prints the summary; the exit code."""
    counts = collections.Counter(row["class"] for row in rows)
    listed = ", ".join(f"{counts[kind]} {kind}" for kind in CLASSES)
    print(f"onnx-suite: {len(rows)} cases: {listed}; {seconds:.0f} s")
    bad = sum(counts[kind] for kind in BAD)
    if options.filter:
        return 1 if bad else 0
    floor = int((HERE / "floor.txt").read_text().split()[0])
    if counts["passed"] < floor:
        print(f"onnx-suite: {counts['passed']} pass; floor.txt demands {floor}")
    return 1 if bad or counts["passed"] < floor else 0


def main():
    global options, cases
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sinter", required=True, help="the tool")
    parser.add_argument("--root", type=pathlib.Path, required=True, help="where the suite is unpacked")
    parser.add_argument("--archive", type=pathlib.Path, help="the suite, packed")
    parser.add_argument("--filter", metavar="REGEX", help="only cases with such a group/name")
    parser.add_argument("--list-failures", action="store_true", help="print refused cases too")
    parser.add_argument("--json", type=pathlib.Path, help="write all results there")
    parser.add_argument("--report", type=pathlib.Path, help="write docs/onnx-support.md there")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=20, help="seconds a command may run")
    parser.add_argument("--memory", type=int, default=6, help="GiB of address space")
    options = parser.parse_args()
    try:
        import cases
    except ImportError as error:
        print(f"onnx-suite: SKIPPED: {error}")
        return SKIPPED
    cases.unpack(options.root, options.archive)
    selected = [case for case in cases.collect(options.root)
                if not options.filter or re.search(options.filter, f"{case.group}/{case.name}")]
    start = time.monotonic()
    rows = list(run_all(selected))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    if options.report:
        import report
        options.report.write_text(report.render(rows, HERE.parents[1]))
    return conclude(rows, time.monotonic() - start)


if __name__ == "__main__":
    sys.exit(main())
