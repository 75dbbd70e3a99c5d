// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/StageItems.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::cpu {
namespace {

using Values = SmallVector<Value>;

/// The results of one block, whole or in part.
class BlockEmitter {
public:
  BlockEmitter(OpBuilder &builder, Location loc, StageTile &tile,
               const Blocking &blocking)
      : builder(builder), loc(loc), tile(tile), blocking(blocking) {}

  /// `at` is the block's first result.
  void emit(const Values &at);

  /// Results of a block along an iterator.
  int64_t step(unsigned iterator) const {
    bool isLast = iterator + 1 == tile.getNumParallel();
    return isLast                     ? blocking.columns()
           : blocking.jam == iterator ? blocking.rows
                                      : 1;
  }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

private:
  void emitBlock(const Values &at);
  void emitOneByOne(const Values &at);
  void emitRestOfRows(const Values &at);
  void emitColumns(const Values &at, unsigned rows);
  void emitSingles(Values at, unsigned rows);
  /// if first + count <= limit: whole() else: part(), decided now if possible.
  void emitIfWhole(unsigned iterator, Value first, int64_t count,
                   llvm::function_ref<void()> whole,
                   llvm::function_ref<void()> part);

  OpBuilder &builder;
  Location loc;
  StageTile &tile;
  const Blocking &blocking;
};

void BlockEmitter::emitIfWhole(unsigned iterator, Value first, int64_t count,
                               llvm::function_ref<void()> whole,
                               llvm::function_ref<void()> part) {
  std::optional<int64_t> extent = tile.getConstantLimit(iterator);
  if (extent && *extent % count == 0)
    return whole();
  if (extent && *extent < count)
    return part();
  Value end = arith::AddIOp::create(builder, loc, first, constant(count));
  Value limit = tile.getLimit(builder, loc, iterator);
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

void BlockEmitter::emit(const Values &at) {
  if (!blocking.testsFills)
    return emitBlock(at);
  Value isInside = tile.emitIsInside(builder, loc, at, blocking.jam,
                                     blocking.rows, blocking.columns());
  auto branch =
      scf::IfOp::create(builder, loc, isInside, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  emitBlock(at);
  builder.setInsertionPointToStart(branch.elseBlock());
  emitOneByOne(at);
}

/// All results of a block, each with its test of what it reads.
void BlockEmitter::emitOneByOne(const Values &at) {
  StageTile single = tile.getSingle();
  Values result(at);
  OpBuilder::InsertionGuard guard(builder);
  auto open = [&](unsigned iterator) {
    Value end = arith::AddIOp::create(builder, loc, at[iterator],
                                      constant(step(iterator)));
    end = arith::MinSIOp::create(builder, loc, end,
                                 tile.getLimit(builder, loc, iterator));
    auto loop =
        scf::ForOp::create(builder, loc, at[iterator], end, constant(1));
    builder.setInsertionPointToStart(loop.getBody());
    result[iterator] = loop.getInductionVar();
  };
  if (blocking.jam)
    open(*blocking.jam);
  open(at.size() - 1);
  single.emit(builder, loc, result, std::nullopt, 1, 1, false);
}

void BlockEmitter::emitBlock(const Values &at) {
  if (!blocking.jam || blocking.rows == 1)
    return emitColumns(at, 1);
  unsigned jam = *blocking.jam;
  emitIfWhole(
      jam, at[jam], blocking.rows, [&] { emitColumns(at, blocking.rows); },
      [&] { emitRestOfRows(at); });
}

/// The rows after the last whole block: a block of their own if their number is
/// known, else blocks of powers of two, each if the rows are that many.
void BlockEmitter::emitRestOfRows(const Values &at) {
  unsigned jam = *blocking.jam;
  if (std::optional<int64_t> extent = tile.getConstantLimit(jam))
    return emitColumns(at, *extent % blocking.rows);
  Value rest = arith::SubIOp::create(builder, loc,
                                     tile.getLimit(builder, loc, jam), at[jam]);
  Values row(at);
  for (int64_t rows = llvm::bit_floor<uint64_t>(blocking.rows - 1); rows > 0;
       rows /= 2) {
    Value bit = arith::AndIOp::create(builder, loc, rest, constant(rows));
    Value has = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                      bit, constant(0));
    auto branch = scf::IfOp::create(builder, loc, has, /*withElse=*/false);
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(branch.thenBlock());
      emitColumns(row, rows);
    }
    row[jam] = arith::AddIOp::create(builder, loc, row[jam], bit);
  }
}

/// Vectors: a whole block at once, or masked vectors one by one. Scalars: a
/// loop over the block.
void BlockEmitter::emitColumns(const Values &at, unsigned rows) {
  if (tile.getLanes() == 0)
    return emitSingles(at, rows);
  unsigned last = at.size() - 1;
  emitIfWhole(
      last, at[last], blocking.columns(),
      [&] {
        tile.emit(builder, loc, at, blocking.jam, rows, blocking.vectors,
                  false);
      },
      [&] {
        Value limit = tile.getLimit(builder, loc, last);
        auto loop = scf::ForOp::create(builder, loc, at[last], limit,
                                       constant(tile.getLanes()));
        OpBuilder::InsertionGuard guard(builder);
        builder.setInsertionPointToStart(loop.getBody());
        Values column(at);
        column[last] = loop.getInductionVar();
        tile.emit(builder, loc, column, blocking.jam, rows, 1, true);
      });
}

void BlockEmitter::emitSingles(Values at, unsigned rows) {
  if (at.empty())
    return tile.emit(builder, loc, at, std::nullopt, 1, 1, false);
  unsigned last = at.size() - 1;
  Value limit = tile.getLimit(builder, loc, last);
  Value end = arith::AddIOp::create(builder, loc, at[last],
                                    constant(blocking.columns()));
  end = arith::MinSIOp::create(builder, loc, end, limit);
  auto loop = scf::ForOp::create(builder, loc, at[last], end, constant(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  at[last] = loop.getInductionVar();
  tile.emit(builder, loc, at, blocking.jam, rows, 1, false);
}

/// The first result of an item: its number in mixed radix of the counts.
Values firstOf(OpBuilder &builder, Location loc, Value item,
               BlockEmitter &block, ArrayRef<DimAttr> counts,
               ArrayRef<unsigned> order, Sizes &sizes) {
  Values at(counts.size());
  for (unsigned index : llvm::reverse(order)) {
    Value count = sizes.get(builder, loc, counts[index]);
    if (index == order.front()) {
      at[index] = item;
    } else {
      at[index] = arith::RemUIOp::create(builder, loc, item, count);
      item = arith::DivUIOp::create(builder, loc, item, count);
    }
    if (block.step(index) != 1)
      at[index] = arith::MulIOp::create(builder, loc, at[index],
                                        block.constant(block.step(index)));
  }
  return at;
}

} // namespace

void emitStageItems(OpBuilder &builder, Location loc, StageTile &tile,
                    const Blocking &blocking, ArrayRef<DimAttr> counts,
                    ArrayRef<unsigned> order, Sizes &sizes, Value begin,
                    Value end) {
  BlockEmitter block(builder, loc, tile, blocking);
  auto loop = scf::ForOp::create(builder, loc, begin, end, block.constant(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  block.emit(firstOf(builder, loc, loop.getInductionVar(), block, counts, order,
                     sizes));
}

void emitStageNest(OpBuilder &builder, Location loc, StageTile &tile,
                   const Blocking &blocking, ValueRange first, Value low) {
  BlockEmitter block(builder, loc, tile, blocking);
  SmallVector<unsigned> order;
  for (unsigned iterator = first.size(); iterator < tile.getNumParallel();
       ++iterator)
    if (blocking.jam != iterator)
      order.push_back(iterator);
  // A panel of columns serves all rows.
  if (blocking.jam && *blocking.jam >= first.size())
    order.push_back(*blocking.jam);
  Values at(tile.getNumParallel());
  llvm::copy(first, at.begin());
  OpBuilder::InsertionGuard guard(builder);
  for (unsigned iterator : order) {
    Value start = iterator == first.size() ? low : block.constant(0);
    auto loop = scf::ForOp::create(builder, loc, start,
                                   tile.getLimit(builder, loc, iterator),
                                   block.constant(block.step(iterator)));
    builder.setInsertionPointToStart(loop.getBody());
    at[iterator] = loop.getInductionVar();
  }
  block.emit(at);
}

} // namespace sinter::cpu
