// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/ModelConstants.h"
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

/// The axis of an input along which the lanes of results run, if it is not the
/// last one: the input is to be stored with it as the last.
std::optional<unsigned> laneAxis(StageOp stage, AffineMap map) {
  unsigned lanes = stage.getNumParallel() - 1;
  if (stage.getNumParallel() == 0 || map.getNumResults() == 0 ||
      map.getResults().back().isFunctionOfDim(lanes))
    return std::nullopt;
  for (unsigned axis = 0; axis + 1 < map.getNumResults(); ++axis)
    if (map.getResult(axis) == getAffineDimExpr(lanes, map.getContext()))
      return axis;
  return std::nullopt;
}

/// Is an element of the input read at several places of a window?
bool isWindow(AffineMap map) {
  return llvm::any_of(map.getResults(), [&](AffineExpr coordinate) {
    LinearForm form{SmallVector<int64_t>(map.getNumDims()), 0};
    return accumulate(coordinate, 1, form) &&
           llvm::count_if(form.factors, [](int64_t f) { return f != 0; }) > 1;
  });
}

/// The copy of an input with its border and in the order in which it is read.
class InputCopy {
public:
  InputCopy(StageOp stage, unsigned input)
      : stage(stage), input(input), map(stage.getMap(input)),
        dims(*graph::dimsOf(stage.getInputs()[input].getType())),
        shifts(dims.size()), coordinates(map.getResults()) {}

  /// Null where coordinates are no sums.
  Value build();
  /// How the stage reads the copy.
  AffineMap getMap() const {
    return AffineMap::get(map.getNumDims(), 0, coordinates, map.getContext());
  }

private:
  bool pad(unsigned axis);

  StageOp stage;
  unsigned input;
  AffineMap map;
  SmallVector<DimAttr> dims;
  SmallVector<int64_t> shifts;
  SmallVector<AffineExpr> coordinates;
};

/// Coordinates without a constant keep their dim.
bool InputCopy::pad(unsigned axis) {
  AffineExpr coordinate = map.getResult(axis);
  LinearForm form{SmallVector<int64_t>(map.getNumDims()), 0};
  bool isSum = accumulate(coordinate, 1, form);
  if (isSum && isa<AffineDimExpr>(coordinate) &&
      dims[axis] ==
          stage.getExtent(cast<AffineDimExpr>(coordinate).getPosition()))
    return true;
  // Grouped channels: inside by the op's own constraints.
  if (!isSum || llvm::any_of(form.factors, [](int64_t f) { return f < 0; }))
    return true;
  FailureOr<DimAttr> dim = paddedDim(stage, form);
  if (failed(dim))
    return false;
  dims[axis] = *dim;
  shifts[axis] = form.constant;
  coordinates[axis] = coordinate - form.constant;
  return true;
}

Value InputCopy::build() {
  if (stage.getFill(input))
    for (unsigned axis = 0; axis < dims.size(); ++axis)
      if (!pad(axis))
        return {};
  auto order = llvm::to_vector(llvm::seq<unsigned>(0, dims.size()));
  if (std::optional<unsigned> axis = laneAxis(stage, map)) {
    order.erase(order.begin() + *axis);
    order.push_back(*axis);
  }
  SmallVector<DimAttr> stored;
  SmallVector<AffineExpr> read;
  for (unsigned axis : order) {
    stored.push_back(dims[axis]);
    read.push_back(coordinates[axis]);
  }
  coordinates = read;
  Value value = stage.getInputs()[input];
  OpBuilder builder(stage);
  StageBuilder copy(
      builder, stage.getLoc(),
      graph::tensorType(
          stored, cast<RankedTensorType>(value.getType()).getElementType()));
  SmallVector<AffineExpr> from(order.size());
  for (auto [position, axis] : llvm::enumerate(order))
    from[axis] = copy.iterator(position) + shifts[axis];
  copy.input(value, from, stage.getFill(input));
  return copy.build(
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
        AffineMap map = stage.getMap(input);
        bool isReordered = isWindow(map) && laneAxis(stage, map) &&
                           !isModelConstant(stage.getInputs()[input]);
        if (!stage.getFill(input) && !isReordered)
          continue;
        InputCopy copy(stage, input);
        Value padded = copy.build();
        if (!padded)
          continue;
        stage.getInputsMutable()[input].assign(padded);
        maps[input] = AffineMapAttr::get(copy.getMap());
        fills[input] = UnitAttr::get(stage.getContext());
      }
      stage.setMapsAttr(ArrayAttr::get(stage.getContext(), maps));
      stage.setFillsAttr(ArrayAttr::get(stage.getContext(), fills));
    });
  }
};

} // namespace
} // namespace sinter::kernel
