// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/LoadModel.h"
#include "tools/sinter/Inspect.h"
#include "tools/sinter/Report.h"
#include "tools/sinter/Tensor.h"
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

namespace sinter::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string dimText(const ::onnx::TensorShapeProto_Dimension &dim) {
  if (dim.has_dim_value())
    return std::to_string(dim.dim_value());
  return dim.dim_param().empty() ? "?" : dim.dim_param();
}

/// loadModel bounds the depth of types, so the recursion is bounded.
std::string typeText(const ::onnx::TypeProto &type) {
  if (type.has_tensor_type()) {
    const auto &tensor = type.tensor_type();
    std::vector<std::string> dims;
    for (const auto &dim : tensor.shape().dim())
      dims.push_back(dimText(dim));
    const std::string name = tensor.elem_type() == ::onnx::TensorProto::STRING
                                 ? "string"
                                 : typeName(tensor.elem_type());
    return tensor.has_shape()
               ? fmt::format("{}[{}]", name, fmt::join(dims, ","))
               : name;
  }
  if (type.has_sequence_type())
    return "sequence of " + typeText(type.sequence_type().elem_type());
  if (type.has_optional_type())
    return "optional " + typeText(type.optional_type().elem_type());
  if (type.has_map_type())
    return fmt::format("map of {} to {}", typeName(type.map_type().key_type()),
                       typeText(type.map_type().value_type()));
  return type.has_sparse_tensor_type() ? "sparse tensor" : "no type";
}

template <typename Values>
Json describeValues(const Values &values, const std::set<std::string> &hidden) {
  Json list = Json::array();
  for (const auto &value : values)
    if (!hidden.contains(value.name()))
      list.push_back(
          {{"name", value.name()}, {"type", typeText(value.type())}});
  return list;
}

using Counts = std::map<std::string, int64_t>;

/// Nodes of subgraphs count as well; loadModel bounds the depth.
template <typename Nodes> void countOps(const Nodes &nodes, Counts &counts) {
  for (const ::onnx::NodeProto &node : nodes) {
    const std::string &domain = node.domain();
    const bool plain = domain.empty() || domain == "ai.onnx";
    ++counts[(plain ? "" : domain + ".") + node.op_type()];
    for (const auto &attribute : node.attribute()) {
      if (attribute.has_g())
        countOps(attribute.g().node(), counts);
      for (const auto &graph : attribute.graphs())
        countOps(graph.node(), counts);
    }
  }
}

Json describeOps(const ::onnx::ModelProto &model) {
  Counts counts;
  countOps(model.graph().node(), counts);
  for (const auto &function : model.functions())
    countOps(function.node(), counts);
  std::vector<std::pair<std::string, int64_t>> rows(counts.begin(),
                                                    counts.end());
  // By number, then by name, as they are sorted already.
  std::sort(rows.begin(), rows.end(), [](const auto &a, const auto &b) {
    return std::pair(-a.second, a.first) < std::pair(-b.second, b.first);
  });
  Json ops = Json::object();
  for (const auto &[name, count] : rows)
    ops[name] = count;
  return ops;
}

/// By shape: nothing is read but what loadModel read.
double initializerBytes(const ::onnx::GraphProto &graph) {
  double bytes = 0;
  for (const auto &tensor : graph.initializer()) {
    const std::vector<int64_t> dims(tensor.dims().begin(), tensor.dims().end());
    bytes += double(byteCount(tensor.data_type(), dims).value_or(0));
  }
  return bytes;
}

} // namespace

Result<Json> describeOnnx(const std::string &path) {
  auto loaded = onnx::loadModel(path);
  if (!loaded)
    return loaded.error();
  const ::onnx::ModelProto &model = loaded->proto;
  const ::onnx::GraphProto &graph = model.graph();
  Json opsets = Json::object();
  for (const auto &import : model.opset_import())
    opsets[import.domain().empty() ? "ai.onnx" : import.domain()] =
        import.version();
  std::set<std::string> initializers;
  for (const auto &tensor : graph.initializer())
    initializers.insert(tensor.name());
  return Json{{"model", path},
              {"producer", model.producer_name()},
              {"producer_version", model.producer_version()},
              {"ir_version", model.ir_version()},
              {"opsets", opsets},
              {"graph", graph.name()},
              {"inputs", describeValues(graph.input(), initializers)},
              {"outputs", describeValues(graph.output(), {})},
              {"initializers", graph.initializer_size()},
              {"initializer_bytes", initializerBytes(graph)},
              {"functions", model.functions_size()},
              {"ops", describeOps(model)}};
}

void printOnnx(const Json &model) {
  std::string opsets;
  for (const auto &[domain, version] : model["opsets"].items())
    opsets += fmt::format(", {} {}", domain, version.get<int64_t>());
  fmt::print("{}: IR version {}{}\n", model["model"].get<std::string>(),
             model["ir_version"].get<int64_t>(), opsets);
  const auto producer = model["producer"].get<std::string>();
  const auto version = model["producer_version"].get<std::string>();
  if (!producer.empty())
    fmt::print("made by {}{}{}\n", producer, version.empty() ? "" : " ",
               version);
  printValues("inputs", model["inputs"]);
  printValues("outputs", model["outputs"]);
  fmt::print("{} initializers, {}\n", model["initializers"].get<int64_t>(),
             bytesText(model["initializer_bytes"].get<double>()));
  int64_t total = 0;
  std::vector<std::string> words;
  for (const auto &[name, count] : model["ops"].items()) {
    total += count.get<int64_t>();
    words.push_back(fmt::format("{}:{}", name, count.get<int64_t>()));
  }
  fmt::print("{} nodes\n", total);
  printWords(words);
}

} // namespace sinter::cli
