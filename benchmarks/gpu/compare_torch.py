#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times Sinter and torch on the same models and kernels, on a GPU, in one process and in turns.

usage: benchmarks/gpu/compare_torch.py [models] [families] [options]     both parts if none is named
       benchmarks/gpu/compare_torch.py --read FILE [--read FILE ...] --write

`models`: ResNet-50, MobileNetV2 and BERT-base (sequence of 128) by precision and batch; models.py says
against whom. `families`: kernels against cuBLAS, cuDNN and attention; families.py says how. The results of
both are checked against float64 before they are timed. Times are those of the device, between events around
one run, medians; inputs and outputs are in its memory. fp32 has TF32 off in torch, for matrix products and
convolutions; convolution nets are channels_last there, and cuDNN looks for its best algorithm.

Needs torch, torchvision, transformers, onnx and numpy: those of a machine with a GPU. There this runs in what
tools/gpu-pack has packed; --json keeps what was measured, and --read --write puts it into docs/performance.md
elsewhere. --target cpu tries the comparison without a GPU.
"""
import argparse
import json
import os
import pathlib
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
import common  # noqa: E402
import plan  # noqa: E402
import tables  # noqa: E402

TABLES = {"models": tables.of_models, "families": tables.of_families}  # by part


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = lambda text: text.split(",")
    add = parser.add_argument
    add("parts", nargs="*", metavar="PART", help="models, families")
    add("--build", type=pathlib.Path, default=common.ROOT / "build/release", help="folder with bin and lib")
    add("--shared", type=pathlib.Path, default=common.ROOT.parent / "shared")
    add("--target", choices=["cuda", "cpu"], default="cuda")
    add("--precisions", type=words, default=list(plan.PRECISIONS), metavar="NAME,...")
    add("--models", type=words, default=list(plan.MODELS), metavar="NAME,...")
    add("--batches", type=lambda text: [int(word) for word in text.split(",")], default=[1, 32], metavar="SIZE,...")
    add("--contenders", type=words, default=list(plan.CONTENDERS), metavar="NAME,...", help="of models")
    add("--compile", type=words, default=["fp32", "fp16"], metavar="PRECISION,...", help="torch.compile at these")
    add("--dynamic", action="store_true", help="one artifact for all batches and sequences")
    add("--families", type=words, default=[], metavar="PATTERN,...", help="of 'family case'")
    add("--limit", type=int, help="no size of a kernel above it")
    add("--count", type=int, default=100, help="timed runs of a model")
    add("--kernel-count", type=int, default=30, help="timed runs of a kernel's 20 or more calls")
    add("--budget", type=float, default=560, metavar="SECONDS", help="for each part")
    add("--case-seconds", type=float, default=60, help="for each kernel")
    add("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="models of kernels compiled at once")
    add("--json", type=pathlib.Path, metavar="FILE", help="keep what was measured")
    add("--read", type=pathlib.Path, action="append", default=[], metavar="FILE", help="measure nothing")
    add("--write", action="store_true", help="put the tables into docs/performance.md")
    add("--dry-run", action="store_true", help="only say what would be measured")
    options = parser.parse_args()
    options.parts = options.parts or list(TABLES)
    if unknown := set(options.parts) - set(TABLES):
        parser.error(f"no such part: {' '.join(unknown)}")
    if unknown := set(options.precisions) - set(plan.PRECISIONS):
        parser.error(f"no such precision: {' '.join(unknown)}")
    options.build = options.build.resolve()
    return options


def describe_machine(options):
    import torch
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    built = time.strftime("%Y-%m-%d %H:%M", time.gmtime((options.build / "bin/sinter").stat().st_mtime))
    return (f"{time.strftime('%Y-%m-%d')}, {where}, torch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}. "
            f"Sinter of {built} UTC {common.checkout()}. Medians of "
            f"{options.count} runs of a model, {options.kernel_count} of 20 calls or more of a kernel.")


def measure(options):
    """Part -> rows, and what they were measured on."""
    results = {}
    for part in options.parts:
        options.begin = time.monotonic()
        options.end = options.begin + options.budget
        for rows in __import__(part).measure(options):
            results[part] = rows
            if options.json:
                options.json.write_text(json.dumps(results, indent=1))
    results["machine"] = describe_machine(options)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    return results


def dry_run(options):
    for part in options.parts:
        print("\n".join(__import__(part).names(options)))


def report(results):
    """The tables, under what they were measured on."""
    lines = []
    for result in results:
        lines += [result.get("machine", "Measuring was cut short."), ""]
        for part in TABLES:
            if part in result:
                lines += [*TABLES[part](result[part]), ""]
    return "\n".join(lines)


def main():
    options = parse()
    if options.target == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    if options.dry_run:
        return dry_run(options)
    with tempfile.TemporaryDirectory() as scratch:
        options.scratch = pathlib.Path(scratch)
        results = [json.loads(file.read_text()) for file in options.read] or [measure(options)]
    text = report(results)
    print(text)
    if options.write:
        common.write_docs("compare_torch.py", text)
    return None


if __name__ == "__main__":
    main()
