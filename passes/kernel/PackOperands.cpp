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

/// How an operand is packed: its iterators in the order of the packed dims,
/// without the panel's, which is the last parallel iterator.
struct Packing {
  unsigned panelIterator;
  unsigned outer; // iterators before the panel's number
  SmallVector<unsigned> iterators;
};

/// Every coordinate is 0 or an iterator of its own that runs over the whole
/// dim, and the last parallel iterator is among them.
std::optional<Packing> packingOf(StageOp stage, unsigned input) {
  unsigned last = stage.getNumParallel() - 1;
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
      return std::nullopt;
    used.set(dim.getPosition());
  }
  if (!used.test(last))
    return std::nullopt;
  Packing packing{last, 0, {}};
  for (unsigned iterator : used.set_bits())
    if (iterator != last)
      packing.iterators.push_back(iterator);
  packing.outer = llvm::count_if(
      packing.iterators, [&](unsigned iterator) { return iterator < last; });
  return packing;
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
  FailureOr<SmallVector<DimAttr>> packedDims(StageOp stage,
                                             const Packing &packing) const;
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
  return stage.getExtent(last).getConstant().value_or(panel + 1) > panel ||
         !isContiguous(stage, input);
}

FailureOr<SmallVector<DimAttr>>
PackOperands::packedDims(StageOp stage, const Packing &packing) const {
  MLIRContext *context = stage.getContext();
  DimAttr width = DimAttr::constant(context, panel);
  FailureOr<DimAttr> panels =
      graph::apply(graph::DimFunction::CeilDiv,
                   stage.getExtent(packing.panelIterator), width);
  if (failed(panels))
    return failure();
  SmallVector<DimAttr> dims;
  for (unsigned iterator : packing.iterators)
    dims.push_back(stage.getExtent(iterator));
  dims.insert(dims.begin() + packing.outer, *panels);
  dims.push_back(width);
  return dims;
}

void PackOperands::pack(StageOp stage, unsigned input) const {
  std::optional<Packing> packing = packingOf(stage, input);
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
    iterators[iterator] = copy.iterator(index + (index >= packing->outer));
  iterators[packing->panelIterator] =
      copy.iterator(packing->outer) * panel + copy.iterator(dims->size() - 1);
  SmallVector<AffineExpr> from, to;
  for (AffineExpr coordinate : stage.getMap(input).getResults())
    from.push_back(
        isa<AffineDimExpr>(coordinate)
            ? iterators[cast<AffineDimExpr>(coordinate).getPosition()]
            : coordinate);
  // The last panel may be wider than what is left.
  std::optional<int64_t> extent =
      stage.getExtent(packing->panelIterator).getConstant();
  bool isWhole = extent && *extent % panel == 0;
  TypedAttr zero = builder.getZeroAttr(StageOp::getScalarType(element));
  copy.input(value, from, isWhole ? TypedAttr() : zero);
  Value packed = copy.build(
      [](Scalars &, ValueRange elements, Value) { return elements[0]; });

  for (unsigned iterator : packing->iterators)
    to.push_back(builder.getAffineDimExpr(iterator));
  AffineExpr along = builder.getAffineDimExpr(packing->panelIterator);
  to.insert(to.begin() + packing->outer, along.floorDiv(panel));
  to.push_back(along % panel);
  SmallVector<Attribute> maps(stage.getMapsAttr().getValue());
  maps[input] = AffineMapAttr::get(
      AffineMap::get(stage.getNumIterators(), 0, to, stage.getContext()));
  stage.setMapsAttr(builder.getArrayAttr(maps));
  stage.getInputsMutable()[input].assign(packed);
}

} // namespace
} // namespace sinter::kernel
