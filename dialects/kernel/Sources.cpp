// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/Sources.h"

#include "dialects/graph/ops/Reshape.h"
#include "dialects/graph/ops/Slice.h"
#include "dialects/kernel/ModelConstants.h"
#include "dialects/kernel/StagePatterns.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {
namespace {

using Coordinates = SmallVector<AffineExpr>;

SmallVector<DimAttr> dimsOf(Value value) {
  return *graph::dimsOf(value.getType());
}

} // namespace

std::optional<AffineMap> withoutBroadcasts(AffineMap map, Value value,
                                           ArrayRef<DimAttr> extents) {
  SmallVector<DimAttr> dims = dimsOf(value);
  Coordinates coordinates;
  for (auto [axis, coordinate] : llvm::enumerate(map.getResults())) {
    auto iterator = dyn_cast<AffineDimExpr>(coordinate);
    bool isSame = !iterator || extents[iterator.getPosition()] == dims[axis];
    std::optional<int64_t> size = dims[axis].getConstant();
    if (!isSame && !size)
      return std::nullopt;
    bool isOne = iterator && size == 1;
    coordinates.push_back(isOne ? getAffineConstantExpr(0, map.getContext())
                                : coordinate);
  }
  return AffineMap::get(map.getNumDims(), 0, coordinates, map.getContext());
}

namespace {

/// Coordinates of the elements under other dims, of one run of axes: all but
/// the first of either are constants.
bool splitRun(ArrayRef<DimAttr> to, ArrayRef<AffineExpr> at,
              ArrayRef<DimAttr> from, Coordinates &coordinates) {
  MLIRContext *context = from.front().getContext();
  AffineExpr position = getAffineConstantExpr(0, context);
  for (auto [axis, dim] : llvm::enumerate(to)) {
    if (axis != 0 && !dim.getConstant())
      return false;
    if (axis != 0)
      position = position * *dim.getConstant();
    position = position + at[axis];
  }
  int64_t stride = 1;
  Coordinates run;
  for (size_t axis = from.size(); axis-- > 0;) {
    std::optional<int64_t> size = from[axis].getConstant();
    AffineExpr coordinate = position.floorDiv(stride);
    if (axis != 0 && (!size || *size < 1))
      return false;
    run.push_back(axis == 0 ? coordinate : coordinate % *size);
    if (axis != 0 && llvm::MulOverflow(stride, *size, stride))
      return false;
  }
  llvm::append_range(coordinates, llvm::reverse(run));
  return true;
}

/// Coordinates of a reshape's operand from those of its result: runs of axes
/// with the same number of elements stand for each other.
std::optional<Coordinates> throughReshape(ArrayRef<DimAttr> to,
                                          ArrayRef<AffineExpr> at,
                                          ArrayRef<DimAttr> from) {
  Coordinates coordinates;
  size_t left = 0, right = 0;
  while (left < to.size() || right < from.size()) {
    size_t leftEnd = std::min(left + 1, to.size());
    size_t rightEnd = std::min(right + 1, from.size());
    if (left == leftEnd || right == rightEnd) {
      // What is left over are dims of 1.
      for (; left < to.size(); ++left)
        if (to[left].getConstant() != 1)
          return std::nullopt;
      for (; right < from.size(); ++right) {
        if (from[right].getConstant() != 1)
          return std::nullopt;
        coordinates.push_back(
            getAffineConstantExpr(0, from[right].getContext()));
      }
      break;
    }
    MLIRContext *context = from[right].getContext();
    auto count = [&](ArrayRef<DimAttr> dims) {
      return graph::product(context, dims);
    };
    FailureOr<DimAttr> one = count(to.slice(left, leftEnd - left)),
                       other = count(from.slice(right, rightEnd - right));
    while (succeeded(one) && succeeded(other) && *one != *other) {
      std::optional<int64_t> first = one->getConstant(),
                             second = other->getConstant();
      bool growsLeft =
          leftEnd < to.size() &&
          (rightEnd == from.size() || (first && (!second || *first < *second)));
      if (!growsLeft && rightEnd == from.size())
        return std::nullopt;
      ++(growsLeft ? leftEnd : rightEnd);
      one = count(to.slice(left, leftEnd - left));
      other = count(from.slice(right, rightEnd - right));
    }
    if (failed(one) || failed(other) ||
        !splitRun(to.slice(left, leftEnd - left),
                  at.slice(left, leftEnd - left),
                  from.slice(right, rightEnd - right), coordinates))
      return std::nullopt;
    left = leftEnd;
    right = rightEnd;
  }
  return coordinates;
}

/// The input that a stage copies, and by what it multiplies it; nothing if it
/// does more.
struct Copied {
  unsigned input;
  double scale = 1;
};

std::optional<Copied> copied(StageOp stage) {
  if (stage.getNumReductions() != 0 || !stage.getTables().empty() ||
      !isPlain(stage))
    return std::nullopt;
  double scale = 1;
  Value value = stage.getBody().front().getTerminator()->getOperand(0);
  while (Operation *op = value.getDefiningOp()) {
    if (auto widened = dyn_cast<arith::ExtFOp>(op)) {
      value = widened.getIn();
      continue;
    }
    if (!isa<arith::MulFOp>(op) || !op->getResult(0).getType().isF32())
      return std::nullopt;
    std::optional<llvm::APFloat> factor = constantOf(op->getOperand(1));
    value = op->getOperand(factor ? 0 : 1);
    if (!factor)
      factor = constantOf(op->getOperand(0));
    if (!factor)
      return std::nullopt;
    bool losesInfo;
    factor->convert(llvm::APFloat::IEEEdouble(),
                    llvm::APFloat::rmNearestTiesToEven, &losesInfo);
    scale *= factor->convertToDouble();
  }
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != &stage.getBody().front() ||
      !isa<FloatType>(argument.getType()))
    return std::nullopt;
  return Copied{argument.getArgNumber(), scale};
}

std::optional<Source> behindStage(const Source &source, StageOp stage,
                                  ArrayRef<DimAttr> extents) {
  std::optional<Copied> copy = copied(stage);
  if (!copy)
    return std::nullopt;
  Value value = stage.getInputs()[copy->input];
  auto stageExtents = llvm::to_vector(stage.getExtents().getAsRange<DimAttr>());
  std::optional<AffineMap> outer = withoutBroadcasts(
                               source.map, stage.getOutput(), extents),
                           inner = withoutBroadcasts(stage.getMap(copy->input),
                                                     value, stageExtents);
  if (!outer || !inner)
    return std::nullopt;
  return Source{value, inner->compose(*outer), source.scale * copy->scale};
}

std::optional<Source> behindReshape(const Source &source,
                                    graph::ReshapeOp reshape,
                                    ArrayRef<DimAttr> extents) {
  std::optional<AffineMap> map =
      withoutBroadcasts(source.map, reshape.getOutput(), extents);
  if (!map)
    return std::nullopt;
  std::optional<Coordinates> at =
      throughReshape(dimsOf(reshape.getOutput()), map->getResults(),
                     dimsOf(reshape.getInput()));
  if (!at)
    return std::nullopt;
  return Source{reshape.getInput(),
                simplifyAffineMap(AffineMap::get(map->getNumDims(), 0, *at,
                                                 map->getContext())),
                source.scale};
}

std::optional<Source> behindSlice(const Source &source, graph::SliceOp slice,
                                  ArrayRef<DimAttr> extents) {
  std::optional<AffineMap> map =
      withoutBroadcasts(source.map, slice.getOutput(), extents);
  if (!map)
    return std::nullopt;
  Coordinates at;
  for (auto [coordinate, start, step] : llvm::zip_equal(
           map->getResults(), slice.getStarts().getAsRange<DimAttr>(),
           slice.getSteps())) {
    if (!start.getConstant())
      return std::nullopt;
    at.push_back(coordinate * step + *start.getConstant());
  }
  return Source{slice.getInput(),
                AffineMap::get(map->getNumDims(), 0, at, map->getContext()),
                source.scale};
}

/// Do the elements lie side by side along the iterator?
bool isContiguous(AffineMap map, unsigned iterator) {
  if (map.getNumResults() == 0)
    return false;
  AffineExpr last = map.getResults().back();
  AffineExpr rest = simplifyAffineExpr(
      last - getAffineDimExpr(iterator, map.getContext()), map.getNumDims(), 0);
  return last.isFunctionOfDim(iterator) && !rest.isFunctionOfDim(iterator) &&
         llvm::none_of(map.getResults().drop_back(),
                       [&](AffineExpr coordinate) {
                         return coordinate.isFunctionOfDim(iterator);
                       });
}

/// What is behind one reshape or slice; nothing if the value is neither.
std::optional<Source> behindView(const Source &source,
                                 ArrayRef<DimAttr> extents) {
  Operation *op = source.value.getDefiningOp();
  if (auto reshape = dyn_cast_or_null<graph::ReshapeOp>(op))
    return behindReshape(source, reshape, extents);
  if (auto slice = dyn_cast_or_null<graph::SliceOp>(op))
    return behindSlice(source, slice, extents);
  return std::nullopt;
}

} // namespace

Source findSource(StageOp stage, unsigned input, unsigned iterator) {
  auto extents = llvm::to_vector(stage.getExtents().getAsRange<DimAttr>());
  Source best{stage.getInputs()[input], stage.getMap(input)};
  std::optional<Source> next = best;
  while (next) {
    Operation *op = next->value.getDefiningOp();
    if (auto copy = dyn_cast_or_null<StageOp>(op)) {
      next = behindStage(*next, copy, extents);
      if (next && isContiguous(next->map, iterator))
        best = *next;
    } else {
      next = behindView(*next, extents);
    }
  }
  return best;
}

Source findViewed(Value value, AffineMap map, ArrayRef<DimAttr> extents) {
  Source source{value, map};
  while (std::optional<Source> next = behindView(source, extents))
    source = *next;
  return source;
}

} // namespace sinter::kernel
