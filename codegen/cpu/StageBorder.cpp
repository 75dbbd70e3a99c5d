// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/StageBorder.h"

#include "codegen/cpu/StageBody.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::cpu {
namespace {

/// The last dim that has a border.
unsigned lastBordered(kernel::BorderAttr border) {
  unsigned axis = border.getLow().size();
  while (axis-- > 1)
    if (border.getLow()[axis] != 0 || border.getHigh()[axis] != 0)
      return axis;
  return 0;
}

class BorderRow {
public:
  BorderRow(OpBuilder &builder, Location loc, kernel::StageOp stage,
            const Access &output, Sizes &sizes)
      : builder(builder), loc(loc), stage(stage), border(*stage.getBorder()),
        output(output), sizes(sizes) {}

  void emit(Value row);

private:
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Value isOutside(unsigned axis, Value coordinate);
  void fill(Value first, Value count);

  OpBuilder &builder;
  Location loc;
  kernel::StageOp stage;
  kernel::BorderAttr border;
  const Access &output;
  Sizes &sizes;
};

Value BorderRow::isOutside(unsigned axis, Value coordinate) {
  Value inner = arith::SubIOp::create(builder, loc, coordinate,
                                      constant(border.getLow()[axis]));
  // One comparison: what lies before is a large unsigned number.
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::uge, inner,
                               sizes.get(builder, loc, stage.getExtent(axis)));
}

void BorderRow::fill(Value first, Value count) {
  Value value = arith::ConstantOp::create(builder, loc, border.getValue());
  if (value.getType().isInteger(1))
    value = arith::ExtUIOp::create(builder, loc, builder.getI8Type(), value);
  Value end = arith::AddIOp::create(builder, loc, first, count);
  auto loop = scf::ForOp::create(builder, loc, first, end, constant(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  LLVM::StoreOp::create(
      builder, loc, value,
      addressOf(builder, loc, output, loop.getInductionVar()));
}

/// A row outside in an earlier dim is border as a whole, another at its ends.
void BorderRow::emit(Value row) {
  unsigned last = lastBordered(border);
  Value outside = arith::ConstantIntOp::create(builder, loc, 0, 1);
  Value rest = row;
  for (unsigned axis = last; axis-- > 0;) {
    Value dim = sizes.get(builder, loc, output.dims[axis]);
    outside = arith::OrIOp::create(
        builder, loc, outside,
        isOutside(axis, arith::RemUIOp::create(builder, loc, rest, dim)));
    rest = arith::DivUIOp::create(builder, loc, rest, dim);
  }
  Value inner = constant(1);
  for (DimAttr dim : llvm::ArrayRef(output.dims).drop_front(last + 1))
    inner = arith::MulIOp::create(builder, loc, inner,
                                  sizes.get(builder, loc, dim));
  auto scaled = [&](Value count) -> Value {
    return arith::MulIOp::create(builder, loc, count, inner);
  };
  Value length = scaled(sizes.get(builder, loc, output.dims[last]));
  Value first = arith::MulIOp::create(builder, loc, row, length);
  auto branch =
      scf::IfOp::create(builder, loc, outside, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  fill(first, length);
  builder.setInsertionPointToStart(branch.elseBlock());
  fill(first, scaled(constant(border.getLow()[last])));
  Value high = scaled(constant(border.getHigh()[last]));
  Value end = arith::AddIOp::create(builder, loc, first, length);
  fill(arith::SubIOp::create(builder, loc, end, high), high);
}

} // namespace

FailureOr<DimAttr> countBorderRows(kernel::StageOp stage) {
  SmallVector<DimAttr> dims = *graph::dimsOf(stage.getOutput().getType());
  dims.truncate(lastBordered(*stage.getBorder()));
  return graph::product(stage.getContext(), dims);
}

void emitBorderRow(OpBuilder &builder, Location loc, kernel::StageOp stage,
                   const Access &output, Sizes &sizes, Value row) {
  BorderRow(builder, loc, stage, output, sizes).emit(row);
}

} // namespace sinter::cpu
