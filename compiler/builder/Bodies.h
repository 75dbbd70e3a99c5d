// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bodies of ops with regions, while a GraphBuilder makes them.
#pragma once

#include "compiler/builder/Impl.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/raw_ostream.h"

namespace sinter {

using MlirValues = llvm::SmallVector<mlir::Value>;

/// A body that is given up unless it becomes part of an op.
class Body {
public:
  explicit Body(std::vector<std::unique_ptr<mlir::Region>> &abandoned)
      : abandoned(abandoned), region(std::make_unique<mlir::Region>()) {
    region->emplaceBlock();
  }
  Body(const Body &) = delete;
  ~Body() {
    if (!region->empty())
      abandoned.push_back(std::move(region));
  }

  mlir::Region &operator*() { return *region; }
  mlir::Block &block() { return region->front(); }

private:
  std::vector<std::unique_ptr<mlir::Region>> &abandoned;
  std::unique_ptr<mlir::Region> region;
};

inline bool haveEqualRanks(mlir::Value lhs, mlir::Value rhs) {
  return mlir::getElementTypeOrSelf(lhs) == mlir::getElementTypeOrSelf(rhs) &&
         llvm::cast<mlir::RankedTensorType>(lhs.getType()).getRank() ==
             llvm::cast<mlir::RankedTensorType>(rhs.getType()).getRank();
}

inline std::string typesText(mlir::Value lhs, mlir::Value rhs) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << lhs.getType() << " and " << rhs.getType()
         << " differ in element type or rank";
  return text;
}

} // namespace sinter
