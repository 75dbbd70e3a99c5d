// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Addresses that are sums of multiples of iterators.
#pragma once

#include "codegen/OperandMap.h"

namespace sinter::cuda {

/// factor * iterator; nothing if the expression is not linear in it.
std::optional<int64_t> factorOf(mlir::AffineExpr expression, unsigned iterator,
                                unsigned iterators);
/// The value where all iterators are 0.
std::optional<int64_t> originOf(mlir::AffineExpr expression,
                                unsigned iterators);

/// Whether every value of the dim is known to be a multiple of `count`.
bool isMultiple(graph::DimAttr dim, int64_t count);

/// Elements from one to the next of each dim.
mlir::FailureOr<llvm::SmallVector<graph::DimAttr>>
stridesOf(llvm::ArrayRef<graph::DimAttr> dims);

/// An operand's address: an offset, and what each iterator adds to it; 0 for
/// those that do not move it.
struct Linear {
  llvm::SmallVector<graph::DimAttr> strides;
  int64_t offset = 0;
};
/// Nothing if it is no such sum, or a dim may broadcast at run time.
std::optional<Linear> findLinear(const codegen::OperandMap &operand);

/// The stride of several iterators as one, of which the last runs fastest;
/// null for none, nothing if they do not follow each other. Iterators that run
/// once count for nothing.
std::optional<graph::DimAttr> mergedStride(const Linear &linear,
                                           kernel::StageOp stage,
                                           llvm::ArrayRef<unsigned> iterators);

} // namespace sinter::cuda
