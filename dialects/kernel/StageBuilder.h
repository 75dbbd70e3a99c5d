// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes stages: the way an op's .cpp says what the op computes.
#pragma once

#include "dialects/kernel/Kernel.h"
#include "mlir/IR/Builders.h"

namespace sinter::kernel {

/// How a body reads the bits of an integer.
enum class Sign : uint8_t { isSigned, isUnsigned };

/// The sign of a graph element type; bool counts as unsigned.
Sign signOf(mlir::Type element);

/// Inside of a body: makes scalar ops.
class Scalars {
public:
  Scalars(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  template <typename Op, typename... Args> mlir::Value make(Args &&...args) {
    return Op::create(builder, loc, std::forward<Args>(args)...);
  }
  mlir::Value constant(mlir::Type type, double value);
  mlir::Value index(unsigned iterator);
  mlir::Value indexConstant(int64_t value);
  mlir::Value dim(graph::DimAttr dim);
  mlir::Value load(unsigned table, mlir::ValueRange coordinates,
                   mlir::Type element);
  /// An integer as a coordinate of a dim, counted from the end if negative;
  /// clamped to the dim, so that no index of a model reads elsewhere.
  mlir::Value wrapIndex(mlir::Value value, graph::DimAttr dim);
  /// f16 and bf16 are computed in f32.
  mlir::Value math(MathFunction function, mlir::ValueRange operands);
  /// Arithmetic for any float or integer type; bodies have signless integers,
  /// `sign` says how to read them.
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value subtract(mlir::Value lhs, mlir::Value rhs);
  mlir::Value multiply(mlir::Value lhs, mlir::Value rhs);
  mlir::Value divide(mlir::Value lhs, mlir::Value rhs, Sign sign);
  /// The remainder with the sign of lhs, and that with the sign of rhs.
  mlir::Value remainder(mlir::Value lhs, mlir::Value rhs, Sign sign);
  mlir::Value modulo(mlir::Value lhs, mlir::Value rhs, Sign sign);
  /// An amount that is negative or not below the width shifts all bits out.
  mlir::Value shiftLeft(mlir::Value value, mlir::Value amount);
  mlir::Value shiftRight(mlir::Value value, mlir::Value amount, Sign sign);
  /// NaN if either is.
  mlir::Value minimum(mlir::Value lhs, mlir::Value rhs, Sign sign);
  mlir::Value maximum(mlir::Value lhs, mlir::Value rhs, Sign sign);
  mlir::Value less(mlir::Value lhs, mlir::Value rhs, Sign sign);
  mlir::Value lessOrEqual(mlir::Value lhs, mlir::Value rhs, Sign sign);
  mlir::Value equal(mlir::Value lhs, mlir::Value rhs);
  mlir::Value absolute(mlir::Value value, Sign sign);
  mlir::Value negate(mlir::Value value);
  /// -1, 0 or 1; NaN stays.
  mlir::Value signum(mlir::Value value, Sign sign);
  mlir::Value sigmoid(mlir::Value value);
  /// Of bools, or of each bit of integers.
  mlir::Value conjunction(mlir::Value lhs, mlir::Value rhs);
  mlir::Value disjunction(mlir::Value lhs, mlir::Value rhs);
  mlir::Value exclusiveOr(mlir::Value lhs, mlir::Value rhs);
  /// Of a bool.
  mlir::Value negation(mlir::Value value);
  mlir::Value select(mlir::Value condition, mlir::Value yes, mlir::Value no);
  /// The conversion of graph.cast, from one graph element type to another.
  mlir::Value cast(mlir::Value value, mlir::Type from, mlir::Type to);

  mlir::OpBuilder &builder;
  const mlir::Location loc;
};

class StageBuilder {
public:
  /// `result` gives the parallel iterators, one for each dim.
  StageBuilder(mlir::OpBuilder &builder, mlir::Location loc,
               mlir::RankedTensorType result,
               llvm::ArrayRef<graph::DimAttr> reductions = {});

  /// The iterator as an affine expression: parallel ones first.
  mlir::AffineExpr iterator(unsigned index) const;
  unsigned getNumParallel() const { return result.getRank(); }

  /// Adds an input at these coordinates; outside of it, `fill`.
  StageBuilder &input(mlir::Value value,
                      llvm::ArrayRef<mlir::AffineExpr> coordinates,
                      mlir::TypedAttr fill = {});
  /// Adds an input that broadcasts to the result, as ONNX aligns them.
  StageBuilder &broadcast(mlir::Value value);
  /// Adds a table and returns its number.
  unsigned table(mlir::Value value);

  using Body = llvm::function_ref<mlir::Value(
      Scalars &scalars, mlir::ValueRange elements, mlir::Value accumulator)>;
  /// Makes the stage; `init` if there are reductions.
  mlir::Value build(Body body, mlir::TypedAttr init = {});

private:
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::RankedTensorType result;
  llvm::SmallVector<mlir::Attribute> extents, maps, fills;
  llvm::SmallVector<mlir::Value> inputs, tables;
};

} // namespace sinter::kernel
