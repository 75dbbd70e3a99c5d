// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/StageTile.h"

#include "codegen/cpu/LaneTranspose.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <array>
#include <map>

using namespace mlir;
using llvm::SmallVector;

namespace sinter::cpu {
namespace {

Value constantIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

unsigned alignmentOf(const Access &access) {
  return (memoryType(access.type.getElementType()).getIntOrFloatBitWidth() +
          7) /
         8;
}

} // namespace

StageTile::Values StageTile::iteratorsAt(OpBuilder &builder, Location loc,
                                         const Block &block, unsigned row,
                                         unsigned vector,
                                         ValueRange reductions) const {
  Values iterators(block.parallel);
  auto advance = [&](unsigned iterator, int64_t by) {
    if (by != 0)
      iterators[iterator] = arith::AddIOp::create(
          builder, loc, iterators[iterator], constantIndex(builder, loc, by));
  };
  if (block.jam)
    advance(*block.jam, row);
  if (!iterators.empty())
    advance(iterators.size() - 1, int64_t(vector) * std::max(lanes, 1u));
  llvm::append_range(iterators, reductions);
  return iterators;
}

Value StageTile::getLimit(OpBuilder &builder, Location loc, unsigned iterator) {
  if (Value limit = limits.lookup(iterator))
    return limit;
  return sizes.get(builder, loc, stage.getExtent(iterator));
}

std::optional<int64_t> StageTile::getConstantLimit(unsigned iterator) {
  if (limits.contains(iterator))
    return std::nullopt;
  return stage.getExtent(iterator).getConstant();
}

/// Lanes below the extent of the last parallel iterator.
Value StageTile::maskAt(OpBuilder &builder, Location loc, Value column) {
  Value limit = getLimit(builder, loc, stage.getNumParallel() - 1);
  Value left = arith::SubIOp::create(builder, loc, limit, column);
  return vector::CreateMaskOp::create(
      builder, loc, VectorType::get(lanes, builder.getI1Type()), left);
}

Value StageTile::hasElement(OpBuilder &builder, Location loc,
                            const Access &access, ValueRange coordinates) {
  Value isInside = arith::ConstantIntOp::create(builder, loc, 1, 1);
  for (auto [coordinate, dim] : llvm::zip_equal(coordinates, access.dims)) {
    // One comparison: a negative coordinate is a large unsigned one.
    Value fits =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                              coordinate, sizes.get(builder, loc, dim));
    isInside = arith::AndIOp::create(builder, loc, isInside, fits);
  }
  return isInside;
}

Value StageTile::loadOrFill(OpBuilder &builder, Location loc,
                            const Access &access, TypedAttr fill,
                            ValueRange iterators) {
  if (!fill)
    return loadElement(builder, loc, access,
                       access.offset(builder, loc, sizes, iterators));
  SmallVector<Value> at = access.coordinates(builder, loc, sizes, iterators);
  Value isInside = hasElement(builder, loc, access, at);
  auto branch = scf::IfOp::create(builder, loc, fill.getType(), isInside,
                                  /*addThenBlock=*/true, /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  Value offset = access.offsetAt(builder, loc, sizes, at);
  scf::YieldOp::create(builder, loc, loadElement(builder, loc, access, offset));
  builder.setInsertionPointToStart(branch.elseBlock());
  Value outside = arith::ConstantOp::create(builder, loc, fill);
  scf::YieldOp::create(builder, loc, outside);
  return branch.getResult(0);
}

/// Lane by lane, for an input whose addresses are not contiguous. Lanes beyond
/// the extent read the last element instead.
Value StageTile::loadLanes(OpBuilder &builder, Location loc,
                           const Access &access, TypedAttr fill,
                           ValueRange iterators, bool isMasked) {
  unsigned last = laneIterator;
  Values at(iterators);
  Value vector;
  for (unsigned lane = 0; lane < lanes; ++lane) {
    at[last] = arith::AddIOp::create(builder, loc, iterators[last],
                                     constantIndex(builder, loc, lane));
    if (isMasked) {
      Value final =
          arith::SubIOp::create(builder, loc, getLimit(builder, loc, last),
                                constantIndex(builder, loc, 1));
      at[last] = arith::MinSIOp::create(builder, loc, at[last], final);
    }
    Value element = loadOrFill(builder, loc, access, fill, at);
    Type type = VectorType::get(lanes, element.getType());
    vector = lane == 0
                 ? vector::BroadcastOp::create(builder, loc, type, element)
                       .getResult()
                 : vector::InsertOp::create(builder, loc, element, vector, lane)
                       .getResult();
  }
  return vector;
}

Value StageTile::load(OpBuilder &builder, Location loc, const Access &access,
                      TypedAttr fill, ValueRange iterators, Value mask) {
  if (lanes == 0)
    return loadOrFill(builder, loc, access, fill, iterators);
  Type element = access.type.getElementType();
  Step step = access.stepOf(laneIterator);
  Type scalar = kernel::StageOp::getScalarType(element);
  VectorType type = VectorType::get(lanes, scalar);
  if (step == Step::none)
    return vector::BroadcastOp::create(
        builder, loc, type, loadOrFill(builder, loc, access, fill, iterators));
  if (step == Step::strided || element.isInteger(1))
    return loadLanes(builder, loc, access, fill, iterators, mask != Value());
  Value address = addressOf(builder, loc, access,
                            access.offset(builder, loc, sizes, iterators));
  if (!mask)
    return LLVM::LoadOp::create(builder, loc, type, address,
                                alignmentOf(access));
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  return LLVM::MaskedLoadOp::create(
      builder, loc, type, address, mask, zero,
      builder.getI32IntegerAttr(alignmentOf(access)));
}

bool StageTile::isTransposed(const Access &access, const Block &block) const {
  return transposes && block.jam &&
         !access.type.getElementType().isInteger(1) &&
         access.stepOf(laneIterator) == Step::strided &&
         access.stepOf(*block.jam) == Step::unit;
}

/// Lane by lane a vector along the rows. Lanes beyond the extent read the last
/// one instead.
StageTile::Values StageTile::loadTransposed(OpBuilder &builder, Location loc,
                                            const Access &access,
                                            const Block &block,
                                            ValueRange reductions) {
  Type scalar = kernel::StageOp::getScalarType(access.type.getElementType());
  VectorType type = VectorType::get(lanes, scalar);
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  Value mask;
  if (block.rows < lanes)
    mask = vector::CreateMaskOp::create(
        builder, loc, VectorType::get(lanes, builder.getI1Type()),
        constantIndex(builder, loc, block.rows));
  Values columns;
  for (unsigned lane = 0; lane < lanes; ++lane) {
    Values at = iteratorsAt(builder, loc, block, 0, 0, reductions);
    at[laneIterator] = arith::AddIOp::create(builder, loc, at[laneIterator],
                                             constantIndex(builder, loc, lane));
    if (block.isMasked)
      at[laneIterator] = arith::MinSIOp::create(
          builder, loc, at[laneIterator],
          arith::SubIOp::create(builder, loc,
                                getLimit(builder, loc, laneIterator),
                                constantIndex(builder, loc, 1)));
    Value address =
        addressOf(builder, loc, access, access.offset(builder, loc, sizes, at));
    columns.push_back(mask ? LLVM::MaskedLoadOp::create(
                                 builder, loc, type, address, mask, zero,
                                 builder.getI32IntegerAttr(alignmentOf(access)))
                                 .getResult()
                           : LLVM::LoadOp::create(builder, loc, type, address,
                                                  alignmentOf(access))
                                 .getResult());
  }
  return transposeLanes(builder, loc, columns);
}

Value StageTile::emitIsInside(OpBuilder &builder, Location loc,
                              ValueRange parallel, std::optional<unsigned> jam,
                              unsigned rows, unsigned columns) {
  auto lastOf = [&](unsigned iterator, unsigned count) -> Value {
    Value end = arith::AddIOp::create(builder, loc, parallel[iterator],
                                      constantIndex(builder, loc, count));
    end = arith::MinSIOp::create(builder, loc, end,
                                 getLimit(builder, loc, iterator));
    return arith::SubIOp::create(builder, loc, end,
                                 constantIndex(builder, loc, 1));
  };
  // A linear map is largest and smallest at corners.
  SmallVector<Values> corners = {Values(parallel)};
  auto spread = [&](unsigned iterator, unsigned count) {
    Value last = lastOf(iterator, count);
    for (size_t corner = 0, known = corners.size(); corner < known; ++corner) {
      corners.push_back(corners[corner]);
      corners.back()[iterator] = last;
    }
  };
  spread(parallel.size() - 1, columns);
  if (jam)
    spread(*jam, rows);
  Value isInside = arith::ConstantIntOp::create(builder, loc, 1, 1);
  for (auto [index, access] : llvm::enumerate(operands.inputs)) {
    if (!stage.getFill(index))
      continue;
    for (const Values &corner : corners)
      isInside = arith::AndIOp::create(
          builder, loc, isInside,
          hasElement(builder, loc, access,
                     access.coordinates(builder, loc, sizes, corner)));
  }
  return isInside;
}

StageTile::Values StageTile::forEachResult(
    OpBuilder &builder, Location loc, const Block &block,
    llvm::ArrayRef<Access> accesses, ValueRange reductions,
    llvm::function_ref<TypedAttr(unsigned)> fillOf,
    llvm::function_ref<Value(unsigned, Values, ValueRange)> emitOne) {
  unsigned last = stage.getNumParallel() - 1;
  auto moves = [&](const Access &access, std::optional<unsigned> iterator) {
    return iterator && access.stepOf(*iterator) != Step::none;
  };
  std::optional<unsigned> column;
  if (stage.getNumParallel() != 0)
    column = last;
  std::map<std::array<unsigned, 3>, Value> loaded;
  Values results;
  for (unsigned row = 0; row < block.rows; ++row) {
    for (unsigned vector = 0; vector < block.vectors; ++vector) {
      Values iterators =
          iteratorsAt(builder, loc, block, row, vector, reductions);
      Value mask = block.isMasked && lanes != 0
                       ? maskAt(builder, loc, iterators[last])
                       : Value();
      Values elements;
      for (auto [index, access] : llvm::enumerate(accesses)) {
        Value &value = loaded[{static_cast<unsigned>(index),
                               moves(access, block.jam) ? row : 0,
                               moves(access, column) ? vector : 0}];
        if (!value && isTransposed(access, block)) {
          Values rows = loadTransposed(builder, loc, access, block, reductions);
          for (unsigned other = 0; other < block.rows; ++other)
            loaded[{static_cast<unsigned>(index), other, 0}] = rows[other];
        } else if (!value) {
          value = load(builder, loc, access, fillOf(index), iterators, mask);
        }
        elements.push_back(value);
      }
      results.push_back(
          emitOne(row * block.vectors + vector, elements, iterators));
    }
  }
  return results;
}

StageTile::Values StageTile::emitBodies(OpBuilder &builder, Location loc,
                                        const Block &block,
                                        ValueRange reductions,
                                        ValueRange accumulators) {
  StageBody body(lanes, operands.tables, sizes);
  return forEachResult(
      builder, loc, block, operands.inputs, reductions,
      [&](unsigned input) {
        return ignoresFills ? TypedAttr() : stage.getFill(input);
      },
      [&](unsigned result, Values arguments, ValueRange iterators) {
        if (!accumulators.empty())
          arguments.push_back(accumulators[result]);
        return body.emit(builder, stage.getBody(), arguments, iterators);
      });
}

StageTile::Values StageTile::emitFinish(OpBuilder &builder, Location loc,
                                        const Block &block, ValueRange folded) {
  StageBody body(lanes, operands.tables, sizes);
  return forEachResult(
      builder, loc, block, operands.finishInputs, {},
      [](unsigned) { return TypedAttr(); },
      [&](unsigned result, Values arguments, ValueRange iterators) {
        arguments.push_back(folded[result]);
        return body.emit(builder, stage.getFinish(), arguments, iterators);
      });
}

StageTile::Values StageTile::emitFold(OpBuilder &builder, Location loc,
                                      const Block &block) {
  StageBody body(lanes, operands.tables, sizes);
  Value init = body.constant(builder, loc, *stage.getInit());
  Values accumulators(block.rows * block.vectors, init);
  Values lowest, highest, steps;
  for (unsigned iterator = stage.getNumParallel();
       iterator < stage.getNumIterators(); ++iterator) {
    lowest.push_back(constantIndex(builder, loc, 0));
    highest.push_back(sizes.get(builder, loc, stage.getExtent(iterator)));
    steps.push_back(constantIndex(builder, loc, 1));
  }
  scf::LoopNest nest = scf::buildLoopNest(
      builder, loc, lowest, highest, steps, accumulators,
      [&](OpBuilder &builder, Location loc, ValueRange reductions,
          ValueRange carried) -> scf::ValueVector {
        Values next = emitBodies(builder, loc, block, reductions, carried);
        return scf::ValueVector(next.begin(), next.end());
      });
  return Values(nest.results.begin(), nest.results.end());
}

void StageTile::store(OpBuilder &builder, Location loc, Value value,
                      ValueRange parallel, Value mask) {
  Type element = operands.output->type.getElementType();
  if (element.isInteger(1)) {
    Type byte = builder.getI8Type();
    value = arith::ExtUIOp::create(
        builder, loc, lanes == 0 ? byte : VectorType::get(lanes, byte), value);
  }
  Value address =
      addressOf(builder, loc, *operands.output,
                operands.output->offset(builder, loc, sizes, parallel));
  if (mask)
    LLVM::MaskedStoreOp::create(
        builder, loc, value, address, mask,
        builder.getI32IntegerAttr(alignmentOf(*operands.output)));
  else
    LLVM::StoreOp::create(builder, loc, value, address,
                          alignmentOf(*operands.output));
}

void StageTile::emit(OpBuilder &builder, Location loc, ValueRange parallel,
                     std::optional<unsigned> jam, unsigned rows,
                     unsigned vectors, bool isMasked) {
  Block block{parallel, jam, rows, vectors, isMasked};
  Values results = stage.getNumReductions() == 0
                       ? emitBodies(builder, loc, block, {}, {})
                   : foldLanes != 0 ? Values{emitLaneFold(builder, loc, block)}
                                    : emitFold(builder, loc, block);
  if (stage.hasFinish())
    results = emitFinish(builder, loc, block, results);
  for (unsigned row = 0; row < rows; ++row) {
    for (unsigned vector = 0; vector < vectors; ++vector) {
      Values at = iteratorsAt(builder, loc, block, row, vector, {});
      Value mask =
          isMasked && lanes != 0 ? maskAt(builder, loc, at.back()) : Value();
      store(builder, loc, results[row * vectors + vector], at, mask);
    }
  }
}

} // namespace sinter::cpu
