// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/StageTile.h"

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

struct StageTile::Block {
  ValueRange parallel;
  std::optional<unsigned> jam;
  unsigned rows, vectors;
  bool isMasked;
};

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

/// Lanes below the extent of the last parallel iterator.
Value StageTile::maskAt(OpBuilder &builder, Location loc, Value column) {
  unsigned last = stage.getNumParallel() - 1;
  Value extent = sizes.get(builder, loc, stage.getExtent(last));
  Value left = arith::SubIOp::create(builder, loc, extent, column);
  return vector::CreateMaskOp::create(
      builder, loc, VectorType::get(lanes, builder.getI1Type()), left);
}

Value StageTile::loadOrFill(OpBuilder &builder, Location loc, unsigned input,
                            ValueRange iterators) {
  const Access &access = inputs[input];
  TypedAttr fill = stage.getFill(input);
  if (!fill)
    return loadElement(builder, loc, access,
                       access.offset(builder, loc, sizes, iterators));
  SmallVector<Value> at = access.coordinates(builder, loc, sizes, iterators);
  Value isInside = arith::ConstantIntOp::create(builder, loc, 1, 1);
  for (auto [coordinate, dim] : llvm::zip_equal(at, access.dims)) {
    // One comparison: a negative coordinate is a large unsigned one.
    Value fits =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                              coordinate, sizes.get(builder, loc, dim));
    isInside = arith::AndIOp::create(builder, loc, isInside, fits);
  }
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
Value StageTile::loadLanes(OpBuilder &builder, Location loc, unsigned input,
                           ValueRange iterators, bool isMasked) {
  unsigned last = stage.getNumParallel() - 1;
  Values at(iterators);
  Value vector;
  for (unsigned lane = 0; lane < lanes; ++lane) {
    at[last] = arith::AddIOp::create(builder, loc, iterators[last],
                                     constantIndex(builder, loc, lane));
    if (isMasked) {
      Value extent = sizes.get(builder, loc, stage.getExtent(last));
      Value final = arith::SubIOp::create(builder, loc, extent,
                                          constantIndex(builder, loc, 1));
      at[last] = arith::MinSIOp::create(builder, loc, at[last], final);
    }
    Value element = loadOrFill(builder, loc, input, at);
    Type type = VectorType::get(lanes, element.getType());
    vector = lane == 0
                 ? vector::BroadcastOp::create(builder, loc, type, element)
                       .getResult()
                 : vector::InsertOp::create(builder, loc, element, vector, lane)
                       .getResult();
  }
  return vector;
}

Value StageTile::load(OpBuilder &builder, Location loc, unsigned input,
                      ValueRange iterators, Value mask) {
  if (lanes == 0)
    return loadOrFill(builder, loc, input, iterators);
  const Access &access = inputs[input];
  Type element = access.type.getElementType();
  Step step = access.stepOf(stage.getNumParallel() - 1);
  Type scalar = kernel::StageOp::getScalarType(element);
  VectorType type = VectorType::get(lanes, scalar);
  if (step == Step::none)
    return vector::BroadcastOp::create(
        builder, loc, type, loadOrFill(builder, loc, input, iterators));
  if (step == Step::strided || element.isInteger(1))
    return loadLanes(builder, loc, input, iterators, mask != Value());
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

/// Each input is loaded once for all rows or vectors that share its address.
StageTile::Values StageTile::emitBodies(OpBuilder &builder, Location loc,
                                        const Block &block,
                                        ValueRange reductions,
                                        ValueRange accumulators) {
  StageBody body(stage, lanes, tables, sizes);
  unsigned last = stage.getNumParallel() - 1;
  std::map<std::array<unsigned, 3>, Value> loaded;
  Values results;
  for (unsigned row = 0; row < block.rows; ++row) {
    for (unsigned vector = 0; vector < block.vectors; ++vector) {
      Values iterators =
          iteratorsAt(builder, loc, block, row, vector, reductions);
      Value mask = block.isMasked && lanes != 0
                       ? maskAt(builder, loc, iterators[last])
                       : Value();
      Values arguments;
      for (unsigned input = 0; input < inputs.size(); ++input) {
        bool usesRow =
            block.jam && inputs[input].stepOf(*block.jam) != Step::none;
        bool usesVector = stage.getNumParallel() != 0 &&
                          inputs[input].stepOf(last) != Step::none;
        Value &value =
            loaded[{input, usesRow ? row : 0, usesVector ? vector : 0}];
        if (!value)
          value = load(builder, loc, input, iterators, mask);
        arguments.push_back(value);
      }
      if (!accumulators.empty())
        arguments.push_back(accumulators[row * block.vectors + vector]);
      results.push_back(body.emit(builder, arguments, iterators));
    }
  }
  return results;
}

void StageTile::store(OpBuilder &builder, Location loc, Value value,
                      ValueRange parallel, Value mask) {
  Type element = output.type.getElementType();
  if (element.isInteger(1)) {
    Type byte = builder.getI8Type();
    value = arith::ExtUIOp::create(
        builder, loc, lanes == 0 ? byte : VectorType::get(lanes, byte), value);
  }
  Value address = addressOf(builder, loc, output,
                            output.offset(builder, loc, sizes, parallel));
  if (mask)
    LLVM::MaskedStoreOp::create(builder, loc, value, address, mask,
                                builder.getI32IntegerAttr(alignmentOf(output)));
  else
    LLVM::StoreOp::create(builder, loc, value, address, alignmentOf(output));
}

void StageTile::emit(OpBuilder &builder, Location loc, ValueRange parallel,
                     std::optional<unsigned> jam, unsigned rows,
                     unsigned vectors, bool isMasked) {
  Block block{parallel, jam, rows, vectors, isMasked};
  Values results;
  if (stage.getNumReductions() == 0) {
    results = emitBodies(builder, loc, block, {}, {});
  } else {
    StageBody body(stage, lanes, tables, sizes);
    Value init = body.constant(builder, loc, *stage.getInit());
    Values accumulators(rows * vectors, init), lowest, highest, steps;
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
    results.assign(nest.results.begin(), nest.results.end());
  }
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
