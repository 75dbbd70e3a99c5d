// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tests of the ONNX importer share: models built in memory, imported
// and printed.
#pragma once

#include "compiler/support/Error.h"
#include "onnx_model.pb.h"
#include <string>
#include <vector>

namespace sinter::onnx::test {

/// The printed module, or errors.
struct Imported {
  std::string text;
  std::vector<Error> errors;

  bool has(std::string_view fragment) const {
    return text.find(fragment) != std::string::npos;
  }
};

Imported importFile(const std::string &path);

/// A model under construction. Dims are sizes or names.
class ModelBuilder {
public:
  explicit ModelBuilder(int64_t opset);

  using DimText = std::vector<std::string>;
  ModelBuilder &input(const std::string &name, const DimText &dims,
                      int32_t type = ::onnx::TensorProto::FLOAT);
  ModelBuilder &output(const std::string &name);
  /// An int64 vector; a scalar if `isScalar`.
  ModelBuilder &ints(const std::string &name, std::vector<int64_t> values,
                     bool isScalar = false);
  /// A node with inputs and outputs; returns it for attributes.
  ::onnx::NodeProto &node(const std::string &type,
                          const std::vector<std::string> &inputs,
                          const std::vector<std::string> &outputs);
  Imported import();

  ::onnx::ModelProto model;
};

void setAttribute(::onnx::NodeProto &node, const std::string &name,
                  int64_t value);
void setAttribute(::onnx::NodeProto &node, const std::string &name,
                  const std::vector<int64_t> &values);
void setAttribute(::onnx::NodeProto &node, const std::string &name,
                  const std::string &text);
void setNumber(::onnx::NodeProto &node, const std::string &name, float value);

} // namespace sinter::onnx::test
