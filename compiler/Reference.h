// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a model's nodes give by the interpreter of stages, which also folds
// constants: the oracle for what compiled code gives.
#pragma once

#include "compiler/support/Error.h"
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sinter {

/// A tensor as the runtime has it: row-major, a byte for a bool.
struct ReferenceTensor {
  std::vector<int64_t> dims;
  std::span<const std::byte> bytes;
};

/// The nodes of an ONNX model. What is in subgraphs and functions counts as
/// part of their nodes.
class Reference {
public:
  /// A tensor that a node gives.
  struct Value {
    std::string name, node, op;
  };
  /// What evaluating a value came to: bytes, or why there are none.
  struct Outcome {
    std::vector<int64_t> dims;
    std::vector<char> bytes;
    std::string problem;
  };

  /// Errors: those of importing it.
  static Result<Reference> import(const std::string &model);
  Reference(Reference &&) noexcept;
  ~Reference();

  /// In an order in which each comes after what it is made of.
  std::span<const Value> values() const;

  /// Evaluates the values one by one, each from `known` tensors: those before
  /// it, by the number of the value, and the model's inputs, by name. No error
  /// of one value is in another. What takes more than is left of `budget` inner
  /// iterations is not evaluated, nor are routines and control flow. `report`
  /// is called with the number of each value, in order, until it returns false.
  void
  evaluate(const std::vector<std::pair<std::string, ReferenceTensor>> &inputs,
           std::span<const ReferenceTensor> known, uint64_t budget,
           const std::function<bool(size_t, const Outcome &)> &report) const;

private:
  struct Impl;
  explicit Reference(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace sinter
