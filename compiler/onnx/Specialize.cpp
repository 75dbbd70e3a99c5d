// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/Specialize.h"

#include <algorithm>
#include <optional>
#include <set>

using ::onnx::GraphProto;
using ::onnx::TensorShapeProto;
using ::onnx::ValueInfoProto;

namespace sinter::onnx {
namespace {

class Specializer {
public:
  Specializer(GraphProto &graph, const CompileOptions &options)
      : graph(graph), options(options) {
    for (const auto &tensor : graph.initializer())
      constants.insert(tensor.name());
  }

  std::vector<Error> run() {
    for (const std::string &name : options.overridable)
      makeInput(name);
    for (const auto &[name, dims] : options.shapes)
      setShape(name, dims);
    for (const DimRange &range : options.dims)
      setDim(range);
    if (!options.outputs.empty())
      setOutputs();
    return std::move(errors);
  }

private:
  ValueInfoProto *findInput(const std::string &name) {
    for (ValueInfoProto &input : *graph.mutable_input())
      if (input.name() == name && !constants.contains(name))
        return &input;
    return nullptr;
  }

  std::string inputNames() const {
    std::string names;
    for (const ValueInfoProto &input : graph.input())
      if (!constants.contains(input.name()))
        names += (names.empty() ? "" : ", ") + input.name();
    return names;
  }

  /// The initializer becomes an input of its type.
  void makeInput(const std::string &name) {
    auto &initializers = *graph.mutable_initializer();
    auto found = std::find_if(
        initializers.begin(), initializers.end(),
        [&](const ::onnx::TensorProto &t) { return t.name() == name; });
    if (found == initializers.end()) {
      errors.push_back(makeError<errors::E0333>(name));
      return;
    }
    ValueInfoProto input;
    input.set_name(name);
    auto &type = *input.mutable_type()->mutable_tensor_type();
    type.set_elem_type(found->data_type());
    type.mutable_shape();
    for (int64_t dim : found->dims())
      type.mutable_shape()->add_dim()->set_dim_value(dim);
    initializers.erase(found);
    auto &inputs = *graph.mutable_input();
    inputs.erase(std::remove_if(
                     inputs.begin(), inputs.end(),
                     [&](const ValueInfoProto &i) { return i.name() == name; }),
                 inputs.end());
    *inputs.Add() = std::move(input);
    constants.erase(name);
  }

  void setShape(const std::string &name, const std::vector<int64_t> &dims) {
    ValueInfoProto *input = findInput(name);
    if (!input || !input->type().has_tensor_type()) {
      errors.push_back({errors::E0330::number,
                        makeError<errors::E0330>(name).message,
                        "inputs: " + inputNames()});
      return;
    }
    auto &type = *input->mutable_type()->mutable_tensor_type();
    const int rank = type.shape().dim_size();
    if (type.has_shape() && rank != static_cast<int>(dims.size())) {
      errors.push_back(makeError<errors::E0331>(name, dims.size(), rank));
      return;
    }
    for (int axis = 0; axis < rank; ++axis) {
      const auto &dim = type.shape().dim(axis);
      if (dim.has_dim_value() && dim.dim_value() >= 0 &&
          dim.dim_value() != dims[axis]) {
        errors.push_back(
            makeError<errors::E0334>(name, axis, dim.dim_value(), dims[axis]));
        return;
      }
      // The same symbol has the same size in all inputs.
      setSymbol(symbolOf(*input, axis), dims[axis]);
    }
    type.clear_shape();
    type.mutable_shape();
    for (int64_t dim : dims)
      type.mutable_shape()->add_dim()->set_dim_value(dim);
  }

  /// True if some input has the symbol; with `size`, it is no symbol any more.
  bool setSymbol(const std::string &symbol, std::optional<int64_t> size) {
    bool isFound = false;
    if (symbol.empty())
      return false;
    for (ValueInfoProto &input : *graph.mutable_input()) {
      if (constants.contains(input.name()) || !input.type().has_tensor_type() ||
          !input.type().tensor_type().has_shape())
        continue;
      auto &shape =
          *input.mutable_type()->mutable_tensor_type()->mutable_shape();
      for (int axis = 0; axis < shape.dim_size(); ++axis) {
        if (symbolOf(input, axis) != symbol)
          continue;
        isFound = true;
        if (size)
          shape.mutable_dim(axis)->set_dim_value(*size);
      }
    }
    return isFound;
  }

  std::string symbolNames() const {
    std::set<std::string> names;
    for (const ValueInfoProto &input : graph.input())
      if (!constants.contains(input.name()))
        for (int axis = 0; axis < input.type().tensor_type().shape().dim_size();
             ++axis)
          if (std::string name = symbolOf(input, axis); !name.empty())
            names.insert(name);
    std::string text;
    for (const std::string &name : names)
      text += (text.empty() ? "" : ", ") + name;
    return text;
  }

  /// A range is given to the plan later; here it need only be of a symbol.
  void setDim(const DimRange &range) {
    std::optional<int64_t> size;
    if (range.lowest == range.highest)
      size = range.lowest;
    const std::string known = symbolNames();
    if (!setSymbol(range.symbol, size))
      errors.push_back({errors::E0332::number,
                        makeError<errors::E0332>(range.symbol).message,
                        "symbols: " + (known.empty() ? "none" : known)});
  }

  void setOutputs() {
    graph.clear_output();
    for (const std::string &name : options.outputs)
      graph.add_output()->set_name(name);
  }

  GraphProto &graph;
  const CompileOptions &options;
  std::set<std::string> constants;
  std::vector<Error> errors;
};

} // namespace

std::string symbolOf(const ValueInfoProto &input, int axis) {
  const auto &dim = input.type().tensor_type().shape().dim(axis);
  if (dim.has_dim_value() && dim.dim_value() != -1)
    return {};
  if (dim.has_dim_param() && !dim.dim_param().empty())
    return dim.dim_param();
  return input.name() + "." + std::to_string(axis);
}

std::vector<Error> specialize(GraphProto &graph,
                              const CompileOptions &options) {
  return Specializer(graph, options).run();
}

} // namespace sinter::onnx
