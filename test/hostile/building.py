# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Short spellings for the parts of bad models, and bytes that no library would write."""
from onnx import AttributeProto, ModelProto, TensorProto, helper

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL


def value(name, dims=(2, 3), element=FLOAT):
    return helper.make_tensor_value_info(name, element, dims)


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs.split(), outputs.split(), **attributes)


def constant(name, values, element=INT64, dims=None):
    return helper.make_tensor(name, element, [len(values)] if dims is None else dims, values)


def scalar(name, number, element=INT64):
    return helper.make_tensor(name, element, [], [number])


def graph(nodes, inputs=(value("x"),), outputs=(value("y", None),), constants=()):
    return helper.make_graph(list(nodes), "g", list(inputs), list(outputs), list(constants))


def model(*nodes, opset=21, functions=(), domains=(), **parts):
    """A model of nodes, from x: f32[2,3] to y if nothing else is said."""
    opsets = [helper.make_opsetid("", opset)] + [helper.make_opsetid(d, 1) for d in domains]
    made = helper.make_model(graph(nodes, **parts), opset_imports=opsets, functions=list(functions))
    return made.SerializeToString()


def unary(op, constants=(), extra="", dims=(2, 3), **attributes):
    """A model of one node of x, and maybe constants."""
    names = " ".join(["x", *(c.name for c in constants), extra])
    return model(node(op, names, "y", **attributes), inputs=[value("x", dims)],
                 constants=constants)


def function(name, *nodes):
    return helper.make_function("own", name, ["a"], ["b"], list(nodes),
                                [helper.make_opsetid("", 21), helper.make_opsetid("own", 1)])


def call(name, source="x", target="y"):
    return helper.make_node(name, [source], [target], domain="own")


def calls(*functions, start="f0"):
    return model(call(start), functions=functions, domains=["own"])


def with_tensor(change, dims=(2, 3), element=FLOAT):
    """x + w, where `change` has changed the tensor w."""
    tensor = TensorProto(name="w", data_type=element, dims=list(dims))
    change(tensor)
    return model(node("Add", "x w", "y"), constants=[tensor])


def external(**entries):
    """x + w, where the data of w are where the entries say."""
    def change(tensor):
        tensor.data_location = TensorProto.EXTERNAL
        for key, text in entries.items():
            tensor.external_data.add(key=key, value=str(text))
    return with_tensor(change)


def raw_attribute(op, kind, **fields):
    """x -> op -> y with an attribute whose type does not fit."""
    made = node(op, "x", "y")
    made.attribute.append(AttributeProto(type=kind, **fields))
    return model(made)


def varint(number):
    out = b""
    while number >= 128:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, content):
    """A length-delimited field of the wire format."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def nested(*numbers, depth):
    """Messages in messages, by the field numbers from outside in, `depth` times."""
    content = b""
    for _ in range(depth):
        for number in reversed(numbers):
            content = field(number, content)
    return content


def changed(data, change):
    """The bytes of a model after `change` of its message."""
    message = ModelProto.FromString(data)
    change(message)
    return message.SerializeToString()
