// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What routines are told of an operand.
#pragma once

#include "dialects/graph/Types.h"

namespace sinter::graph {

/// Sizes of a value, for Routine::sizes. What does not fit 64 bits is -1, which
/// the runtime refuses.
class RoutineSizes {
public:
  explicit RoutineSizes(mlir::Value value);

  int64_t getRank() const { return dims.size(); }
  DimAttr constant(int64_t value) const;
  DimAttr dim(int64_t axis) const { return dims[axis]; }
  /// The product of the dims from `begin` to before `end`.
  DimAttr product(int64_t begin, int64_t end) const;
  DimAttr elements() const { return product(0, getRank()); }
  DimAttr multiply(DimAttr lhs, DimAttr rhs) const;
  /// The number of the element type in ONNX TensorProto.DataType.
  DimAttr type() const;
  DimAttr elementBytes() const;

private:
  mlir::Type element;
  mlir::MLIRContext *context;
  llvm::SmallVector<DimAttr> dims;
};

} // namespace sinter::graph
