#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times Sinter and ONNX Runtime on the same models, in one process and in turns; writes docs/performance.md.

Both get the same inputs and preallocated outputs before the clock starts, and the same number of threads
(ONNX Runtime: intra-op, sequential, all optimisations). A turn is some runs of one of the two; the table
has the medians over all turns, their ratio and that of the minima, which other load hardly moves, the
agreement of the outputs, and the share of the cores' FMA peak, which is measured before and after. Inputs are seeded; a dynamic dim is 1 unless --dim says otherwise.

usage: benchmarks/compare_ort.py [options] [MODEL.onnx | NAME ...]
NAME is a folder of SHARED/data/models (MODELS below if none is given); --graphs NAMES are graphs of
SHARED/data/graphs.tar.xz; --kernels are one kernel each (kernels.py), by family. Installs ONNX Runtime into build/venv, builds the release preset unless --build
names a folder.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import zlib

import common

ROOT = common.ROOT
VENV = ROOT / "build/venv/bin/python3"
ONNXRUNTIME = "1.32.0"
MODELS = [str(ROOT / "test/quickstart/digits.onnx"), "mnist-8", "mlperf-tiny-resnet8", "acasxu-1-1"]


def enter_venv():
    """Goes on in build/venv, with ONNX Runtime in it."""
    if pathlib.Path(sys.prefix) != VENV.parent.parent:
        if not VENV.exists():
            sys.exit("no build/venv: run tools/setup first")
        os.execv(VENV, [str(VENV), *sys.argv])
    try:
        import onnxruntime
        missing = onnxruntime.__version__ != ONNXRUNTIME
    except ImportError:
        missing = True
    if missing:
        print(f"installing onnxruntime {ONNXRUNTIME} into build/venv", file=sys.stderr)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"onnxruntime=={ONNXRUNTIME}"], check=True)
        os.execv(VENV, [str(VENV), *sys.argv])


def make_inputs(path, dims):
    """Input name -> array."""
    import numpy as np
    import onnx
    graph = onnx.load(path, load_external_data=False).graph
    initial, arrays = {tensor.name for tensor in graph.initializer}, {}
    for value in graph.input:
        if value.name in initial:
            continue
        kind = value.type.tensor_type
        shape = [d.dim_value or dims.get(d.dim_param, 1) for d in kind.shape.dim]
        dtype = np.dtype(onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type))
        rng = np.random.Generator(np.random.Philox(zlib.crc32(value.name.encode())))
        if dtype.kind == "f":
            array = rng.standard_normal(shape).astype(dtype)
        elif "mask" in value.name.lower() or dtype.kind == "b":
            array = np.ones(shape, dtype)
        else:
            array = rng.integers(0, 8, shape).astype(dtype)
        arrays[value.name] = np.ascontiguousarray(array)
    return arrays


def count_gflop(path, inputs):
    """Of the Conv, MatMul and Gemm nodes whose shapes are known for these inputs."""
    import numpy as np
    import onnx
    model = onnx.load(path)
    for value in model.graph.input:
        if value.name in inputs:
            for dim, size in zip(value.type.tensor_type.shape.dim, inputs[value.name].shape):
                dim.dim_value = size
    graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    shapes = {t.name: list(t.dims) for t in graph.initializer}
    for value in [*graph.input, *graph.value_info, *graph.output]:
        shapes[value.name] = [d.dim_value for d in value.type.tensor_type.shape.dim]
    total = 0
    for node in graph.node:
        if node.op_type not in ("Conv", "MatMul", "Gemm"):
            continue
        out, a, w = (shapes.get(name, [0]) for name in (node.output[0], *node.input[:2]))
        transposed = any(attribute.name == "transA" and attribute.i for attribute in node.attribute)
        inner = np.prod(w[1:]) if node.op_type == "Conv" else a[0] if transposed else a[-1]
        total += 2 * np.prod(out) * inner
    return float(total) / 1e9


def start_sinter(path, inputs, options, scratch):
    """(function that runs once, its outputs)"""
    artifact = pathlib.Path(scratch) / "model.so"
    done = subprocess.run([options.build / "bin/sinter", "compile", path, "-o", artifact, "--quiet"],
                          capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError((done.stderr or done.stdout).strip().splitlines()[0])
    sys.path.insert(0, str(ROOT / "test/embedding"))
    import run_ctypes
    model = run_ctypes.Runtime(options.build / "lib/libsinter_runtime.so").open(artifact, options.threads)
    run, outputs = model.bind([inputs[name] for name, _, _ in model.inputs])
    return lambda keep=model: run(), dict(zip((name for name, _, _ in model.outputs), outputs))


def start_ort(path, inputs, options):
    import onnxruntime as ort
    config = ort.SessionOptions()
    config.intra_op_num_threads, config.inter_op_num_threads = options.threads, 1
    config.execution_mode, config.log_severity_level = ort.ExecutionMode.ORT_SEQUENTIAL, 3
    session = ort.InferenceSession(str(path), config, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, inputs)))
    binding = session.io_binding()
    for name, array in inputs.items():
        binding.bind_cpu_input(name, array)
    for name, array in outputs.items():
        binding.bind_output(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)
    return lambda keep=session: session.run_with_iobinding(binding), outputs


def turns(runs, options):
    """(median, minimum) in ms of each of the functions `runs`, which take turns."""
    import numpy as np
    clock, times = time.perf_counter, [[] for _ in runs]
    for turn in range(options.turns + 1):
        for run, mine in zip(runs, times):
            end, some = clock() + options.turn_ms / 1e3, []
            while not some or clock() < end:
                begin = clock()
                run()
                some.append((clock() - begin) * 1e3)
            mine.extend(some if turn else [])  # the first turn warms up
    return [(float(np.median(mine)), min(mine)) for mine in times]


def bench(path, options):
    """A row of the table."""
    import numpy as np
    name = path.parent.name if path.name == "model.onnx" else path.stem
    inputs = make_inputs(path, options.dims)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            sinter, ours = start_sinter(path, inputs, options, scratch)
            ort, theirs = start_ort(path, inputs, options)
        except Exception as problem:
            return {"name": name, "problem": str(problem)}
        sinter(), ort()
        error = max(float(np.abs(ours[key].astype(float) - theirs[key]).max() / (np.abs(theirs[key]).max() or 1))
                    for key in theirs)
        (ours_ms, ours_min), (theirs_ms, theirs_min) = turns([sinter, ort], options)
    return {"name": name, "gflop": count_gflop(path, inputs), "ms": ours_ms, "ort": theirs_ms,
            "minima": theirs_min / ours_min, "error": error}


def make_call(folder):
    """A model of one Relu of one element: what is left is the call, most of it Python's."""
    import onnx
    from onnx import helper
    x, y = (helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "call", [x], [y])
    path = pathlib.Path(folder) / "(the call alone).onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def measure_peak():
    with tempfile.TemporaryDirectory() as scratch:
        source, program = ROOT / "benchmarks/fma_peak.cpp", pathlib.Path(scratch) / "fma_peak"
        flags = ["-O2", "-march=native", "-ffp-contract=fast", "-std=c++20"]
        subprocess.run(["clang++-22", *flags, source, "-o", program], check=True)
        return float(subprocess.run([program], check=True, capture_output=True, text=True).stdout)


def table(rows, peak):
    lines = ["| model | MFLOP | Sinter ms | of peak | ORT ms | of peak | ORT / Sinter | of minima | largest error |",
             "|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        if "problem" in row:
            lines.append(f"| {row['name']} | | {row['problem'].replace('|', ' ')} | | | | | | |")
            continue
        share = [f"{100 * row['gflop'] / row[who] * 1e3 / peak:.0f} %" for who in ("ms", "ort")]
        lines.append(f"| {row['name']} | {1e3 * row['gflop']:.3f} | {row['ms']:.4f} | {share[0]} | {row['ort']:.4f} | "
                     f"{share[1]} | {row['ort'] / row['ms']:.2f} | {row['minima']:.2f} | {row['error']:.0e} |")
    return lines


def report(rows, peaks, options):
    import numpy
    cpu = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())[1]
    built = time.strftime("%Y-%m-%d %H:%M", time.gmtime((options.build / "bin/sinter").stat().st_mtime))
    return "\n".join([
        f"{time.strftime('%Y-%m-%d')}, {cpu} ({os.cpu_count()} cores), {options.threads} thread(s). Sinter: "
        f"build/{options.build.name} of {built} UTC, checkout {common.checkout()}. ONNX Runtime {ONNXRUNTIME}, NumPy {numpy.__version__}. FMA peak of one core: "
        f"{peaks[0]:.0f} GFLOP/s before, {peaks[1]:.0f} after. Medians; load average {os.getloadavg()[0]:.1f}.",
        "", *table(rows, max(peaks) * options.threads), ""])


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("models", nargs="*", help="model files or names")
    add("--graphs", type=lambda text: text.split(","), default=[], metavar="NAME,...")
    add("--kernels", action="store_true", help="time kernels, by family")
    add("--shared", type=pathlib.Path, default=ROOT.parent / "shared")
    add("--build", type=pathlib.Path, help="a build folder; default: build/release, built if need be")
    add("--threads", type=int, default=1)
    add("--dim", action="append", default=[], metavar="NAME=SIZE")
    add("--turns", type=int, default=15)
    add("--turn-ms", type=float, default=100)
    add("--write", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args()
    options.dims = {name: int(size) for name, size in (text.split("=") for text in options.dim)}
    return options


def main():
    options = parse()
    enter_venv()
    if not options.build:
        subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=sys.stderr)
        build = ["cmake", "--build", "--preset", "release", "--target", "sinter", "sinter_runtime_shared"]
        subprocess.run(build, cwd=ROOT, check=True, stdout=sys.stderr)
        options.build = ROOT / "build/release"
    options.build = options.build.resolve()
    with tempfile.TemporaryDirectory() as graphs:
        files = [pathlib.Path(model) if model.endswith(".onnx") else options.shared / "data/models" / model / "model.onnx"
                 for model in options.models or ([] if options.graphs or options.kernels else MODELS)]
        if options.kernels:
            import kernels
            files += kernels.write(pathlib.Path(graphs))
        if options.graphs:
            files += common.fill_graphs(options.shared, graphs, options.graphs)
        files.insert(0, make_call(graphs))
        peaks = [measure_peak()]
        rows = [bench(file, options) for file in files if file.exists() or print(f"skipped: {file}", file=sys.stderr)]
        peaks.append(measure_peak())
    text = report(rows, peaks, options)
    print(text)
    if options.write:
        common.write_docs("compare_ort.py", text)


if __name__ == "__main__":
    main()
