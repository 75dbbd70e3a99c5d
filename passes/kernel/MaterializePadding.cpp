// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/StageBuilder.h"
#include "passes/kernel/Passes.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {

#define GEN_PASS_DEF_MATERIALIZEPADDING
#include "passes/kernel/Passes.h.inc"

namespace {

/// coordinate = sum of factors[i] * iterator i + constant.
struct LinearForm {
  SmallVector<int64_t> factors;
  int64_t constant = 0;
};

/// Adds `expr` times `scale`; false if it is no sum.
bool accumulate(AffineExpr expr, int64_t scale, LinearForm &form) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    int64_t value;
    return !llvm::MulOverflow(constant.getValue(), scale, value) &&
           !llvm::AddOverflow(form.constant, value, form.constant);
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return !llvm::AddOverflow(form.factors[dim.getPosition()], scale,
                              form.factors[dim.getPosition()]);
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (expr.getKind() == AffineExprKind::Add)
    return accumulate(binary.getLHS(), scale, form) &&
           accumulate(binary.getRHS(), scale, form);
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (expr.getKind() != AffineExprKind::Mul || !factor ||
      llvm::MulOverflow(scale, factor.getValue(), scale))
    return false;
  return accumulate(binary.getLHS(), scale, form);
}

/// The dim that holds a coordinate once `-constant` is added: the sum of
/// factor * (extent - 1), plus 1.
FailureOr<DimAttr> paddedDim(StageOp stage, const LinearForm &form) {
  MLIRContext *context = stage.getContext();
  DimAttr one = DimAttr::constant(context, 1);
  FailureOr<DimAttr> dim = one;
  for (auto [iterator, factor] : llvm::enumerate(form.factors)) {
    if (factor == 0)
      continue;
    FailureOr<DimAttr> last = graph::subtract(stage.getExtent(iterator), one);
    if (failed(last))
      return failure();
    FailureOr<DimAttr> scaled =
        graph::multiply(*last, DimAttr::constant(context, factor));
    if (failed(scaled))
      return failure();
    dim = graph::add(*dim, *scaled);
    if (failed(dim))
      return failure();
  }
  // An extent of 0 makes the sum negative; nothing is read then.
  return graph::apply(graph::DimFunction::Max, *dim,
                      DimAttr::constant(context, 0));
}

/// The border's stage for one input, or null where coordinates are no sums.
/// Coordinates without a constant keep their dim.
Value padInput(StageOp stage, unsigned input, AffineMap &map) {
  Value value = stage.getInputs()[input];
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<DimAttr> dims = *graph::dimsOf(type);
  SmallVector<int64_t> shifts(dims.size());
  SmallVector<AffineExpr> inner;
  for (unsigned axis = 0; axis < dims.size(); ++axis) {
    AffineExpr coordinate = map.getResult(axis);
    LinearForm form{SmallVector<int64_t>(map.getNumDims()), 0};
    bool isSum = accumulate(coordinate, 1, form);
    if (isSum && isa<AffineDimExpr>(coordinate) &&
        dims[axis] ==
            stage.getExtent(cast<AffineDimExpr>(coordinate).getPosition())) {
      inner.push_back(coordinate);
      continue;
    }
    if (!isSum || llvm::any_of(form.factors, [](int64_t f) { return f < 0; })) {
      // Grouped channels: inside by the op's own constraints.
      inner.push_back(coordinate);
      continue;
    }
    FailureOr<DimAttr> dim = paddedDim(stage, form);
    if (failed(dim))
      return {};
    dims[axis] = *dim;
    shifts[axis] = form.constant;
    inner.push_back(coordinate - form.constant);
  }
  OpBuilder builder(stage);
  StageBuilder padding(builder, stage.getLoc(),
                       graph::tensorType(dims, type.getElementType()));
  SmallVector<AffineExpr> outer;
  for (auto [axis, shift] : llvm::enumerate(shifts))
    outer.push_back(padding.iterator(axis) + shift);
  padding.input(value, outer, stage.getFill(input));
  map = AffineMap::get(map.getNumDims(), 0, inner, stage.getContext());
  return padding.build(
      [](Scalars &, ValueRange elements, Value) { return elements[0]; });
}

struct MaterializePadding : impl::MaterializePaddingBase<MaterializePadding> {
  void runOnOperation() override {
    getOperation().walk([](StageOp stage) {
      if (stage.getNumReductions() == 0)
        return;
      SmallVector<Attribute> maps(stage.getMaps().getValue());
      SmallVector<Attribute> fills(stage.getFills().getValue());
      for (unsigned input = 0; input < stage.getInputs().size(); ++input) {
        if (!stage.getFill(input))
          continue;
        AffineMap map = stage.getMap(input);
        Value padded = padInput(stage, input, map);
        if (!padded)
          continue;
        stage.getInputsMutable()[input].assign(padded);
        maps[input] = AffineMapAttr::get(map);
        fills[input] = UnitAttr::get(stage.getContext());
      }
      stage.setMapsAttr(ArrayAttr::get(stage.getContext(), maps));
      stage.setFillsAttr(ArrayAttr::get(stage.getContext(), fills));
    });
  }
};

} // namespace
} // namespace sinter::kernel
