# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention of 16 bits, in the forms that models write it, against float64."""
import argparse
import pathlib
import tempfile
import unittest

import agreement

try:
    import numpy
    from onnx import TensorProto, helper, numpy_helper, save
except ImportError:
    pass  # agreement.missing says so

options = None

# Of the norm of differences by that of what is expected: the rounding of powers and of results.
TOLERANCE = {"f16": 3e-3, "bf16": 1e-2}
TYPES = {"f16": TensorProto.FLOAT16, "bf16": TensorProto.BFLOAT16} if not agreement.missing else {}
LOWEST = -3.4028234663852886e38

# Width of a head, queries, keys.
SIZES = [(64, 128, 128), (64, 1, 1), (64, 77, 77), (64, 197, 197), (64, 512, 512), (64, 1, 333), (64, 130, 40),
         (16, 128, 128), (32, 100, 50), (80, 77, 200), (96, 64, 64), (128, 197, 197), (128, 1024, 1024),
         (256, 70, 130), (72, 33, 65), (20, 40, 24), (64, 5, 0)]
FEW_SIZES = [(64, 128, 128), (64, 30, 77), (64, 1, 77), (128, 70, 70), (20, 40, 24), (64, 5, 0)]


def softmax(scores):
    """Of the last axis; zeros where all is -infinity."""
    if scores.shape[-1] == 0:
        return scores
    with numpy.errstate(invalid="ignore"):
        powers = numpy.exp(scores - scores.max(-1, keepdims=True))
    powers = numpy.where(numpy.isnan(powers), 0, powers)
    sums = powers.sum(-1, keepdims=True)
    return powers / numpy.where(sums == 0, 1, sums)


def attention(q, k, v, change=lambda scores: scores, scale=None):
    """Of batch x heads x length x width; fewer heads of keys serve several queries each."""
    q, k, v = (array.astype(float) for array in (q, k, v))
    k, v = (array.repeat(q.shape[1] // array.shape[1], 1) for array in (k, v))
    scores = q @ k.swapaxes(2, 3) * (q.shape[3] ** -0.5 if scale is None else scale)
    return softmax(change(scores)) @ v


def joined(heads):
    """batch x length x (heads * width)."""
    turned = heads.swapaxes(1, 2)
    return turned.reshape(*turned.shape[:2], heads.shape[1] * heads.shape[3])


class Attention(agreement.AgreementTest):
    def setUp(self):
        self.start(options.sinter)
        self.sanitizer = options.sanitizer
        self.random = numpy.random.default_rng(7)

    def compile(self, kind, nodes, shapes, types=None, constants=()):
        """An artifact of nodes that give y; inputs have the type, but those in `types`."""
        model, artifact = self.scratch / "model.onnx", self.scratch / "model.so"
        values = [helper.make_tensor_value_info(name, (types or {}).get(name, TYPES[kind]), shape)
                  for name, shape in shapes.items()]
        graph = helper.make_graph(nodes, "attention", values, [helper.make_empty_tensor_value_info("y")],
                                  [numpy_helper.from_array(array, name) for name, array in constants])
        save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10), model)
        compiled = agreement.run(self.sinter, "compile", model, "-o", artifact, "--target", options.target, "--quiet")
        self.assertEqual(compiled.returncode, 0, compiled.stderr)
        return artifact

    def check(self, kind, artifact, inputs, expected, types=None):
        data = pathlib.Path(tempfile.mkdtemp(dir=self.scratch))
        for index, (name, array) in enumerate(inputs.items()):
            write_tensor(data / f"input_{index}.pb", array, (types or {}).get(name, TYPES[kind]))
        write_tensor(data / "output_0.pb", expected, TYPES[kind])
        row = self.compare_one(artifact, "--test-data", data)
        self.assertEqual(row["wrong"], 0, row.get("first_wrong"))
        error = float(row["frobenius_error"])
        if options.verbose:
            print(f"  {self.id().split('.')[-1]} {kind} {list(next(iter(inputs.values())).shape)}: {error:.1e}")
        self.assertLess(error, TOLERANCE[kind])

    def few(self, many, few):
        """The sizes of cases: few where they take long."""
        return few if options.target == "cpu" or options.sanitizer else many

    def heads(self, heads, width, change=(), scores="scaled", finish=()):
        """Nodes from rows of all heads beside each other, in the way of BERT; `change` makes `scores`, `finish` kept
        `weights`."""
        constants = [("split", numpy.array([0, 0, heads, width])), ("join", numpy.array([0, 0, heads * width]))]
        nodes = []
        for name, order in ("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3]):
            nodes += [helper.make_node("Reshape", [name, "split"], [name + "4"]),
                      helper.make_node("Transpose", [name + "4"], [name + "t"], perm=order)]
        nodes += [helper.make_node("MatMul", ["qt", "kt"], ["products"]),
                  helper.make_node("Div", ["products", "root"], ["scaled"]), *change,
                  helper.make_node("Softmax", [scores], ["weights"], axis=-1)]
        if scores != "scaled" and not finish:
            finish = [helper.make_node("CastLike", ["weights", "q"], ["kept"])]
        nodes += [*finish, helper.make_node("MatMul", ["kept" if finish else "weights", "vt"], ["sums"]),
                  helper.make_node("Transpose", ["sums"], ["turned"], perm=[0, 2, 1, 3]),
                  helper.make_node("Reshape", ["turned", "join"], ["y"])]
        nodes.insert(0, helper.make_node("CastLike", ["root_f32", "q"], ["root"]))
        return nodes, [*constants, ("root_f32", numpy.array(width ** 0.5, numpy.float32))]

    def operands(self, kind, batch, heads, width, queries, keys):
        return {name: self.rounded(kind, batch, heads, length, width)
                for name, length in (("q", queries), ("k", keys), ("v", keys))}

    def test_heads(self):
        """All sizes, known ones and symbols; the latter of one artifact for each width."""
        for kind in options.types:
            for width, queries, keys in self.few(SIZES, FEW_SIZES):
                for symbols in (False, True):
                    with self.subTest(kind=kind, width=width, queries=queries, keys=keys, symbols=symbols):
                        heads = self.operands(kind, 2, 3, width, queries, keys)
                        inputs = {name: joined(array) for name, array in heads.items()}
                        shapes = {name: ["b", "s" if name == "q" else "t", 3 * width] if symbols else array.shape
                                  for name, array in inputs.items()}
                        nodes, constants = self.heads(3, width)
                        artifact = self.compile(kind, nodes, shapes, constants=constants)
                        root = float(numpy.array(width ** 0.5, numpy.float16 if kind == "f16" else numpy.float32))
                        if kind == "bf16":
                            root = float(to_bf16(root))
                        self.check(kind, artifact, inputs, joined(attention(**heads, scale=1 / root)))

    def test_symbols(self):
        """One artifact for many sizes."""
        for kind in options.types:
            nodes, constants = self.heads(2, 64)
            artifact = self.compile(kind, nodes, {name: ["b", "s", 128] for name in "qkv"}, constants=constants)
            for batch, length in self.few(((1, 1), (5, 7), (2, 64), (1, 65), (3, 300), (64, 128)), ((1, 1), (3, 65))):
                with self.subTest(kind=kind, batch=batch, length=length):
                    heads = self.operands(kind, batch, 2, 64, length, length)
                    inputs = {name: joined(array) for name, array in heads.items()}
                    self.check(kind, artifact, inputs, joined(attention(**heads)))

    def test_masks(self):
        """What is added to scores or replaces them: for keys alone, or for all pairs, in f32 or 16 bits."""
        for kind in options.types:
            for form in "keys", "pairs", "f32", "far", "where":
                for length in self.few((77, 128, 200), (77,)):
                    with self.subTest(kind=kind, form=form, length=length):
                        heads = self.operands(kind, 2, 3, 64, length, length)
                        shape = (1, 3, length, length) if form in ("pairs", "where") else (2, 1, 1, length)
                        hidden = self.random.random(shape) < 0.3
                        mask = self.rounded(kind, *shape) + numpy.where(hidden, -20000, 0).astype(numpy.float32)
                        mask = mask if kind == "bf16" else mask.astype(numpy.float16).astype(numpy.float32)
                        mask = mask if kind == "f16" else to_bf16(mask)
                        types, scores = {}, "masked"
                        change = [helper.make_node("Add", ["scaled", "mask"], ["masked"])]
                        if form in ("f32", "far"):
                            # All keys of one element of the batch are hidden alike: they count the same.
                            hidden[0] = True
                            mask = numpy.where(hidden, LOWEST if form == "f32" else -1e9, 0).astype(numpy.float32)
                            types["mask"], scores = TensorProto.FLOAT, "summed"
                            change = [helper.make_node("Cast", ["scaled"], ["wide"], to=TensorProto.FLOAT),
                                      helper.make_node("Add", ["wide", "mask"], ["summed"])]
                        if form == "where":
                            types["mask"] = TensorProto.BOOL
                            change = [helper.make_node("CastLike", ["least", "q"], ["never"]),
                                      helper.make_node("Where", ["mask", "never", "scaled"], ["masked"])]
                        nodes, constants = self.heads(3, 64, change, scores)
                        constants.append(("least", numpy.array(-60000, numpy.float32)))
                        inputs = {name: joined(array) for name, array in heads.items()}
                        inputs["mask"] = hidden if form == "where" else mask
                        artifact = self.compile(kind, nodes, {name: array.shape for name, array in inputs.items()},
                                                types, constants)
                        expected = attention(**heads, change=lambda scores: (
                            numpy.where(hidden, -60000.0, scores) if form == "where"
                            else (scores + mask).astype(numpy.float32).astype(float)))
                        self.check(kind, artifact, inputs, joined(expected), types)

    def test_nothing_shown(self):
        """Rows in which all is hidden are NaN, or 0 where the model says so."""
        for kind in options.types:
            for clears in (False, True):
                for length in self.few((77, 200), (77,)):
                    with self.subTest(kind=kind, clears=clears, length=length):
                        heads = self.operands(kind, 2, 3, 64, length, length)
                        hidden = self.random.random((2, 1, length, length)) < 0.3
                        hidden[0, 0, 5] = hidden[1, 0, 70:] = True
                        change = [helper.make_node("CastLike", ["least", "q"], ["never"]),
                                  helper.make_node("Where", ["mask", "never", "scaled"], ["masked"])]
                        finish = [helper.make_node("CastLike", ["none", "q"], ["zero"]),
                                  helper.make_node("IsNaN", ["weights"], ["isnan"]),
                                  helper.make_node("Where", ["isnan", "zero", "weights"], ["kept"])]
                        nodes, constants = self.heads(3, 64, change, "masked", finish if clears else ())
                        constants += [("least", numpy.array(-numpy.inf, numpy.float32)),
                                      ("none", numpy.array(0, numpy.float32))]
                        expected = attention(**heads, change=lambda scores: numpy.where(hidden, -numpy.inf, scores))
                        if not clears:
                            expected[numpy.broadcast_to(hidden.all(-1), expected.shape[:3])] = numpy.nan
                        inputs = {name: joined(array) for name, array in heads.items()}
                        inputs["mask"] = hidden
                        artifact = self.compile(kind, nodes, {name: array.shape for name, array in inputs.items()},
                                                {"mask": TensorProto.BOOL}, constants)
                        self.check(kind, artifact, inputs, joined(expected), {"mask": TensorProto.BOOL})

    def test_op(self):
        """The op of ONNX: fewer heads of keys, causal, masks of bools, of which some leave nothing."""
        for kind in options.types:
            for form in "plain", "causal", "bools", "grouped", "capped":
                for queries, keys in self.few(((128, 128), (50, 150)), ((50, 150),)):
                    with self.subTest(kind=kind, form=form, queries=queries, keys=keys):
                        inputs = self.operands(kind, 2, 4, 64, queries, keys)
                        if form == "grouped":
                            inputs["k"], inputs["v"] = inputs["k"][:, :2].copy(), inputs["v"][:, 1:3].copy()
                        shown = numpy.ones((1, 1, queries, keys), bool)
                        types, given = {}, ["q", "k", "v"]
                        if form == "causal":
                            shown &= numpy.tri(queries, keys, dtype=bool)
                        if form == "bools":
                            shown = self.random.random((2, 1, queries, keys)) < 0.5
                            shown[0, 0, 3] = False
                            types["mask"] = TensorProto.BOOL
                            given.append("mask")
                        attributes = {"is_causal": int(form == "causal"), "softcap": 5.0 if form == "capped" else 0.0}
                        node = helper.make_node("Attention", given, ["y"], **attributes)

                        def change(scores):
                            scores = 5 * numpy.tanh(scores / 5) if form == "capped" else scores
                            return numpy.where(shown, scores, -numpy.inf)

                        expected = attention(**inputs, change=change)
                        if form == "bools":
                            inputs["mask"] = shown
                        artifact = self.compile(kind, [node], {name: array.shape for name, array in inputs.items()},
                                                types)
                        self.check(kind, artifact, inputs, expected, types)

    def test_one_buffer(self):
        """Queries, keys and values are slices of one product, in both orders that models have."""
        for kind in options.types:
            for form in "split", "gather":
                with self.subTest(kind=kind, form=form):
                    batch, length, heads, width = 2, 90, 3, 64
                    x = self.rounded(kind, batch, length, 3 * heads * width) / 4
                    five = x.reshape(batch, length, 3, heads, width).transpose(2, 0, 3, 1, 4)
                    constants = [("five", numpy.array([0, 0, 3, heads, width])), ("four", numpy.array([0, 0, heads, width]))]
                    nodes = [helper.make_node("Add", ["x", "x"], ["all"])]
                    five = five * 2
                    if form == "split":
                        nodes.append(helper.make_node("Split", ["all"], ["qs", "ks", "vs"], axis=2, num_outputs=3))
                        for name in "qkv":
                            nodes += [helper.make_node("Reshape", [name + "s", "four"], [name + "4"]),
                                      helper.make_node("Transpose", [name + "4"], [name], perm=[0, 2, 1, 3])]
                    else:
                        nodes += [helper.make_node("Reshape", ["all", "five"], ["a5"]),
                                  helper.make_node("Transpose", ["a5"], ["at"], perm=[2, 0, 3, 1, 4])]
                        for index, name in enumerate("qkv"):
                            constants.append((f"at{name}", numpy.array(index)))
                            nodes.append(helper.make_node("Gather", ["at", f"at{name}"], [name], axis=0))
                    nodes += [helper.make_node("Transpose", ["k"], ["kt"], perm=[0, 1, 3, 2]),
                              helper.make_node("MatMul", ["q", "kt"], ["scores"]),
                              helper.make_node("Softmax", ["scores"], ["weights"], axis=-1),
                              helper.make_node("MatMul", ["weights", "v"], ["y"])]
                    artifact = self.compile(kind, nodes, {"x": x.shape}, constants=constants)
                    self.check(kind, artifact, {"x": x}, attention(*five, scale=1))


def write_tensor(path, array, element):
    array = numpy.asarray(array)
    if element == TensorProto.BFLOAT16:
        raw = (to_bf16(array).view(numpy.uint32) >> 16).astype(numpy.uint16)
    else:
        raw = array.astype(helper.tensor_dtype_to_np_dtype(element))
    path.write_bytes(helper.make_tensor("", element, array.shape, raw.tobytes(), raw=True).SerializeToString())


def to_bf16(values):
    """Rounded to the nearest bf16."""
    bits = numpy.asarray(values, numpy.float32).view(numpy.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).astype(numpy.uint32).view(numpy.float32)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sinter", required=True, type=pathlib.Path)
    parser.add_argument("--target", default="cpu")
    parser.add_argument("--sanitizer", help="a tool of compute-sanitizer, such as memcheck")
    parser.add_argument("--types", nargs="+", default=list(TOLERANCE), help="of these element types")
    parser.add_argument("--verbose", action="store_true", help="print each error")
    options, rest = parser.parse_known_args()
    unittest.main(argv=["test_attention", *rest])
