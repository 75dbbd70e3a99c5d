// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scalar body of a stage as lines of C++.
#pragma once

#include "codegen/cuda/StageAccess.h"
#include "codegen/cuda/Text.h"

namespace sinter::cuda {

/// A literal of the value's type.
std::string literal(mlir::TypedAttr value);

class StageBody {
public:
  /// `tables` are those of the stage.
  StageBody(Text &text, llvm::ArrayRef<Access> tables, Sizes &sizes)
      : text(text), tables(tables), sizes(sizes) {}

  /// Emits the stage's body, or its finish; the result is the expression of
  /// what it yields. `arguments` are those of the block: elements, then the
  /// accumulator.
  std::string emit(mlir::Region &region, llvm::ArrayRef<std::string> arguments,
                   llvm::ArrayRef<std::string> iterators);

private:
  std::string emitBlock(mlir::Block &block,
                        llvm::ArrayRef<std::string> iterators);
  void emitBranch(mlir::scf::IfOp op, llvm::ArrayRef<std::string> iterators);
  std::string expression(mlir::Operation *op,
                         llvm::ArrayRef<std::string> iterators);
  std::string access(mlir::Operation *op,
                     llvm::ArrayRef<std::string> iterators);
  std::string ofFloats(mlir::Operation *op);
  std::string ofIntegers(mlir::Operation *op);
  std::string conversion(mlir::Operation *op);
  std::string sum(mlir::Operation *op);
  /// Empty for a product that its sum takes in.
  std::string get(mlir::Value value) const { return names.lookup(value); }

  Text &text;
  llvm::ArrayRef<Access> tables;
  Sizes &sizes;
  llvm::DenseMap<mlir::Value, std::string> names;
};

/// The combination of two values by an op of codegen::combiningOp.
std::string combination(mlir::Operation *combine, const std::string &a,
                        const std::string &b);

/// Whether StageBody knows this op of a body.
bool canPrint(mlir::Operation *op);

} // namespace sinter::cuda
