// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/SymbolicStage.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;
using sinter::graph::DimFunction;

namespace sinter::onnx {
namespace {

using Elements = ShapeContents::Elements;
using ElementsOf = llvm::function_ref<const Elements *(Value)>;

constexpr int64_t maxPoints = 1 << 16;

DimAttr orNull(FailureOr<DimAttr> dim) {
  return succeeded(dim) ? *dim : DimAttr();
}

/// The truth of lhs <= rhs, where symbols do not leave it open.
std::optional<bool> lessOrEqual(DimAttr lhs, DimAttr rhs) {
  FailureOr<DimAttr> difference = subtract(rhs, lhs);
  if (failed(difference))
    return std::nullopt;
  if (isNonNegative(*difference))
    return true;
  FailureOr<DimAttr> excess = subtract(lhs, rhs);
  if (succeeded(excess))
    excess = add(*excess, DimAttr::constant(lhs.getContext(), -1));
  if (succeeded(excess) && isNonNegative(*excess))
    return false;
  return std::nullopt;
}

std::optional<bool> equal(DimAttr lhs, DimAttr rhs) {
  std::optional<bool> below = lessOrEqual(lhs, rhs);
  std::optional<bool> above = lessOrEqual(rhs, lhs);
  if (below == false || above == false)
    return false;
  if (lhs == rhs)
    return true;
  return std::nullopt;
}

std::optional<bool> inverse(std::optional<bool> truth) {
  return truth ? std::optional<bool>(!*truth) : std::nullopt;
}

std::optional<bool> compare(arith::CmpIPredicate predicate, DimAttr lhs,
                            DimAttr rhs) {
  bool bothNonNegative = isNonNegative(lhs) && isNonNegative(rhs);
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return equal(lhs, rhs);
  case arith::CmpIPredicate::ne:
    return inverse(equal(lhs, rhs));
  case arith::CmpIPredicate::ule:
    if (!bothNonNegative)
      return std::nullopt;
    [[fallthrough]];
  case arith::CmpIPredicate::sle:
    return lessOrEqual(lhs, rhs);
  case arith::CmpIPredicate::ult:
    if (!bothNonNegative)
      return std::nullopt;
    [[fallthrough]];
  case arith::CmpIPredicate::slt:
    return inverse(lessOrEqual(rhs, lhs));
  default:
    return std::nullopt;
  }
}

/// Truncating division.
DimAttr divide(DimAttr lhs, DimAttr rhs) {
  std::optional<int64_t> left = lhs.getConstant(), right = rhs.getConstant();
  if (left && right && *right != 0 && !(*left == INT64_MIN && *right == -1))
    return DimAttr::constant(lhs.getContext(), *left / *right);
  if (!right || *right <= 0 || !isNonNegative(lhs))
    return {};
  return orNull(apply(DimFunction::FloorDiv, lhs, rhs));
}

/// A constant that its type does not hold as signed number is not known.
DimAttr checkRange(DimAttr dim, Type type) {
  if (!dim || !dim.getConstant() || !isa<IntegerType>(type))
    return dim;
  unsigned width = type.getIntOrFloatBitWidth();
  int64_t value = *dim.getConstant();
  bool fits = width == 1 ? value == 0 || value == 1
                         : width >= 64 || llvm::isIntN(width, value);
  return fits ? dim : DimAttr();
}

class Evaluator {
public:
  Evaluator(kernel::StageOp stage, ElementsOf elementsOf)
      : stage(stage), elementsOf(elementsOf) {}

  std::optional<Elements> run(int64_t count);

private:
  DimAttr fold();
  DimAttr inputElement(unsigned input);
  DimAttr elementAt(Value tensor, ArrayRef<int64_t> coordinates);
  void evaluateBlock(Block &block);
  DimAttr evaluate(Operation *op);
  DimAttr evaluateBinary(Operation *op, DimAttr lhs, DimAttr rhs);
  DimAttr load(kernel::LoadOp op);
  DimAttr boolean(std::optional<bool> value) {
    return value ? DimAttr::constant(stage.getContext(), *value) : DimAttr();
  }

  kernel::StageOp stage;
  ElementsOf elementsOf;
  SmallVector<int64_t> point;
  llvm::DenseMap<Value, DimAttr> values;
};

/// The element of a tensor; null if it is not known or not inside.
DimAttr Evaluator::elementAt(Value tensor, ArrayRef<int64_t> coordinates) {
  const Elements *elements = elementsOf(tensor);
  if (!elements)
    return {};
  int64_t position = 0;
  ArrayRef<int64_t> shape = cast<RankedTensorType>(tensor.getType()).getShape();
  for (auto [coordinate, size] : llvm::zip_equal(coordinates, shape)) {
    if (coordinate < 0 || coordinate >= size)
      return {};
    position = position * size + coordinate;
  }
  return (*elements)[position];
}

DimAttr Evaluator::inputElement(unsigned input) {
  Value tensor = stage.getInputs()[input];
  ArrayRef<int64_t> shape = cast<RankedTensorType>(tensor.getType()).getShape();
  SmallVector<Attribute> operands;
  for (int64_t iterator : point)
    operands.push_back(
        IntegerAttr::get(IndexType::get(stage.getContext()), iterator));
  SmallVector<Attribute> folded;
  AffineMap map = stage.getMap(input);
  // The fold of no results counts as a failure upstream.
  if (map.getNumResults() != 0 && failed(map.constantFold(operands, folded)))
    return {};
  SmallVector<int64_t> coordinates;
  bool isOutside = false;
  for (auto [axis, attribute] : llvm::enumerate(folded)) {
    int64_t at = cast<IntegerAttr>(attribute).getInt();
    bool isBroadcast =
        shape[axis] == 1 && isa<AffineDimExpr>(map.getResult(axis));
    coordinates.push_back(isBroadcast ? 0 : at);
    isOutside |=
        coordinates.back() < 0 || (!ShapedType::isDynamic(shape[axis]) &&
                                   coordinates.back() >= shape[axis]);
  }
  if (!isOutside)
    return elementAt(tensor, coordinates);
  auto fill = dyn_cast_or_null<IntegerAttr>(stage.getFill(input));
  return fill ? DimAttr::constant(stage.getContext(), fill.getInt())
              : DimAttr();
}

DimAttr Evaluator::load(kernel::LoadOp op) {
  SmallVector<int64_t> coordinates;
  for (Value coordinate : op.getCoordinates()) {
    DimAttr at = values.lookup(coordinate);
    if (!at || !at.getConstant())
      return {};
    coordinates.push_back(*at.getConstant());
  }
  return elementAt(stage.getTables()[op.getTable()], coordinates);
}

DimAttr Evaluator::evaluateBinary(Operation *op, DimAttr lhs, DimAttr rhs) {
  bool isBool = op->getResult(0).getType().isInteger(1);
  return llvm::TypeSwitch<Operation *, DimAttr>(op)
      .Case<arith::CmpIOp>([&](auto cmp) {
        return boolean(compare(cmp.getPredicate(), lhs, rhs));
      })
      .Case<arith::AndIOp>(
          [&](auto) { return isBool ? orNull(multiply(lhs, rhs)) : DimAttr(); })
      .Case<arith::OrIOp>([&](auto) {
        return isBool ? orNull(apply(DimFunction::Max, lhs, rhs)) : DimAttr();
      })
      .Case<arith::XOrIOp>([&](auto) {
        return isBool ? boolean(inverse(equal(lhs, rhs))) : DimAttr();
      })
      .Case<arith::AddIOp>([&](auto) { return orNull(add(lhs, rhs)); })
      .Case<arith::SubIOp>([&](auto) { return orNull(subtract(lhs, rhs)); })
      .Case<arith::MulIOp>([&](auto) { return orNull(multiply(lhs, rhs)); })
      .Case<arith::DivSIOp>([&](auto) { return divide(lhs, rhs); })
      .Case<arith::MinSIOp>(
          [&](auto) { return orNull(apply(DimFunction::Min, lhs, rhs)); })
      .Case<arith::MaxSIOp>(
          [&](auto) { return orNull(apply(DimFunction::Max, lhs, rhs)); })
      .Default([](Operation *) { return DimAttr(); });
}

DimAttr Evaluator::evaluate(Operation *op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto integer = dyn_cast<IntegerAttr>(constant.getValue());
    if (!integer)
      return {};
    bool isBool = integer.getType().isInteger(1);
    return DimAttr::constant(op->getContext(),
                             isBool ? !integer.getValue().isZero()
                                    : integer.getValue().getSExtValue());
  }
  if (auto index = dyn_cast<kernel::IndexOp>(op))
    return DimAttr::constant(op->getContext(), point[index.getIterator()]);
  if (auto dim = dyn_cast<kernel::DimOp>(op))
    return dim.getDim();
  if (auto element = dyn_cast<kernel::LoadOp>(op))
    return load(element);
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    DimAttr condition = values.lookup(select.getCondition());
    DimAttr yes = values.lookup(select.getTrueValue());
    DimAttr no = values.lookup(select.getFalseValue());
    if (!condition || !condition.getConstant())
      return yes == no ? yes : DimAttr();
    return condition.getConstant() != 0 ? yes : no;
  }
  if (isa<arith::IndexCastOp, arith::ExtSIOp, arith::TruncIOp>(op))
    return values.lookup(op->getOperand(0));
  if (isa<arith::ExtUIOp>(op)) {
    DimAttr value = values.lookup(op->getOperand(0));
    return value && isNonNegative(value) ? value : DimAttr();
  }
  if (op->getNumOperands() != 2 || op->getNumResults() != 1)
    return {};
  DimAttr lhs = values.lookup(op->getOperand(0));
  DimAttr rhs = values.lookup(op->getOperand(1));
  return lhs && rhs ? evaluateBinary(op, lhs, rhs) : DimAttr();
}

void Evaluator::evaluateBlock(Block &block) {
  for (Operation &op : block) {
    auto branch = dyn_cast<scf::IfOp>(op);
    if (!branch) {
      if (op.getNumResults() == 1)
        values[op.getResult(0)] =
            checkRange(evaluate(&op), op.getResult(0).getType());
      continue;
    }
    DimAttr condition = values.lookup(branch.getCondition());
    bool isKnown = condition && condition.getConstant();
    Block *taken = !isKnown                        ? nullptr
                   : *condition.getConstant() != 0 ? branch.thenBlock()
                                                   : branch.elseBlock();
    if (taken)
      evaluateBlock(*taken);
    for (OpResult result : branch.getResults())
      values[result] = taken ? values.lookup(taken->getTerminator()->getOperand(
                                   result.getResultNumber()))
                             : DimAttr();
  }
}

/// The result element at the parallel part of `point`.
DimAttr Evaluator::fold() {
  Block &body = stage.getBody().front();
  unsigned parallel = stage.getNumParallel(), all = stage.getNumIterators();
  DimAttr accumulator;
  if (stage.getInit())
    if (auto init = dyn_cast<IntegerAttr>(*stage.getInit()))
      accumulator = DimAttr::constant(stage.getContext(), init.getInt());
  std::fill(point.begin() + parallel, point.end(), 0);
  for (unsigned axis = parallel; axis < all; ++axis)
    if (stage.getExtent(axis).getConstant() == 0)
      return accumulator;
  while (true) {
    for (unsigned input = 0; input < stage.getInputs().size(); ++input)
      values[body.getArgument(input)] = inputElement(input);
    if (stage.getInit())
      values[body.getArguments().back()] = accumulator;
    evaluateBlock(body);
    accumulator = values.lookup(body.getTerminator()->getOperand(0));
    unsigned axis = all;
    while (axis > parallel &&
           ++point[axis - 1] == stage.getExtent(axis - 1).getConstant())
      point[--axis] = 0;
    if (axis == parallel)
      return accumulator;
  }
}

std::optional<Elements> Evaluator::run(int64_t count) {
  int64_t points = count;
  unsigned parallel = stage.getNumParallel();
  for (unsigned axis = 0; axis < stage.getNumIterators(); ++axis) {
    std::optional<int64_t> extent = stage.getExtent(axis).getConstant();
    if (!extent ||
        (axis >= parallel && *extent > 0 &&
         (llvm::MulOverflow(points, *extent, points) || points > maxPoints)))
      return std::nullopt;
  }
  Elements elements;
  point.assign(stage.getNumIterators(), 0);
  for (int64_t element = 0; element < count; ++element) {
    int64_t rest = element;
    for (unsigned axis = parallel; axis-- > 0;) {
      int64_t extent = *stage.getExtent(axis).getConstant();
      point[axis] = rest % extent;
      rest /= extent;
    }
    elements.push_back(fold());
  }
  if (count > 0 && llvm::all_of(elements, [](DimAttr dim) { return !dim; }))
    return std::nullopt;
  return elements;
}

} // namespace

std::optional<Elements> evaluateStage(kernel::StageOp stage, int64_t count,
                                      ElementsOf elementsOf) {
  return Evaluator(stage, elementsOf).run(count);
}

} // namespace sinter::onnx
