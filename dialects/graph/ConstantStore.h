// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bytes behind graph.constant, as passes see them.
#pragma once

#include "dialects/graph/Attributes.h"
#include "mlir/IR/DialectInterface.h"
#include "mlir/IR/MLIRContext.h"
#include <vector>

namespace sinter::graph {

/// Whoever owns the bytes attaches a store to the graph dialect of its context,
/// with `addInterface`. Elements lie in row-major order and in the byte order
/// of the host, unaligned. All methods may be called from any thread.
class ConstantStore : public mlir::DialectInterface::Base<ConstantStore> {
public:
  explicit ConstantStore(mlir::Dialect *dialect) : Base(dialect) {}

  /// The bytes of a key, valid as long as the store; nothing if it has none.
  virtual std::optional<llvm::ArrayRef<char>> bytes(BlobAttr key) = 0;

  /// Adds the bytes of elements of this type and returns their key.
  virtual BlobAttr add(std::vector<char> bytes, mlir::Type element) = 0;

  /// The store of a context; null if it has none.
  static ConstantStore *of(mlir::MLIRContext *context) {
    auto *dialect = context->getLoadedDialect<GraphDialect>();
    return dialect ? dialect->getRegisteredInterface<ConstantStore>() : nullptr;
  }
};

} // namespace sinter::graph
