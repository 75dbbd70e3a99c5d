// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scalar body of a stage as code for one element or one vector of them.
#pragma once

#include "codegen/cpu/StageAccess.h"
#include "mlir/IR/IRMapping.h"

namespace sinter::cpu {

/// True if every op of a body or finish works on vectors lane by lane.
bool isLaneWise(mlir::Region &region);

/// What a maximum or minimum, `op`, gives of two values: NaN if either is.
/// Which of two zeros is not said.
mlir::Value emitExtreme(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Operation *op, mlir::Value one,
                        mlir::Value other);

class StageBody {
public:
  /// `lanes` 0 means scalars. `tables` are those of the stage.
  StageBody(unsigned lanes, llvm::ArrayRef<Access> tables, Sizes &sizes)
      : lanes(lanes), tables(tables), sizes(sizes) {}

  /// The type of a value of the body for these lanes.
  mlir::Type typeOf(mlir::Type scalar) const;
  /// A constant in all lanes.
  mlir::Value constant(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::TypedAttr value) const;

  /// Emits the stage's body, or its finish, and returns what it yields.
  /// `arguments` are those of the block: elements, then the accumulator.
  /// `iterators` are needed by scalars only.
  mlir::Value emit(mlir::OpBuilder &builder, mlir::Region &region,
                   mlir::ValueRange arguments,
                   mlir::ValueRange iterators) const;

private:
  mlir::Value emitBlock(mlir::OpBuilder &builder, mlir::Block &block,
                        mlir::IRMapping &mapping,
                        mlir::ValueRange iterators) const;
  void emitOp(mlir::OpBuilder &builder, mlir::Operation &op,
              mlir::IRMapping &mapping, mlir::ValueRange iterators) const;
  mlir::Value emitFused(mlir::OpBuilder &builder, mlir::Operation &op,
                        mlir::IRMapping &mapping) const;
  void emitBranch(mlir::OpBuilder &builder, mlir::scf::IfOp op,
                  mlir::IRMapping &mapping, mlir::ValueRange iterators) const;

  unsigned lanes;
  llvm::ArrayRef<Access> tables;
  Sizes &sizes;
};

/// Loads an element and makes it a value of a body (bool from a byte).
mlir::Value loadElement(mlir::OpBuilder &builder, mlir::Location loc,
                        const Access &access, mlir::Value offset);
/// The address of an element.
mlir::Value addressOf(mlir::OpBuilder &builder, mlir::Location loc,
                      const Access &access, mlir::Value offset);

} // namespace sinter::cpu
