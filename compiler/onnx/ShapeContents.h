// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The elements of small integer tensors as dim expressions, so that shapes that
// a model computes are known when it is imported.
#pragma once

#include "compiler/onnx/BlobStore.h"
#include "dialects/graph/Dim.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include <memory>
#include <optional>

namespace sinter::onnx {

/// Evaluates graph values over dim expressions instead of numbers: constants
/// are read from the store, all other ops are evaluated by their stages.
class ShapeContents {
public:
  /// Element-wise in row-major order; null where an element is not known.
  using Elements = llvm::SmallVector<graph::DimAttr, 4>;

  /// Tensors with more elements have no known contents.
  static constexpr int64_t maxElements = 1024;
  /// Nor are more elements of one tensor bound to symbols.
  static constexpr int64_t maxBound = 64;

  explicit ShapeContents(const BlobStore &blobs) : blobs(blobs) {}

  /// The elements of a value of integers or bools; null if none is known.
  const Elements *of(mlir::Value value);

  /// All elements; nothing if one is not known.
  std::optional<llvm::SmallVector<graph::DimAttr>> known(mlir::Value value);

  /// From now on these are the elements of the value.
  void remember(mlir::Value value, llvm::ArrayRef<graph::DimAttr> elements);

  /// Forgets the values inside of a region, which is about to go.
  void forget(mlir::Region &region);

private:
  std::optional<Elements> evaluate(mlir::OpResult value, int64_t count);
  std::optional<Elements> read(mlir::OpResult constant, int64_t count);
  std::optional<Elements> evaluateByStages(mlir::OpResult value);

  const BlobStore &blobs;
  /// Null for what is not known.
  llvm::DenseMap<mlir::Value, std::unique_ptr<Elements>> memo;
};

} // namespace sinter::onnx
