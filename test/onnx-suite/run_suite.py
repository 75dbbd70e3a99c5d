# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles and runs the cases of the ONNX backend suite.

Each case ends in one class: passed; refused, with a numbered error when compiled; WRONG, an answer
that differs; CRASH, a signal or an internal error; TIMEOUT. Exit code 1 if a case is WRONG, CRASH
or TIMEOUT, or if fewer pass than floor.txt says or, with --filter, than --at-least does. An archive of the suite that is not there is
made from the onnx package. docs/onnx-support.md is written with --report and compared with
--check-report.
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
import time

SKIPPED = 77
UNCLEAN = 99  # of a run under a sanitizer that has reported something
HERE = pathlib.Path(__file__).resolve().parent
BAD = "WRONG", "CRASH", "TIMEOUT"
CLASSES = ("passed", "refused", *BAD, "excluded")


def limit_memory():
    """Of this process and those that it starts."""
    if options.memory:  # a driver for GPUs reserves far more than it uses
        resource.setrlimit(resource.RLIMIT_AS, (options.memory << 30, options.memory << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def sinter(case, *arguments):
    """A run of the tool, or None after the time limit; whole networks have 15 times that."""
    limit = options.timeout * (15 if case.group == "light" else 1)
    watched = []
    if options.sanitizer:
        watched = ["compute-sanitizer", "--tool", options.sanitizer, "--error-exitcode", str(UNCLEAN)]
    try:
        result = subprocess.run([*watched, options.sinter, *map(str, arguments)], capture_output=True,
                                text=True, errors="replace", timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return None
    result.watched = " ".join(re.findall("^========= (.*)", result.stdout, re.M))
    result.stdout = re.sub("^=========.*\n", "", result.stdout, flags=re.M)
    return result


def failure(result):
    """(class, text) of a comparison that did not succeed."""
    if result is None:
        return "TIMEOUT", "over the time limit"
    error = re.search(r"error\[E(\d{4})\]: ([^\n]*)", result.stderr)
    if result.returncode < 0:
        return "CRASH", f"signal {-result.returncode}"
    if options.sanitizer and result.returncode == UNCLEAN:
        return "CRASH", result.watched[:600]
    if result.returncode == 1 and not error:
        different = [row for row in json.loads(result.stdout)["outputs"] if not row["agrees"]]
        return "WRONG", json.dumps(different[0])
    text = f"E{error[1]}: {error[2]}" if error else result.stderr.strip()[-300:]
    if result.returncode not in (2, 3) or not error:
        return "CRASH", f"exit code {result.returncode}: {text}"
    # From 500 on an error is about the use of what was compiled.
    return ("refused" if result.returncode == 3 and int(error[1]) < 500 else "WRONG"), text


def max_ulp(result):
    """Of the outputs of floating-point numbers, or None."""
    errors = [float(row["max_ulp_error"]) for row in json.loads(result.stdout)["outputs"]
              if re.match("b?float", row["type"])]
    return max(errors, default=None)


def run_case(case):
    """What to add to the row of a case: class, text, max_ulp."""
    if reason := cases.excluded(case.name):
        return {"class": "excluded", "text": reason}
    records = sorted(case.folder.glob("test_data_set_*"))
    if not records:
        return {"class": "WRONG", "text": "there are no test data"}
    worst = None
    for record in records:
        # One process compiles and compares: starting it is much of the time of a small case.
        result = sinter(case, "compare", case.model, "--test-data", record, "--rtol", case.rtol,
                        "--atol", case.atol, "--threads", 1, "--json", "--target", options.target)
        if result is None or result.returncode != 0:
            return dict(zip(("class", "text"), failure(result)))
        found = max_ulp(result)
        worst = found if worst is None else max(worst, found or 0)
    return {"class": "passed", "text": "", "max_ulp": worst}


def timed(case):
    start = time.monotonic()
    return {"case": case.name, "group": case.group, "ops": case.ops, "opset": case.opset,
            **run_case(case), "seconds": round(time.monotonic() - start, 2)}


def run_all(selected):
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for count, row in enumerate(pool.map(timed, selected), 1):
            if row["class"] in BAD or (options.list_failures and row["class"] == "refused"):
                print(f"{row['class']} {row['group']}/{row['case']}: {row['text']}", flush=True)
            if sys.stderr.isatty() and count % 20 == 0:
                print(f"\r{count}/{len(selected)}", end="\r", file=sys.stderr)
            yield row


def conclude(rows, seconds):
    """Prints the summary; the exit code."""
    counts = collections.Counter(row["class"] for row in rows)
    listed = ", ".join(f"{counts[kind]} {kind}" for kind in CLASSES)
    print(f"onnx-suite: {len(rows)} cases: {listed}; {seconds:.0f} s")
    bad = sum(counts[kind] for kind in BAD)
    floor = options.at_least
    if floor is None:
        floor = 0 if options.filter else int((HERE / "floor.txt").read_text().split()[0])
    if counts["passed"] < floor:
        print(f"onnx-suite: {counts['passed']} pass; at least {floor} have to")
    return 1 if bad or counts["passed"] < floor else 0


def main():
    global options, cases
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sinter", required=True, help="the tool")
    parser.add_argument("--target", default="cpu", help="cpu (default) or cuda")
    parser.add_argument("--sanitizer", metavar="TOOL", help="of compute-sanitizer, such as memcheck")
    parser.add_argument("--root", type=pathlib.Path, required=True, help="where the suite is unpacked")
    parser.add_argument("--archive", type=pathlib.Path, help="the suite, packed")
    parser.add_argument("--filter", metavar="REGEX", help="only cases with such a group/name")
    parser.add_argument("--at-least", type=int, metavar="COUNT", help="so many cases have to pass")
    parser.add_argument("--list-failures", action="store_true", help="print refused cases too")
    parser.add_argument("--json", type=pathlib.Path, help="write all results there")
    parser.add_argument("--report", type=pathlib.Path, help="write docs/onnx-support.md there")
    parser.add_argument("--check-report", type=pathlib.Path, help="fail if this page is out of date")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=20, help="seconds a command may run")
    parser.add_argument("--memory", type=int, default=6, help="GiB of address space; 0: no limit")
    options = parser.parse_args()
    try:
        import cases
    except ImportError as error:
        print(f"onnx-suite: SKIPPED: {error}")
        return SKIPPED
    cases.unpack(options.root, options.archive)
    limit_memory()
    selected = [case for case in cases.collect(options.root)
                if not options.filter or re.search(options.filter, f"{case.group}/{case.name}")]
    start = time.monotonic()
    rows = list(run_all(selected))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    if options.report:
        import report
        options.report.write_text(report.render(rows, HERE.parents[1]))
    code = conclude(rows, time.monotonic() - start)
    if options.check_report:
        import report
        new, old = report.render(rows, HERE.parents[1]), options.check_report.read_text()
        if report.without_errors(new) != report.without_errors(old):
            print(f"{options.check_report}: out of date; write it anew with --report")
            return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
