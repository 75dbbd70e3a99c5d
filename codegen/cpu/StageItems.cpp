// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loop over a kernel's part of the parallel range.
#include "codegen/cpu/StageTile.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::cpu {
namespace {

class ItemLoop {
public:
  ItemLoop(OpBuilder &builder, Location loc, StageTile &tile,
           const ItemShape &shape, Sizes &sizes)
      : builder(builder), loc(loc), tile(tile), shape(shape), sizes(sizes) {}

  void emit(Value begin, Value end);

private:
  using Values = SmallVector<Value>;

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Value multiply(Value value, int64_t by) {
    return by == 1 ? value
                   : arith::MulIOp::create(builder, loc, value, constant(by))
                         .getResult();
  }
  Values iteratorsOf(Value item);
  void emitRows(Values at);
  void emitRestOfRows(const Values &at);
  void emitColumns(const Values &at, unsigned rows);
  void emitSingles(Values at, unsigned rows);
  /// if first + count <= extent: whole() else: part(), decided now if possible.
  void emitIfWhole(unsigned iterator, Value first, int64_t count,
                   llvm::function_ref<void()> whole,
                   llvm::function_ref<void()> part);

  OpBuilder &builder;
  Location loc;
  StageTile &tile;
  const ItemShape &shape;
  Sizes &sizes;
};

/// The first result of an item: its number in mixed radix of the counts.
ItemLoop::Values ItemLoop::iteratorsOf(Value item) {
  Values at(shape.counts.size());
  for (unsigned index : llvm::reverse(shape.order)) {
    Value count = sizes.get(builder, loc, shape.counts[index]);
    if (index == shape.order.front()) {
      at[index] = item;
    } else {
      at[index] = arith::RemUIOp::create(builder, loc, item, count);
      item = arith::DivUIOp::create(builder, loc, item, count);
    }
    bool isLast = index + 1 == at.size();
    at[index] = multiply(at[index], isLast               ? shape.columns
                                    : shape.jam == index ? shape.rows
                                                         : 1);
  }
  return at;
}

void ItemLoop::emitIfWhole(unsigned iterator, Value first, int64_t count,
                           llvm::function_ref<void()> whole,
                           llvm::function_ref<void()> part) {
  std::optional<int64_t> extent = shape.extents[iterator].getConstant();
  if (extent && *extent % count == 0)
    return whole();
  if (extent && *extent < count)
    return part();
  Value end = arith::AddIOp::create(builder, loc, first, constant(count));
  Value limit = sizes.get(builder, loc, shape.extents[iterator]);
  Value isWhole = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sle,
                                        end, limit);
  auto branch = scf::IfOp::create(builder, loc, isWhole,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  whole();
  builder.setInsertionPointToStart(branch.elseBlock());
  part();
}

void ItemLoop::emitRows(Values at) {
  if (!shape.jam || shape.rows == 1)
    return emitColumns(at, 1);
  unsigned jam = *shape.jam;
  emitIfWhole(
      jam, at[jam], shape.rows, [&] { emitColumns(at, shape.rows); },
      [&] { emitRestOfRows(at); });
}

/// The rows after the last whole block: a block of their own if their number is
/// known, else one by one.
void ItemLoop::emitRestOfRows(const Values &at) {
  unsigned jam = *shape.jam;
  if (std::optional<int64_t> extent = shape.extents[jam].getConstant())
    return emitColumns(at, *extent % shape.rows);
  Value limit = sizes.get(builder, loc, shape.extents[jam]);
  auto loop = scf::ForOp::create(builder, loc, at[jam], limit, constant(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Values row(at);
  row[jam] = loop.getInductionVar();
  emitColumns(row, 1);
}

/// Vectors: a whole block at once, or masked vectors one by one. Scalars: a
/// loop over the block.
void ItemLoop::emitColumns(const Values &at, unsigned rows) {
  if (tile.getLanes() == 0)
    return emitSingles(at, rows);
  unsigned last = at.size() - 1;
  emitIfWhole(
      last, at[last], shape.columns,
      [&] {
        tile.emit(builder, loc, at, shape.jam, rows, shape.vectors, false);
      },
      [&] {
        Value limit = sizes.get(builder, loc, shape.extents[last]);
        auto loop = scf::ForOp::create(builder, loc, at[last], limit,
                                       constant(tile.getLanes()));
        OpBuilder::InsertionGuard guard(builder);
        builder.setInsertionPointToStart(loop.getBody());
        Values column(at);
        column[last] = loop.getInductionVar();
        tile.emit(builder, loc, column, shape.jam, rows, 1, true);
      });
}

void ItemLoop::emitSingles(Values at, unsigned rows) {
  if (at.empty())
    return tile.emit(builder, loc, at, std::nullopt, 1, 1, false);
  unsigned last = at.size() - 1;
  Value limit = sizes.get(builder, loc, shape.extents[last]);
  Value end =
      arith::AddIOp::create(builder, loc, at[last], constant(shape.columns));
  end = arith::MinSIOp::create(builder, loc, end, limit);
  auto loop = scf::ForOp::create(builder, loc, at[last], end, constant(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  at[last] = loop.getInductionVar();
  tile.emit(builder, loc, at, shape.jam, rows, 1, false);
}

void ItemLoop::emit(Value begin, Value end) {
  Type index = builder.getIndexType();
  begin = arith::IndexCastOp::create(builder, loc, index, begin);
  end = arith::IndexCastOp::create(builder, loc, index, end);
  auto loop = scf::ForOp::create(builder, loc, begin, end, constant(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  emitRows(iteratorsOf(loop.getInductionVar()));
}

} // namespace

void emitStageItems(OpBuilder &builder, Location loc, StageTile &tile,
                    const ItemShape &shape, Sizes &sizes, Value begin,
                    Value end) {
  ItemLoop(builder, loc, tile, shape, sizes).emit(begin, end);
}

} // namespace sinter::cpu
