// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/ModelConstants.h"
#include "dialects/kernel/StageBuilder.h"
#include "passes/kernel/Passes.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {

#define GEN_PASS_DEF_PACKOPERANDS
#include "passes/kernel/Passes.h.inc"

namespace {

/// How an operand is packed: its iterators in the order of the packed dims. One
/// of them, the last parallel iterator, may be cut into panels: its place is
/// that of the panels, and a last dim is within them.
struct Packing {
  SmallVector<unsigned> iterators;
  std::optional<unsigned> panelIterator;
};

/// The iterators of an operand, if every coordinate is 0 or an iterator of its
/// own that runs over the whole dim, and the last parallel iterator is among
/// them.
SmallVector<unsigned> iteratorsOf(StageOp stage, unsigned input) {
  AffineMap map = stage.getMap(input);
  SmallVector<DimAttr> dims =
      *graph::dimsOf(stage.getInputs()[input].getType());
  llvm::SmallBitVector used(stage.getNumIterators());
  for (auto [coordinate, size] : llvm::zip_equal(map.getResults(), dims)) {
    if (coordinate == 0)
      continue;
    auto dim = dyn_cast<AffineDimExpr>(coordinate);
    if (!dim || used.test(dim.getPosition()) ||
        stage.getExtent(dim.getPosition()) != size)
      return {};
    used.set(dim.getPosition());
  }
  if (!used.test(stage.getNumParallel() - 1))
    return {};
  return SmallVector<unsigned>(used.set_bits());
}

/// Is the operand a matrix of its own: does no other move with the last
/// parallel iterator?
bool isMatrix(StageOp stage, unsigned input) {
  for (unsigned other = 0; other < stage.getInputs().size(); ++other)
    if (other != input &&
        stage.getMap(other).isFunctionOfDim(stage.getNumParallel() - 1))
      return false;
  return true;
}

/// Puts the iterators last along which another operand lies in order.
void sortProducts(StageOp stage, unsigned input,
                  SmallVector<unsigned> &iterators) {
  auto isAlongOther = [&](unsigned iterator) {
    for (unsigned other = 0; other < stage.getInputs().size(); ++other) {
      AffineMap map = stage.getMap(other);
      if (other != input && map.getNumResults() != 0 &&
          map.getResults().back().isFunctionOfDim(iterator))
        return true;
    }
    return false;
  };
  auto products = llvm::find_if(iterators, [&](unsigned iterator) {
    return iterator >= stage.getNumParallel();
  });
  std::stable_partition(products, iterators.end(), [&](unsigned iterator) {
    return !isAlongOther(iterator);
  });
}

/// Do the vectors of the last parallel iterator find their elements in order?
bool isContiguous(StageOp stage, unsigned input) {
  AffineMap map = stage.getMap(input);
  return map.getResults().back() ==
         getAffineDimExpr(stage.getNumParallel() - 1, stage.getContext());
}

/// Is there a parallel iterator, longer than 1, along which the operand is read
/// again?
bool isReused(StageOp stage, unsigned input) {
  AffineMap map = stage.getMap(input);
  return llvm::any_of(
      llvm::seq<unsigned>(0, stage.getNumParallel()), [&](unsigned iterator) {
        return !map.isFunctionOfDim(iterator) &&
               stage.getExtent(iterator).getConstant().value_or(2) > 1;
      });
}

struct PackOperands : impl::PackOperandsBase<PackOperands> {
  using PackOperandsBase::PackOperandsBase;

  void runOnOperation() override {
    SmallVector<StageOp> stages;
    getOperation().walk([&](StageOp stage) {
      if (!isa<FusedOp>(stage->getParentOp()))
        stages.push_back(stage);
    });
    for (StageOp stage : stages)
      if (stage.getNumReductions() != 0 && stage.getNumParallel() != 0)
        for (unsigned input = 0; input < stage.getInputs().size(); ++input)
          if (wantsPacking(stage, input))
            pack(stage, input);
  }

private:
  bool wantsPacking(StageOp stage, unsigned input) const;
  std::optional<Packing> choose(StageOp stage, unsigned input) const;
  FailureOr<SmallVector<DimAttr>> packedDims(StageOp stage,
                                             const Packing &packing) const;
  SmallVector<AffineExpr> packedCoordinates(const Packing &packing,
                                            MLIRContext *context) const;
  void pack(StageOp stage, unsigned input) const;
};

/// Constants cost nothing to pack; others once what every reuse would cost.
bool PackOperands::wantsPacking(StageOp stage, unsigned input) const {
  Value value = stage.getInputs()[input];
  if (stage.getFill(input) || stage.getMap(input).getNumResults() == 0)
    return false;
  unsigned last = stage.getNumParallel() - 1;
  if (!isModelConstant(value))
    return variables && !isContiguous(stage, input) && isReused(stage, input) &&
           stage.getExtent(last).getConstant() != 1;
  if (!constants)
    return false;
  return products ||
         stage.getExtent(last).getConstant().value_or(panel + 1) > panel ||
         !isContiguous(stage, input);
}

FailureOr<SmallVector<DimAttr>>
PackOperands::packedDims(StageOp stage, const Packing &packing) const {
  SmallVector<DimAttr> dims;
  DimAttr width = DimAttr::constant(stage.getContext(), panel);
  for (unsigned iterator : packing.iterators) {
    FailureOr<DimAttr> dim = stage.getExtent(iterator);
    if (iterator == packing.panelIterator)
      dim = graph::apply(graph::DimFunction::CeilDiv, *dim, width);
    if (failed(dim))
      return failure();
    dims.push_back(*dim);
  }
  if (packing.panelIterator)
    dims.push_back(width);
  return dims;
}

/// Products along the lines of a matrix, or panels of the last iterator.
std::optional<Packing> PackOperands::choose(StageOp stage,
                                            unsigned input) const {
  Packing packing{iteratorsOf(stage, input), std::nullopt};
  if (packing.iterators.empty())
    return std::nullopt;
  if (!products || !isMatrix(stage, input)) {
    packing.panelIterator = stage.getNumParallel() - 1;
    return packing;
  }
  sortProducts(stage, input, packing.iterators);
  bool isInOrder = packedCoordinates(packing, stage.getContext()) ==
                   stage.getMap(input).getResults();
  return isInOrder ? std::nullopt : std::optional(packing);
}

/// The coordinates of the packed operand at the iterators of the stage.
SmallVector<AffineExpr>
PackOperands::packedCoordinates(const Packing &packing,
                                MLIRContext *context) const {
  SmallVector<AffineExpr> to;
  for (unsigned iterator : packing.iterators) {
    AffineExpr along = getAffineDimExpr(iterator, context);
    to.push_back(iterator == packing.panelIterator ? along.floorDiv(panel)
                                                   : along);
  }
  if (packing.panelIterator)
    to.push_back(getAffineDimExpr(*packing.panelIterator, context) % panel);
  return to;
}

void PackOperands::pack(StageOp stage, unsigned input) const {
  std::optional<Packing> packing = choose(stage, input);
  if (!packing)
    return;
  FailureOr<SmallVector<DimAttr>> dims = packedDims(stage, *packing);
  if (failed(dims))
    return;
  Value value = stage.getInputs()[input];
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  OpBuilder builder(stage);
  StageBuilder copy(builder, stage.getLoc(), graph::tensorType(*dims, element));
  SmallVector<AffineExpr> iterators(stage.getNumIterators());
  for (auto [index, iterator] : llvm::enumerate(packing->iterators))
    iterators[iterator] =
        iterator == packing->panelIterator
            ? copy.iterator(index) * panel + copy.iterator(dims->size() - 1)
            : copy.iterator(index);
  SmallVector<AffineExpr> from;
  for (AffineExpr coordinate : stage.getMap(input).getResults())
    from.push_back(
        isa<AffineDimExpr>(coordinate)
            ? iterators[cast<AffineDimExpr>(coordinate).getPosition()]
            : coordinate);
  // The last panel may be wider than what is left.
  bool isWhole = true;
  if (packing->panelIterator) {
    std::optional<int64_t> extent =
        stage.getExtent(*packing->panelIterator).getConstant();
    isWhole = extent && *extent % panel == 0;
  }
  TypedAttr zero = builder.getZeroAttr(StageOp::getScalarType(element));
  copy.input(value, from, isWhole ? TypedAttr() : zero);
  Value packed = copy.build(
      [](Scalars &, ValueRange elements, Value) { return elements[0]; });

  SmallVector<Attribute> maps(stage.getMapsAttr().getValue());
  maps[input] = AffineMapAttr::get(AffineMap::get(
      stage.getNumIterators(), 0,
      packedCoordinates(*packing, stage.getContext()), stage.getContext()));
  stage.setMapsAttr(builder.getArrayAttr(maps));
  stage.getInputsMutable()[input].assign(packed);
}

} // namespace
} // namespace sinter::kernel
