# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bad models: the name of each, the number of its error, and what makes its bytes."""
import random

from building import (BOOL, FLOAT, INT64, calls, call, changed, constant, external, field, function, model,
                      nested, node, raw_attribute, scalar, unary, value, varint, with_tensor)
from onnx import AttributeProto, TensorProto, helper

GOOD = model(node("Relu", "x", "y"))
HUGE = 1 << 60
NAN, INFINITY = float("nan"), float("inf")


def floats(name, *numbers):
    return constant(name, numbers, FLOAT)


def doubled(count):
    """x of N rows, concatenated with itself again and again."""
    nodes = [node("Concat", f"t{k} t{k}", f"t{k + 1}", axis=0) for k in range(count)]
    return model(node("Relu", "x", "t0"), *nodes, node("Relu", f"t{count}", "y"),
                 inputs=[value("x", ["N"])])


def padded_product(rank):
    """The product of (N0 + 1) ... (Nk + 1) has 2^k terms."""
    pads = constant("p", [1] * rank + [0] * rank)
    return model(node("Pad", "x p", "t"), node("Reshape", "t s", "y"),
                 inputs=[value("x", [f"N{k}" for k in range(rank)])],
                 constants=[pads, constant("s", [-1])])


def deep_functions(depth, width=1):
    """Each calls the next one `width` times."""
    made = []
    for k in range(depth):
        body = [call(f"f{k + 1}", "a" if i == 0 else f"t{i}", f"t{i + 1}") for i in range(width)]
        body[-1].output[0] = "b"
        made.append(function(f"f{k}", *body))
    made.append(function(f"f{depth}", node("Relu", "a", "b")))
    return calls(*made)


def loop(body_nodes):
    body = helper.make_graph(body_nodes, "body",
                             [value("i", [], INT64), value("c", [], BOOL)], [value("d", [], BOOL)])
    return model(helper.make_node("Loop", ["n", "", "x"], ["y"], body=body),
                 constants=[scalar("n", 3)])


def tensor_with(**fields):
    def change(tensor):
        for name, content in fields.items():
            if isinstance(content, (list, tuple)):
                getattr(tensor, name)[:] = content
            else:
                setattr(tensor, name, content)
    return change


WIRE = {
    "nothing": ("E0109", lambda: b""),
    "no graph": ("E0109", lambda: changed(GOOD, lambda m: m.ClearField("graph"))),
    "text": ("E0104", lambda: b"hello, world\n" * 20),
    "random bytes": ("E0112", lambda: random.Random(1).randbytes(4096)),
    "half a model": ("E0103", lambda: GOOD[:len(GOOD) // 2]),
    "all but one byte": ("E0103", lambda: GOOD[:-1]),
    "a field longer than 2^60": ("E0103", lambda: b"\x3a" + varint(HUGE)),
    "a varint without end": ("E0102", lambda: b"\x08" + b"\xff" * 40),
    "field number 0": ("E0112", lambda: b"\x02\x00"),
    "10,000 graphs in graphs": ("E0105", lambda: field(7, nested(1, 5, 6, depth=10000))),
    "10,000 types in types": ("E0108", lambda: field(7, field(11, field(2, nested(4, 1, depth=10000))))),
    "10,000 groups": ("E0104", lambda: b"\x3b" * 10000),
}

GRAPH = {
    "a node of its own output": ("E0203", lambda: model(node("Add", "x y", "y"))),
    "two nodes in a cycle": ("E0203", lambda: model(node("Add", "x b", "a"), node("Relu", "a", "b"),
                                                    node("Relu", "b", "y"))),
    "a missing input": ("E0202", lambda: model(node("Add", "x nobody", "y"))),
    "an output given twice": ("E0208", lambda: model(node("Relu", "x", "y"), node("Sin", "x", "y"))),
    "an input given twice": ("E0208", lambda: model(node("Relu", "x", "y"),
                                                    inputs=[value("x"), value("x")])),
    "an input that a node gives": ("E0208", lambda: model(node("Relu", "x", "x"), node("Relu", "x", "y"))),
    "an initializer given twice": ("E0208", lambda: model(
        node("Add", "x w", "y"), constants=[floats("w", 1), floats("w", 2)])),
    "an output that nothing gives": ("E0212", lambda: model(node("Relu", "x", "z"))),
    "an unknown op": ("E0200", lambda: unary("Nonsense")),
    "an unknown domain": ("E0200", lambda: model(
        helper.make_node("Relu", ["x"], ["y"], domain="com.example"), domains=["com.example"])),
    "opset 0": ("E0201", lambda: model(node("Relu", "x", "y"), opset=0)),
    "opset 9999": ("E0201", lambda: model(node("Relu", "x", "y"), opset=9999)),
    "opset -1": ("E0201", lambda: model(node("Relu", "x", "y"), opset=-1)),
    "an input without type": ("E0209", lambda: changed(
        GOOD, lambda m: m.graph.input[0].ClearField("type"))),
    "an input without shape": ("E0209", lambda: changed(
        GOOD, lambda m: m.graph.input[0].type.tensor_type.ClearField("shape"))),
    "an input of dim -7": ("E0211", lambda: unary("Relu", dims=(-7, 3))),
    "an input of 2^120 elements": ("E0216", lambda: unary("Relu", dims=(HUGE, HUGE))),
    "an input of element type 77": ("E0210", lambda: changed(
        GOOD, lambda m: setattr(m.graph.input[0].type.tensor_type, "elem_type", 77))),
    "an input of strings": ("E0210", lambda: model(
        node("Identity", "x", "y"), inputs=[value("x", [2], TensorProto.STRING)])),
    "a Relu of a sequence": ("E0217", lambda: model(
        node("SequenceConstruct", "x x", "s"), node("Relu", "s", "y"))),
    "a sequence as output": ("E0218", lambda: model(node("SequenceConstruct", "x x", "y"))),
    "two inputs of Relu": ("E0206", lambda: unary("Relu", extra="x")),
    "no inputs of Relu": ("E0206", lambda: model(node("Relu", "", "y"))),
    "300 outputs of Relu": ("E0207", lambda: model(node("Relu", "x", " ".join(["y", *(f"z{k}" for k in range(300))])))),
    "a function of itself": ("E0215", lambda: calls(function("f0", call("f0", "a", "b")))),
    "two functions of each other": ("E0215", lambda: calls(
        function("f0", call("f1", "a", "b")), function("f1", call("f0", "a", "b")))),
    "10,000 functions in functions": ("E0215", lambda: deep_functions(10000)),
    "2^40 function calls": ("E0215", lambda: deep_functions(40, 2)),
    "a function that lacks a value": ("E0202", lambda: calls(function("f0", node("Add", "a c", "b")))),
    "a loop without body": (None, lambda: model(
        helper.make_node("Loop", ["n", "", "x"], ["y"]), constants=[scalar("n", 3)])),
    "a loop body without its carried value": (None, lambda: loop([node("Identity", "c", "d")])),
}

ATTRIBUTES = {
    "an attribute of another type": ("E0204", lambda: raw_attribute(
        "Softmax", AttributeProto.STRING, name="axis", s=b"one")),
    "an attribute without type": ("E0204", lambda: raw_attribute("Softmax", 0, name="axis", i=7)),
    "an axis beyond the rank": ("E0205", lambda: unary("Softmax", axis=2)),
    "an axis of -2^63": ("E0205", lambda: unary("Softmax", axis=-(1 << 63))),
    "a missing attribute": ("E0207", lambda: unary("Cast")),
    "a cast to type 77": ("E0207", lambda: unary("Cast", to=77)),
    "a permutation with a repetition": ("E0206", lambda: unary("Transpose", perm=[1, 1])),
    "a permutation of another rank": ("E0206", lambda: unary("Transpose", perm=[0, 1, 2])),
    "an einsum that is none": ("E0206", lambda: unary("Einsum", equation="i->->j")),
    "a constant without value": ("E0206", lambda: model(helper.make_node("Constant", [], ["y"]))),
}


def conv(w=(4, 3, 3, 3), dims=(1, 3, 8, 8), **attributes):
    count = 1
    for dim in w:
        count *= dim
    return unary("Conv", [constant("w", [1.0] * count, FLOAT, w)], dims=dims, **attributes)


SHAPES = {
    "attention of integers with a mask": ("E0206", lambda: model(
        node("Attention", "x k v m", "y", q_num_heads=1, kv_num_heads=1), opset=23,
        inputs=[value(name, (1, 2, 8), INT64) for name in "xkv"] + [value("m", (2, 2))])),
    "a recurrence of two types": ("E0206", lambda: model(
        node("GRU", "x w r", "y", hidden_size=5),
        inputs=[value("x", (2, 3, 2)), value("w", (1, 15, 2)),
                value("r", (1, 15, 5), TensorProto.UINT16)])),
    "a quantisation of integers": ("E0206", lambda: model(
        node("QuantizeLinear", "x s z", "y"), inputs=[value("x", element=TensorProto.UINT16)],
        constants=[scalar("s", 0.5, FLOAT), scalar("z", 3, TensorProto.UINT16)])),
    "3 + 4 columns": ("E0206", lambda: unary("Add", [constant("w", [1.0] * 8, FLOAT, [2, 4])])),
    "a product of 3 columns and 4 rows": ("E0206", lambda: unary(
        "MatMul", [constant("w", [1.0] * 8, FLOAT, [4, 2])])),
    "concatenated ranks 2 and 1": ("E0206", lambda: unary("Concat", [floats("w", 1, 2)], axis=0)),
    "a reshape of 6 to 7": ("E0206", lambda: unary("Reshape", [constant("s", [7])])),
    "a reshape with -1 twice": ("E0206", lambda: unary("Reshape", [constant("s", [-1, -1])])),
    "a reshape of 6 by 4": ("E0206", lambda: unary("Reshape", [constant("s", [4, -1])])),
    "a reshape to -2": ("E0206", lambda: unary("Reshape", [constant("s", [-2, -3])])),
    "a reshape to 2^60 rows": ("E0206", lambda: unary("Reshape", [constant("s", [HUGE, HUGE])])),
    "a convolution of another rank": ("E0206", lambda: conv(w=(4, 3, 3))),
    "a convolution of other channels": ("E0206", lambda: conv(w=(4, 2, 3, 3))),
    "groups that do not divide": ("E0206", lambda: conv(w=(4, 3, 3, 3), group=2)),
    "0 groups": ("E0206", lambda: conv(group=0)),
    "a stride of 0": ("E0206", lambda: conv(strides=[0, 1])),
    "a stride of -1": ("E0206", lambda: conv(strides=[-1, 1])),
    "a dilation of 0": ("E0206", lambda: conv(dilations=[0, 1])),
    "a dilation of 2^60": ("E0206", lambda: conv(dilations=[HUGE, 1])),
    "pads of 2^62": ("E0206", lambda: conv(pads=[1 << 62] * 4)),
    "pads for another rank": ("E0206", lambda: conv(pads=[1, 1])),
    "a kernel larger than the image": ("E0206", lambda: conv(dims=(1, 3, 2, 2))),
    "a pool of kernel 2^60": ("E0206", lambda: unary("MaxPool", dims=(1, 3, 8, 8), kernel_shape=[HUGE, 1])),
    "a pool of kernel 0": ("E0206", lambda: unary("MaxPool", dims=(1, 3, 8, 8), kernel_shape=[0, 1])),
    "a step of 0": ("E0206", lambda: unary("Slice", [constant("a", [0]), constant("b", [1]),
                                                  constant("c", [0]), constant("d", [0])])),
    "parts that do not add up": ("E0206", lambda: model(
        node("Split", "x s", "y z", axis=1), constants=[constant("s", [1, 1])])),
    "a gather beyond the end": ("E0206", lambda: unary("Gather", [constant("i", [5])])),
    "a normalisation of other channels": ("E0206", lambda: unary(
        "BatchNormalization", [floats(n, 1, 2) for n in "abcd"], dims=(1, 3, 8))),
    "an unsqueeze to rank 10,000": ("E0207", lambda: unary("Unsqueeze", [constant("a", list(range(10000)))])),
    "dims of 2^70": ("E0206", lambda: doubled(70)),
    "a product of 2^26 terms": ("E0206", lambda: padded_product(26)),
}

EXPLOSIONS = {
    "an expansion to 2^80": ("E0206", lambda: model(
        node("Expand", "w s", "y"), constants=[floats("w", 1), constant("s", [1 << 40] * 2)])),
    "a tile of 2^60": ("E0206", lambda: unary("Tile", [constant("s", [HUGE, HUGE])])),
    "a negative tile": ("E0206", lambda: unary("Tile", [constant("s", [-1, 1])])),
    "a constant of 2^60 elements": ("E0206", lambda: model(
        node("ConstantOfShape", "s", "y"), constants=[constant("s", [HUGE, HUGE])])),
    "a constant of shape -1": ("E0206", lambda: model(
        node("ConstantOfShape", "s", "y"), constants=[constant("s", [-1])])),
    "a range of 2^62": ("E0206", lambda: model(
        node("Range", "a b c", "y"),
        constants=[scalar("a", 0), scalar("b", 1 << 62), scalar("c", 1)])),
    "a range by 0": ("E0206", lambda: model(
        node("Range", "a b c", "y"), constants=[scalar("a", 0), scalar("b", 9), scalar("c", 0)])),
    "a range by NaN": ("E0207", lambda: model(
        node("Range", "a b c", "y"),
        constants=[scalar("a", 0.0, FLOAT), scalar("b", 9.0, FLOAT), scalar("c", NAN, FLOAT)])),
    "a range by 1e-30": ("E0207", lambda: model(
        node("Range", "a b c", "y"),
        constants=[scalar("a", 0.0, FLOAT), scalar("b", 1.0, FLOAT), scalar("c", 1e-30, FLOAT)])),
    "pads of 2^60": ("E0206", lambda: unary("Pad", [constant("p", [HUGE] * 4)])),
    "pads that cut more than there is": ("E0206", lambda: unary("Pad", [constant("p", [-5, 0, 0, 0])])),
    "reflection beyond the size": ("E0206", lambda: unary("Pad", [constant("p", [0, 9, 0, 0])], mode="reflect")),
    "a resize by NaN": ("E0206", lambda: resize(NAN)),
    "a resize by infinity": ("E0206", lambda: resize(INFINITY)),
    "a resize by 1e30": ("E0206", lambda: resize(1e30)),
    "a resize by 0": ("E0206", lambda: resize(0.0)),
    "a resize by -2": ("E0206", lambda: resize(-2.0)),
    "a resize to 2^60": ("E0206", lambda: model(
        node("Resize", "x r c s", "y"), inputs=[value("x", (1, 1, 4, 4))],
        constants=[floats("r"), floats("c"), constant("s", [1, 1, HUGE, HUGE])])),
    "a one-hot of 2^60": ("E0206", lambda: model(
        node("OneHot", "i d v", "y"), inputs=[value("i", (4,), INT64)],
        constants=[scalar("d", HUGE), floats("v", 0, 1)])),
    "2^30 times 2^30 columns": ("E0206", lambda: model(
        node("Expand", "x s", "t"), node("Transpose", "t", "u"), node("MatMul", "t u", "y"),
        inputs=[value("x", (1, 1))], constants=[constant("s", [1 << 50, 1])])),
    "an identity matrix of 2^60": ("E0216", lambda: unary("EyeLike", dims=(HUGE, HUGE))),
}


def resize(scale):
    return model(node("Resize", "x r s", "y"), inputs=[value("x", (1, 1, 4, 4))],
                 constants=[floats("r"), floats("s", 1, 1, scale, 2)])


def computed(op, *sizes, dims=(2, 3), **attributes):
    """A node of x and of integers that are inputs, of these sizes."""
    names = [f"i{k}" for k in range(len(sizes))]
    return model(node(op, " ".join(["x", *names]), "y", **attributes),
                 inputs=[value("x", dims), *(value(name, [size], INT64)
                                             for name, size in zip(names, sizes))])


def contrib(op, *constants, dims=(2, 64), **attributes):
    names = ["x", *(c.name for c in constants)]
    return model(helper.make_node(op, names, ["y"], domain="com.microsoft", **attributes),
                 inputs=[value("x", dims)], constants=constants, domains=["com.microsoft"])


COMPUTED = {
    "a Squeeze of 5 computed axes": ("E0207", lambda: computed("Squeeze", 5)),
    "an Unsqueeze by 2^40 computed axes": ("E0207", lambda: computed("Unsqueeze", 1 << 40)),
    "a ReduceSum over 2^40 computed axes": ("E0207", lambda: computed("ReduceSum", 1 << 40)),
    "a Slice of 2^40 computed starts": ("E0207", lambda: computed("Slice", *[1 << 40] * 4)),
    "a Slice of 2^40 starts without axes": ("E0207", lambda: model(
        helper.make_node("Slice", ["x", "a", "b", "", "c"], ["y"]),
        inputs=[value("x"), *(value(name, [1 << 40], INT64) for name in "abc")])),
    "a Pad of 3 computed pads": ("E0206", lambda: computed("Pad", 3, mode="edge")),
    "an edge of no elements": ("E0206", lambda: computed("Pad", 4, dims=(0, 3), mode="edge")),
    "a GridSample of no elements": ("E0206", lambda: model(
        node("GridSample", "x g", "y"), inputs=[value("x", (1, 1, 0, 4)), value("g", (1, 2, 2, 2))])),
    "a GridSample of 7 coordinates": ("E0206", lambda: model(
        node("GridSample", "x g", "y"), inputs=[value("x", (1, 1, 4, 4)), value("g", (1, 2, 2, 7))])),
    "an STFT with a scalar as window": ("E0206", lambda: model(
        node("STFT", "x step w", "y"), inputs=[value("x", (1, 64, 1))],
        constants=[scalar("step", 4), scalar("w", 1.0, FLOAT)])),
    "an STFT of step 0": ("E0206", lambda: model(
        helper.make_node("STFT", ["x", "step", "", "length"], ["y"]), inputs=[value("x", (1, 64, 1))],
        constants=[scalar("step", 0), scalar("length", 8)])),
    "a DFT of the parts": ("E0206", lambda: unary("DFT", dims=(1, 8, 1), extra="", constants=[
        scalar("n", 8), scalar("axis", -1)])),
    "MatMulNBits in blocks of 2^62": ("E0206", lambda: contrib(
        "MatMulNBits", floats("b", 1), floats("s", 1), K=HUGE, N=HUGE, block_size=1 << 62)),
    "an Attention of 2^60 heads": ("E0206", lambda: contrib(
        "Attention", constant("w", [1.0] * 6, FLOAT, (2, 3)), dims=(1, 4, 2), num_heads=HUGE)),
    "a scatter of reduction 'sum'": ("E0206", lambda: model(
        node("ScatterND", "x i u", "y", reduction="sum"),
        inputs=[value("x"), value("i", [1, 1], INT64), value("u", [1, 3])])),
}

TENSORS = {
    "5 values for 6": ("E0143", lambda: with_tensor(tensor_with(float_data=[1.0] * 5))),
    "23 bytes for 24": ("E0143", lambda: with_tensor(tensor_with(raw_data=b"\0" * 23))),
    "no payload": ("E0143", lambda: with_tensor(lambda t: None)),
    "a dim of -1": ("E0141", lambda: with_tensor(tensor_with(raw_data=b""), dims=(-1, 3))),
    "2^124 elements": ("E0142", lambda: with_tensor(tensor_with(raw_data=b""), dims=(1 << 62, 1 << 62))),
    "element type 99": ("E0140", lambda: with_tensor(tensor_with(raw_data=b"\0" * 24), element=99)),
    "two payloads": ("E0144", lambda: with_tensor(tensor_with(raw_data=b"\0" * 24, float_data=[0.0] * 6))),
    "floats in the field of integers": ("E0149", lambda: with_tensor(tensor_with(int64_data=[0] * 6))),
    "300 in an int8": ("E0145", lambda: with_tensor(
        tensor_with(int32_data=[300] * 6), element=TensorProto.INT8)),
    "strings": ("E0213", lambda: with_tensor(tensor_with(string_data=[b"a"]), dims=(1,),
                                             element=TensorProto.STRING)),
    "an absolute path": ("E0121", lambda: external(location="/etc/passwd")),
    "a path upwards": ("E0122", lambda: external(location="../secret")),
    "a path upwards in the middle": ("E0122", lambda: external(location="a/../../secret")),
    "no file": ("E0127", lambda: external(location="nobody.bin")),
    "the folder": ("E0125", lambda: external(location=".")),
    "no location": ("E0120", lambda: external(length=24)),
    "an offset of -1": ("E0128", lambda: external(location="data.bin", offset=-1)),
    "an offset beyond the end": ("E0126", lambda: external(location="data.bin", offset=1 << 40)),
    "a length of 2^63": ("E0143", lambda: external(location="data.bin", length=1 << 63)),
    "a symbolic link": ("E0123", lambda: external(location="link.bin")),
    "a hard link": ("E0124", lambda: external(location="hard.bin")),
    "a file that is too short": ("E0126", lambda: external(location="short.bin", length=24)),
}

MODELS = {"wire": WIRE, "graph": GRAPH, "attributes": ATTRIBUTES, "shapes": SHAPES,
          "explosions": EXPLOSIONS, "computed": COMPUTED, "tensors": TENSORS}
