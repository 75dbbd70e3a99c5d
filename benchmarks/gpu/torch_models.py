# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models that are compared, in torch, with the weights of their ONNX graphs."""
import onnx
import torch
import torch.fx.experimental.optimization

import plan


def dtype_of(precision):
    return {"fp16": torch.float16, "bf16": torch.bfloat16}.get(precision, torch.float32)


def set_flags(precision):
    """Settings of the process: to be made before something is compiled or captured. A float32 product is
    one of float32 unless the precision is tf32, in matrix products and convolutions."""
    torch.set_grad_enabled(False)
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"


class Weights:
    """The initializers of a graph, also by the names that Identity nodes give them."""

    def __init__(self, graph):
        self.tensors = {tensor.name: tensor for tensor in graph.initializer}
        self.sources = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Identity"}

    def find(self, name):
        """A copy of the tensor, or None."""
        while name in self.sources:
            name = self.sources[name]
        found = self.tensors.get(name)
        return None if found is None else torch.from_numpy(onnx.numpy_helper.to_array(found).copy())


def build_network(name, graph):
    """A convolution net. Batch norms add the biases and do nothing else: exporters fold them."""
    import torchvision
    model, weights = getattr(torchvision.models, name)(weights=None).eval(), Weights(graph)
    modules = [model.get_submodule(node.target) for node in torch.fx.symbolic_trace(model).graph.nodes
               if node.op == "call_module"]
    norms = iter([module for module in modules if isinstance(module, torch.nn.BatchNorm2d)])
    layers = [module for module in modules if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear))]
    nodes = [node for node in graph.node if node.op_type in ("Conv", "Gemm")]
    for layer, node in zip(layers, nodes, strict=True):
        weight, bias = (weights.find(operand) for operand in node.input[1:])
        layer.weight.copy_(weight.reshape(layer.weight.shape))
        if layer.bias is not None:
            layer.bias.copy_(bias)
            continue
        norm = next(norms)
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.weight.fill_(1)
        norm.bias.copy_(bias)
    return model


def build_bert(graph):
    import transformers
    model = transformers.BertModel(transformers.BertConfig(attn_implementation="sdpa"), add_pooling_layer=False).eval()
    weights = Weights(graph)
    for node in graph.node:  # /m/encoder/layer.0/output/dense/MatMul
        if node.op_type == "MatMul" and node.input[1] in weights.tensors:
            module = model.get_submodule(".".join(node.name.split("/")[2:-1]))
            module.weight.copy_(weights.find(node.input[1]).T)
    for name, parameter in model.named_parameters():
        value = weights.find("m." + name)
        if value is not None:
            parameter.copy_(value)
        elif not name.endswith((".dense.weight", ".query.weight", ".key.weight", ".value.weight")):
            raise ValueError(f"the graph has no {name}")
    return model


def build(name, path):
    """(model as its library gives it, the same with batch norms folded), in float32 on the host."""
    torch.set_grad_enabled(False)
    graph = onnx.load(path).graph
    if name == "bert_base":
        model = build_bert(graph)
        return model, model
    model = build_network(name, graph)
    return model, torch.fx.experimental.optimization.fuse(model)


def place(model, precision, device):
    """Moves a model to the device, into the type and layout of the precision."""
    model = model.to(device=device, dtype=dtype_of(precision))
    if any(isinstance(module, torch.nn.Conv2d) for module in model.modules()):
        model = model.to(memory_format=torch.channels_last)
    return model


def make_inputs(name, batch, device):
    """Name -> tensor, as the ONNX graph names and lays them out."""
    make = torch.Generator().manual_seed(batch)
    if name == "bert_base":
        ids = torch.randint(0, 1000, (batch, plan.SEQUENCE), generator=make).to(device)
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    return {"input": torch.randn(batch, 3, 224, 224, generator=make).to(device)}


def call(model, inputs, dtype):
    """A function that runs the model on the inputs, in that type, and gives its output."""
    if "input_ids" in inputs:
        return lambda: model(**inputs).last_hidden_state
    image = inputs["input"].to(dtype=dtype, memory_format=torch.channels_last)
    return lambda: model(image)


def reference(model, inputs):
    """The output in float64."""
    set_flags("fp32")
    torch.backends.cudnn.benchmark = False
    return call(model.to(dtype=torch.float64, memory_format=torch.contiguous_format), inputs, torch.float64)()
