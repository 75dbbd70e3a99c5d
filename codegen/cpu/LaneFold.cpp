// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/LaneFold.h"

#include "codegen/cpu/StageTile.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::cpu {
namespace {

/// Partial vectors of a fold: the latency of a sum over its throughput.
constexpr unsigned partials = 4;

} // namespace

Value combineValues(OpBuilder &builder, Operation *combine, Value lhs,
                    Value rhs) {
  if (isa<arith::MaximumFOp, arith::MinimumFOp>(combine))
    return emitExtreme(builder, combine->getLoc(), combine, lhs, rhs);
  OperationState state(combine->getLoc(), combine->getName(), {lhs, rhs},
                       lhs.getType(), combine->getAttrs());
  return builder.create(state)->getResult(0);
}

Value combineLanes(OpBuilder &builder, Operation *combine, Value vector) {
  int64_t lanes = cast<VectorType>(vector.getType()).getNumElements();
  Location loc = combine->getLoc();
  for (int64_t half = lanes / 2; half != 0; half /= 2) {
    auto low = llvm::to_vector(llvm::seq<int64_t>(0, half));
    auto high = llvm::to_vector(llvm::seq<int64_t>(half, 2 * half));
    vector = combineValues(
        builder, combine,
        vector::ShuffleOp::create(builder, loc, vector, vector, low),
        vector::ShuffleOp::create(builder, loc, vector, vector, high));
  }
  return vector::ExtractOp::create(builder, loc, vector, 0);
}

/// Whole vectors by several at a time and by one, then the rest one by one. The
/// last of `carried` is the scalar accumulator.
StageTile::Values StageTile::emitLaneLoops(OpBuilder &builder, Location loc,
                                           const Block &block, ValueRange outer,
                                           ValueRange carried) {
  StageTile vectors(stage, operands, sizes, foldLanes);
  vectors.laneIterator = stage.getNumIterators() - 1;
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value extent = sizes.get(builder, loc, stage.getExtent(vectors.laneIterator));
  Value position = constant(0);
  Values values(carried);
  // Folds [position, last whole step) into values[first, first + count).
  auto emitLoop = [&](StageTile &tile, unsigned step, unsigned first,
                      unsigned count) {
    Value rest =
        arith::RemUIOp::create(builder, loc, extent, constant(step * count));
    Value end = arith::SubIOp::create(builder, loc, extent, rest);
    auto loop = scf::ForOp::create(
        builder, loc, position, end, constant(step * count),
        ValueRange(values).slice(first, count),
        [&](OpBuilder &builder, Location loc, Value at, ValueRange folded) {
          Values next;
          for (unsigned index = 0; index < count; ++index) {
            Values reductions(outer);
            reductions.push_back(arith::AddIOp::create(
                builder, loc, at,
                arith::ConstantIndexOp::create(builder, loc, step * index)));
            llvm::append_range(next,
                               tile.emitBodies(builder, loc, block, reductions,
                                               folded[index]));
          }
          scf::YieldOp::create(builder, loc, next);
        });
    llvm::copy(loop.getResults(), values.begin() + first);
    position = end;
  };
  emitLoop(vectors, foldLanes, 0, partials);
  emitLoop(vectors, foldLanes, 0, 1);
  emitLoop(*this, 1, partials, 1);
  return values;
}

Value StageTile::emitLaneFold(OpBuilder &builder, Location loc,
                              const Block &block) {
  Operation *combine = combiningOp(stage);
  TypedAttr init = *stage.getInit();
  StageBody vectors(foldLanes, operands.tables, sizes);
  StageBody scalars(0, operands.tables, sizes);
  Values start(partials,
               vectors.constant(builder, loc, neutralValue(combine, init)));
  start.push_back(scalars.constant(builder, loc, init));
  Values lowest, highest, steps;
  for (unsigned iterator = stage.getNumParallel();
       iterator + 1 < stage.getNumIterators(); ++iterator) {
    lowest.push_back(arith::ConstantIndexOp::create(builder, loc, 0));
    highest.push_back(sizes.get(builder, loc, stage.getExtent(iterator)));
    steps.push_back(arith::ConstantIndexOp::create(builder, loc, 1));
  }
  Values values;
  if (lowest.empty()) {
    values = emitLaneLoops(builder, loc, block, {}, start);
  } else {
    scf::LoopNest nest = scf::buildLoopNest(
        builder, loc, lowest, highest, steps, start,
        [&](OpBuilder &builder, Location loc, ValueRange outer,
            ValueRange carried) -> scf::ValueVector {
          Values next = emitLaneLoops(builder, loc, block, outer, carried);
          return scf::ValueVector(next.begin(), next.end());
        });
    values.assign(nest.results.begin(), nest.results.end());
  }
  Value all = values[0];
  for (unsigned index = 1; index < partials; ++index)
    all = combineValues(builder, combine, all, values[index]);
  return combineValues(builder, combine, values[partials],
                       combineLanes(builder, combine, all));
}

} // namespace sinter::cpu
