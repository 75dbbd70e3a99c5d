// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How an op calls a function of runtime/src/ops.
#pragma once

#include "dialects/graph/Dim.h"
#include <string>

namespace sinter::graph {

/// A call of the ABI's kernel type: the buffers are those of the operands, then
/// those of the results.
struct Routine {
  /// The function, as runtime/src/ops/Routines.h declares it.
  std::string name;
  /// What it finds in `sizes`.
  llvm::SmallVector<DimAttr> sizes;
  /// The length of its parallel range; each part computes results of its own.
  DimAttr extent;
  /// Bytes of memory that it needs for each thread; null for none.
  DimAttr scratch;
};

} // namespace sinter::graph
