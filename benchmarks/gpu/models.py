# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole models: Sinter against torch, at the same precision, with the same weights.

Contenders: `sinter`; `eager`, the model as torchvision and transformers give it, in a CUDA graph;
`folded`, the same with batch norms folded into convolutions, as in the ONNX graph; `compile`,
torch.compile(mode="reduce-overhead") of the folded model.
"""
import copy
import itertools
import json
import os
import sys
import time

import checking
import clock
import common
import plan
import torch_models
import workers


def artifact_of(name, batch, precision, options):
    return options.scratch / f"{name}.{batch}.{precision}.so"


def compile_sinter(name, batch, precision, options):
    import sinter_model
    flags = [] if options.dynamic else ["--dim", f"batch={batch}"]
    if name == "bert_base" and not options.dynamic:
        flags += ["--dim", f"seq={plan.SEQUENCE}"]
    sinter_model.compile_model(options.graphs[name], artifact_of(name, batch, precision, options), options,
                               "--precision", precision, *flags)


def start_torch(model, precision):
    """The model as torch.compile gives it; its first call compiles."""
    import torch
    torch_models.set_flags(precision)
    torch.backends.cudnn.benchmark = False  # others are at work on the device
    return torch.compile(model, mode="reduce-overhead", dynamic=False)


def record(run):
    """Lets a compiled model record its CUDA graphs, with the algorithms that cuDNN has chosen by now."""
    import torch
    for attempt in range(2):
        try:
            for _ in range(4):
                torch.compiler.cudagraph_mark_step_begin()
                result = run()
            return run, [result]
        except RuntimeError:
            if attempt:
                raise
            torch._dynamo.reset()  # compiles once more, from its caches


class Row:
    """A model at a batch: measures one precision after the other, in a process of its own."""

    def __init__(self, name, batch, precisions, options):
        self.name, self.batch, self.options, self.problems = name, batch, options, {}
        self.compiled = {}
        self.inputs = torch_models.make_inputs(name, batch, clock.device())
        for precision in precisions:
            self.problems[precision] = {}
            self.attempt(precision, "sinter", compile_sinter, name, batch, precision, options)
            if precision in options.compile:
                self.attempt(precision, "compile", self.compile_torch, precision)

    def attempt(self, precision, contender, function, *arguments):
        if contender not in self.options.contenders:
            return
        try:
            function(*arguments)
        except Exception as problem:
            self.problems[precision][contender] = workers.say(problem)

    def compile_torch(self, precision):
        _, model = torch_models.build(self.name, self.options.graphs[self.name])
        model = start_torch(torch_models.place(model, precision, clock.device()), precision)
        torch_models.call(model, self.inputs, torch_models.dtype_of(precision))()
        self.compiled[precision] = model

    def start_sinter(self, precision):
        import sinter_model
        model = sinter_model.start(artifact_of(self.name, self.batch, precision, self.options), self.options)
        tensors = [self.inputs[name].to(dtype) for name, dtype, _ in model.inputs]
        run, outputs = model.bind(tensors)
        return run, outputs

    def starts(self, precision, eager, folded):
        """Name -> function that gives (function to time, its result), of each contender that is there."""
        models, dtype = {"eager": eager, "folded": folded}, torch_models.dtype_of(precision)
        if eager is folded:
            del models["folded"]
        found = {"sinter": lambda: self.start_sinter(precision)}
        for name, model in models.items():
            run = torch_models.call(torch_models.place(model, precision, clock.device()), self.inputs, dtype)
            found[name] = lambda run=run: clock.capture(lambda: [run()])
        if precision in self.compiled:
            found["compile"] = lambda: record(torch_models.call(self.compiled[precision], self.inputs, dtype))
        skipped = self.problems[precision]
        return {name: start for name, start in found.items() if name in self.options.contenders and name not in skipped}

    def __call__(self, precision):
        eager, folded = torch_models.build(self.name, self.options.graphs[self.name])
        expected = torch_models.reference(copy.deepcopy(folded).to(clock.device()), self.inputs)
        torch_models.set_flags(precision)
        checked = checking.check(self.starts(precision, eager, folded), [expected], plan.MODEL_TOLERANCE[precision])
        times = clock.turns(checked.runs, self.options.count)
        return {"us": times, "errors": checked.errors, "problems": {**self.problems[precision], **checked.problems}}


def groups(options):
    """The precisions, so that each process compiles one with torch and has a part of the others."""
    found = [[precision] for precision in options.precisions if precision in options.compile] or [[]]
    rest = [precision for precision in options.precisions if precision not in options.compile]
    for index, precision in enumerate(rest):
        found[index % len(found)].append(precision)
    return found


def measure(options):
    """The rows, what matters most first, until the time is over."""
    os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "2"
    paths = common.fill_graphs(options.shared, options.scratch, [plan.MODELS[name] for name in options.models])
    options.graphs = dict(zip(options.models, paths))
    processes, rows = {}, []
    for group, name, batch in itertools.product(groups(options), options.models, options.batches):
        worker = workers.Worker(Row, name, batch, group, options)
        processes.update({(name, batch, precision): worker for precision in group})
    for precision, name, batch in rows_of(options):
        answer = processes[name, batch, precision].ask(precision, options.end)
        rows.append({"model": name, "batch": batch, "precision": precision, **answer})
        print(f"[{time.monotonic() - options.begin:5.0f} s] {json.dumps(rows[-1])}", file=sys.stderr, flush=True)
        yield rows
    for worker in set(processes.values()):
        worker.stop()


def names(options):
    """What would be measured, a line each."""
    return [f"{name} b{batch} {precision}" for precision, name, batch in rows_of(options)]


def rows_of(options):
    return itertools.product(options.precisions, options.models, options.batches)
