// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tests of the ONNX loader share.
#pragma once

#include "compiler/onnx/LoadModel.h"
#include "compiler/onnx/WireSplit.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace sinter::onnx::test {

/// A directory of its own, removed at the end.
class TempDir {
public:
  TempDir() {
    std::string name =
        (std::filesystem::temp_directory_path() / "sinter-onnx-XXXXXX")
            .string();
    if (!::mkdtemp(name.data()))
      std::abort();
    root = name;
  }
  ~TempDir() { std::filesystem::remove_all(root); }
  TempDir(const TempDir &) = delete;
  TempDir &operator=(const TempDir &) = delete;

  std::string path(const std::string &name) const {
    return (root / name).string();
  }
  std::string write(const std::string &name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }

private:
  std::filesystem::path root;
};

inline std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::span<const std::byte> bytesOf(std::string_view text) {
  return std::as_bytes(std::span(text));
}

inline std::string textOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

/// Sets `tensor` to `count` bytes of type UINT8 that start with `first`.
inline void setBytes(::onnx::TensorProto &tensor, const std::string &name,
                     size_t count, uint8_t first = 0) {
  std::string raw(count, '\0');
  for (size_t i = 0; i < count; ++i)
    raw[i] = static_cast<char>(first + i);
  tensor.set_name(name);
  tensor.set_data_type(::onnx::TensorProto::UINT8);
  tensor.add_dims(static_cast<int64_t>(count));
  tensor.set_raw_data(raw);
}

/// A model with a large tensor in each place that can have one.
inline ::onnx::ModelProto makeModel(size_t size = 100) {
  ::onnx::ModelProto model;
  model.set_ir_version(10);
  auto *graph = model.mutable_graph();
  graph->set_name("main");
  setBytes(*graph->add_initializer(), "w", size, 1);
  setBytes(*graph->add_initializer(), "small", 8, 2);
  auto *sparse = graph->add_sparse_initializer();
  setBytes(*sparse->mutable_values(), "values", size, 3);
  setBytes(*sparse->mutable_indices(), "indices", size, 4);
  auto *node = graph->add_node();
  node->set_op_type("If");
  auto *branch = node->add_attribute();
  branch->set_name("then_branch");
  setBytes(*branch->mutable_g()->add_initializer(), "inner", size, 5);
  setBytes(*branch->mutable_t(), "t", size, 6);
  setBytes(*branch->add_tensors(), "tensors", size, 7);
  setBytes(*branch->add_graphs()->add_initializer(), "graphs", size, 8);
  setBytes(*branch->mutable_sparse_tensor()->mutable_values(), "sv", size, 9);
  setBytes(*branch->add_sparse_tensors()->mutable_indices(), "si", size, 10);
  auto *function = model.add_functions();
  function->set_name("f");
  setBytes(*function->add_node()->add_attribute()->mutable_t(), "ft", size, 11);
  setBytes(*function->add_attribute_proto()->mutable_t(), "fa", size, 12);
  auto *training = model.add_training_info();
  setBytes(*training->mutable_algorithm()->add_initializer(), "ta", size, 13);
  setBytes(*training->mutable_initialization()->add_initializer(), "ti", size,
           14);
  return model;
}

/// Calls `visit` with each tensor of `graph`, nested ones too.
template <typename Graph, typename Visit>
void forEachTensor(Graph &graph, const Visit &visit);

template <typename Attribute, typename Visit>
void forEachTensorOfAttribute(Attribute &attribute, const Visit &visit) {
  if (attribute.has_t())
    visit(*attribute.mutable_t());
  for (auto &tensor : *attribute.mutable_tensors())
    visit(tensor);
  auto visitSparse = [&](auto &sparse) {
    if (sparse.has_values())
      visit(*sparse.mutable_values());
    if (sparse.has_indices())
      visit(*sparse.mutable_indices());
  };
  if (attribute.has_sparse_tensor())
    visitSparse(*attribute.mutable_sparse_tensor());
  for (auto &sparse : *attribute.mutable_sparse_tensors())
    visitSparse(sparse);
  if (attribute.has_g())
    forEachTensor(*attribute.mutable_g(), visit);
  for (auto &graph : *attribute.mutable_graphs())
    forEachTensor(graph, visit);
}

template <typename Graph, typename Visit>
void forEachTensor(Graph &graph, const Visit &visit) {
  for (auto &tensor : *graph.mutable_initializer())
    visit(tensor);
  for (auto &sparse : *graph.mutable_sparse_initializer()) {
    visit(*sparse.mutable_values());
    visit(*sparse.mutable_indices());
  }
  for (auto &node : *graph.mutable_node())
    for (auto &attribute : *node.mutable_attribute())
      forEachTensorOfAttribute(attribute, visit);
}

template <typename Visit>
void forEachTensorOfModel(::onnx::ModelProto &model, const Visit &visit) {
  forEachTensor(*model.mutable_graph(), visit);
  for (auto &function : *model.mutable_functions()) {
    for (auto &attribute : *function.mutable_attribute_proto())
      forEachTensorOfAttribute(attribute, visit);
    for (auto &node : *function.mutable_node())
      for (auto &attribute : *node.mutable_attribute())
        forEachTensorOfAttribute(attribute, visit);
  }
  for (auto &training : *model.mutable_training_info()) {
    forEachTensor(*training.mutable_initialization(), visit);
    forEachTensor(*training.mutable_algorithm(), visit);
  }
}

/// The model that a plain parse of the file gives: markers replaced again.
/// Returns the number of cuts put back.
inline size_t putBack(::onnx::ModelProto &proto, const LoadedModel &model) {
  size_t count = 0;
  forEachTensorOfModel(proto, [&](::onnx::TensorProto &tensor) {
    auto &entries = *tensor.mutable_external_data();
    for (int i = 0; i < entries.size(); ++i) {
      if (entries[i].key() != blobMarkerKey)
        continue;
      const size_t index = std::stoull(entries[i].value());
      tensor.set_raw_data(textOf(model.blobs.bytes(model.cuts.at(index))));
      entries.DeleteSubrange(i, 1);
      ++count;
      return;
    }
  });
  return count;
}

} // namespace sinter::onnx::test
