// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/Attention.h"

#include "dialects/kernel/ModelConstants.h"
#include "dialects/kernel/Products.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using llvm::APFloat;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::kernel {

namespace {

bool isConstant(Value value, llvm::function_ref<bool(const APFloat &)> is) {
  std::optional<APFloat> number = constantOf(value);
  return number && is(*number);
}

bool isNever(const APFloat &number) {
  return number.isInfinity() && number.isNegative();
}

Value yielded(Region &region) {
  return region.front().getTerminator()->getOperand(0);
}

/// Does a condition say that x is NaN (or that it is none)?
bool testsForNaN(Value condition, Value x, bool isNaN) {
  Operation *op = condition.getDefiningOp();
  if (auto compare = dyn_cast_or_null<arith::CmpFOp>(op)) {
    using enum arith::CmpFPredicate;
    arith::CmpFPredicate is = compare.getPredicate();
    return beforeCasts(compare.getLhs()) == x &&
           beforeCasts(compare.getRhs()) == x &&
           (isNaN ? is == UNO || is == UNE : is == ORD || is == OEQ);
  }
  bool isNegation = isa_and_nonnull<arith::XOrIOp>(op)
                        ? matchPattern(op->getOperand(1), m_One())
                        : isa_and_nonnull<arith::CmpIOp>(op) &&
                              cast<arith::CmpIOp>(op).getPredicate() ==
                                  arith::CmpIPredicate::eq &&
                              matchPattern(op->getOperand(1), m_Zero());
  return isNegation && testsForNaN(op->getOperand(0), x, !isNaN);
}

/// x, if the value is x but 0 where that is NaN; null if not.
Value withoutNaN(Value value) {
  auto select = value.getDefiningOp<arith::SelectOp>();
  if (!select)
    return {};
  for (bool isNaN : {true, false}) {
    Value x =
        beforeCasts(isNaN ? select.getFalseValue() : select.getTrueValue());
    Value other = isNaN ? select.getTrueValue() : select.getFalseValue();
    if (testsForNaN(select.getCondition(), x, isNaN) &&
        isConstant(other,
                   [](const APFloat &number) { return number.isZero(); }))
      return x;
  }
  return {};
}

/// No fills, no border.
bool isPlain(StageOp stage) {
  return !stage.getBorder() &&
         llvm::none_of(stage.getFills(),
                       [](Attribute fill) { return isa<TypedAttr>(fill); });
}

/// The number of the input that a value of the body is, but for casts.
std::optional<unsigned> inputOf(StageOp stage, Value value) {
  auto argument = dyn_cast<BlockArgument>(beforeCasts(value));
  if (!argument || argument.getOwner() != &stage.getBody().front() ||
      argument.getArgNumber() >= stage.getInputs().size())
    return std::nullopt;
  return argument.getArgNumber();
}

bool isAccumulator(StageOp stage, Value value) {
  return value == stage.getBody().front().getArguments().back();
}

/// The other operand of a sum or maximum with the accumulator; null if the body
/// is none.
template <typename Op> Value folded(StageOp stage) {
  auto op = yielded(stage.getBody()).getDefiningOp<Op>();
  if (!op || !op.getType().isF32())
    return {};
  if (isAccumulator(stage, op.getLhs()))
    return op.getRhs();
  return isAccumulator(stage, op.getRhs()) ? op.getLhs() : Value();
}

bool startsWith(StageOp stage, llvm::function_ref<bool(const APFloat &)> is) {
  auto init = dyn_cast_or_null<FloatAttr>(stage.getInitAttr());
  return init && init.getType().isF32() && is(init.getValue());
}

/// Does the stage widen or round the floats of its one input, and no more?
bool isCast(StageOp stage) {
  return stage.getNumReductions() == 0 && stage.getInputs().size() == 1 &&
         stage.getTables().empty() && isPlain(stage) &&
         stage.getMap(0).isIdentity() &&
         beforeCasts(yielded(stage.getBody())) ==
             stage.getBody().front().getArgument(0) &&
         *graph::dimsOf(stage.getInputs()[0].getType()) ==
             *graph::dimsOf(stage.getOutput().getType());
}

/// Uses of a result, but for casts.
unsigned countUses(StageOp stage) {
  unsigned count = 0;
  for (Operation *user : stage->getUsers()) {
    auto inner = dyn_cast<StageOp>(user);
    count += inner && isCast(inner) ? countUses(inner) : 1;
  }
  return count;
}

/// A sum, from 0, of products of two inputs over one iterator.
bool isProduct(StageOp stage) {
  return stage.getNumReductions() == 1 && stage.getTables().empty() &&
         isPlain(stage) &&
         startsWith(stage, [](const APFloat &init) { return init.isZero(); }) &&
         sumsProducts(stage);
}

} // namespace

StageOp producerOf(StageOp stage, unsigned input) {
  auto result = stage.getInputs()[input].getDefiningOp<StageOp>();
  if (!result || result->getBlock() != stage->getBlock())
    return {};
  if (isCast(result))
    if (StageOp inner = producerOf(result, 0))
      return inner;
  return result;
}

namespace {

/// Are the coordinates these iterators? One of extent 1 is 0.
bool isAt(StageOp stage, AffineMap map, ArrayRef<unsigned> iterators) {
  return map.getNumResults() == iterators.size() &&
         llvm::all_of(
             llvm::zip_equal(map.getResults(), iterators), [&](auto pair) {
               auto [coordinate, iterator] = pair;
               return coordinate ==
                          getAffineDimExpr(iterator, stage.getContext()) ||
                      (coordinate == 0 &&
                       stage.getExtent(iterator).getConstant() == 1);
             });
}

/// Elementwise stages between the products and the softmax.
constexpr size_t mostChanges = 8;

class Finder {
public:
  explicit Finder(StageOp values) {
    found.values = values;
    found.depth = values.getNumParallel() - 1;
  }

  std::optional<Attention> run();

private:
  bool hasCommonExtents(StageOp stage);
  bool isOfScores(StageOp stage);
  bool foldsRow(StageOp stage);
  SmallVector<unsigned> commonAnd(unsigned last);
  bool readsElement(StageOp stage, unsigned input);
  bool readsRow(StageOp stage, unsigned input);
  bool findValues();
  bool findWeights();
  bool findPowers();
  bool findLargest();
  bool findScores(StageOp stage);
  bool findQuery();
  bool staysInside();

  Attention found;
};

/// Are the common iterators those of the last stage?
bool Finder::hasCommonExtents(StageOp stage) {
  return stage && stage.getNumParallel() >= found.depth &&
         llvm::equal(stage.getExtents().getValue().take_front(found.depth),
                     found.values->getAttrOfType<ArrayAttr>("extents")
                         .getValue()
                         .take_front(found.depth));
}

/// Elementwise over the scores of all keys?
bool Finder::isOfScores(StageOp stage) {
  StageOp values = found.values;
  return hasCommonExtents(stage) && isPlain(stage) &&
         stage.getNumParallel() == found.depth + 1 &&
         stage.getNumReductions() == 0 &&
         stage.getExtent(found.depth) == values.getExtent(found.depth + 1);
}

/// A fold of the one input's scores of each row?
bool Finder::foldsRow(StageOp stage) {
  if (!hasCommonExtents(stage) || !isPlain(stage) ||
      stage.getNumReductions() != 1 || stage.getInputs().size() != 1 ||
      !stage.getTables().empty())
    return false;
  StageOp values = found.values;
  unsigned last = stage.getNumParallel();
  bool isRow =
      last == found.depth || (last == found.depth + 1 &&
                              stage.getExtent(found.depth).getConstant() == 1);
  return isRow && isAt(stage, stage.getMap(0), commonAnd(last)) &&
         stage.getExtent(last) == values.getExtent(found.depth + 1);
}

/// The common iterators, and then another.
SmallVector<unsigned> Finder::commonAnd(unsigned last) {
  auto iterators = llvm::to_vector(llvm::seq<unsigned>(0, found.depth));
  iterators.push_back(last);
  return iterators;
}

bool Finder::readsElement(StageOp stage, unsigned input) {
  return isAt(stage, stage.getMap(input), commonAnd(found.depth));
}

/// The same element for all keys, at the common iterators?
bool Finder::readsRow(StageOp stage, unsigned input) {
  AffineMap map = stage.getMap(input);
  auto iterators = llvm::to_vector(llvm::seq<unsigned>(0, found.depth));
  if (map.getNumResults() == found.depth)
    return isAt(stage, map, iterators);
  return map.getNumResults() == found.depth + 1 &&
         isAt(stage, map.dropResult(found.depth), iterators) &&
         (*graph::dimsOf(stage.getInputs()[input].getType()))[found.depth]
                 .getConstant() == 1;
}

bool Finder::findValues() {
  StageOp values = found.values;
  if (values.getNumParallel() < 2 || !isProduct(values))
    return false;
  for (unsigned input = 0; input < 2; ++input) {
    StageOp weights = producerOf(values, input);
    if (!weights ||
        !isAt(values, values.getMap(input), commonAnd(found.depth + 1)) ||
        !isOfScores(weights) || !weights.getTables().empty())
      continue;
    found.weights = weights;
    found.valueInput = 1 - input;
    return true;
  }
  return false;
}

/// The only input with a power is a factor or the dividend of the result, of
/// which NaN may be 0.
bool Finder::findWeights() {
  StageOp weights = found.weights;
  Value result = beforeCasts(yielded(weights.getBody()));
  if (Value number = withoutNaN(result)) {
    found.clearsNaN = true;
    result = number;
  }
  Operation *op = result.getDefiningOp();
  if (!isa_and_nonnull<arith::MulFOp, arith::DivFOp>(op) ||
      weights
          .walk([](Operation *inner) {
            return isa<IndexOp, LoadOp>(inner) ? WalkResult::interrupt()
                                               : WalkResult::advance();
          })
          .wasInterrupted())
    return false;
  for (unsigned side = 0; side < (isa<arith::MulFOp>(op) ? 2u : 1u); ++side) {
    std::optional<unsigned> input = inputOf(weights, op->getOperand(side));
    if (!input || !readsElement(weights, *input))
      continue;
    StageOp powers = producerOf(weights, *input);
    if (!powers || !isOfScores(powers))
      continue;
    found.powers = powers;
    found.powerInput = *input;
  }
  if (!found.powers)
    return false;
  for (unsigned input = 0; input < weights.getInputs().size(); ++input) {
    if (input == found.powerInput)
      continue;
    StageOp inner = producerOf(weights, input);
    if (inner && readsRow(weights, input) && foldsRow(inner) &&
        producerOf(inner, 0) == found.powers)
      found.sum = inner;
    else if (weights.getMap(input).isFunctionOfDim(found.depth))
      return false;
  }
  BlockArgument power = weights.getBody().front().getArgument(found.powerInput);
  return found.sum && power.hasOneUse() &&
         startsWith(found.sum,
                    [](const APFloat &init) { return init.isZero(); }) &&
         inputOf(found.sum, folded<arith::AddFOp>(found.sum)) == 0u;
}

bool Finder::findPowers() {
  StageOp powers = found.powers;
  auto exponential =
      beforeCasts(yielded(powers.getBody())).getDefiningOp<MathOp>();
  if (!exponential || exponential.getFunction() != MathFunction::exp ||
      !powers.getTables().empty() || powers.getInputs().size() != 2)
    return false;
  auto difference =
      beforeCasts(exponential.getOperand(0)).getDefiningOp<arith::SubFOp>();
  if (!difference)
    return false;
  std::optional<unsigned> score = inputOf(powers, difference.getLhs()),
                          shift = inputOf(powers, difference.getRhs());
  if (!score || !shift || !readsElement(powers, *score) ||
      !readsRow(powers, *shift))
    return false;
  StageOp largest = producerOf(powers, *shift);
  if (!largest || !foldsRow(largest) ||
      producerOf(largest, 0) != producerOf(powers, *score))
    return false;
  found.largest = largest;
  return true;
}

/// It is what its name says, or 0 where that is -infinity.
bool Finder::findLargest() {
  StageOp largest = found.largest;
  if (!startsWith(largest, isNever) ||
      inputOf(largest, folded<arith::MaximumFOp>(largest)) != 0u)
    return false;
  if (!largest.hasFinish())
    return true;
  Value accumulator = largest.getFinish().front().getArguments().back();
  Value result = beforeCasts(yielded(largest.getFinish()));
  if (result == accumulator)
    return true;
  auto select = result.getDefiningOp<arith::SelectOp>();
  auto compare = select ? select.getCondition().getDefiningOp<arith::CmpFOp>()
                        : arith::CmpFOp();
  if (!compare || compare.getPredicate() != arith::CmpFPredicate::OEQ ||
      beforeCasts(select.getFalseValue()) != accumulator)
    return false;
  bool isFirst = beforeCasts(compare.getLhs()) == accumulator;
  Value other = isFirst ? compare.getRhs() : compare.getLhs();
  found.allowsEmptyRows = true;
  return (isFirst || beforeCasts(compare.getRhs()) == accumulator) &&
         isConstant(other, isNever) &&
         isConstant(select.getTrueValue(),
                    [](const APFloat &number) { return number.isZero(); });
}

/// From what the softmax gets to the products, backwards.
bool Finder::findScores(StageOp stage) {
  if (!hasCommonExtents(stage) || stage.getNumParallel() != found.depth + 1 ||
      stage.getExtent(found.depth) != found.values.getExtent(found.depth + 1))
    return false;
  if (isProduct(stage)) {
    found.scores = stage;
    return true;
  }
  if (!isOfScores(stage) || found.changes.size() == mostChanges)
    return false;
  found.changes.insert(found.changes.begin(), stage);
  for (unsigned input = 0; input < stage.getInputs().size(); ++input) {
    StageOp inner = producerOf(stage, input);
    if (!inner || !readsElement(stage, input) || !findScores(inner))
      continue;
    found.scoreInputs.push_back(input);
    return true;
  }
  found.changes.erase(found.changes.begin());
  return false;
}

bool Finder::findQuery() {
  AffineMap first = found.scores.getMap(0), second = found.scores.getMap(1);
  if (first.isFunctionOfDim(found.depth) == second.isFunctionOfDim(found.depth))
    return false;
  found.keyInput = second.isFunctionOfDim(found.depth) ? 1 : 0;
  AffineMap keys = found.scores.getMap(found.keyInput),
            values = found.values.getMap(found.valueInput);
  for (unsigned iterator = found.depth; iterator-- > 0;) {
    if (keys.isFunctionOfDim(iterator) || values.isFunctionOfDim(iterator) ||
        !found.scores.getMap(1 - found.keyInput).isFunctionOfDim(iterator))
      continue;
    found.query = iterator;
    return true;
  }
  return false;
}

/// Does nothing read what the stages pass on but what was found?
bool Finder::staysInside() {
  auto hasUses = [](StageOp stage, unsigned count) {
    return countUses(stage) == count;
  };
  SmallVector<StageOp> made{found.scores};
  llvm::append_range(made, found.changes);
  return llvm::all_of(ArrayRef(made).drop_back(),
                      [&](StageOp stage) { return hasUses(stage, 1); }) &&
         hasUses(made.back(), 2) && hasUses(found.largest, 1) &&
         hasUses(found.powers, 2) && hasUses(found.sum, 1) &&
         hasUses(found.weights, 1);
}

std::optional<Attention> Finder::run() {
  bool isFound = findValues() && findWeights() && findPowers() &&
                 findLargest() && findScores(producerOf(found.largest, 0)) &&
                 findQuery() && staysInside();
  return isFound ? std::optional(found) : std::nullopt;
}

} // namespace

SmallVector<StageOp> Attention::stages() const {
  SmallVector<StageOp> result{scores};
  llvm::append_range(result, changes);
  result.append({largest, powers, sum, weights, values});
  return result;
}

std::optional<Attention> findAttention(StageOp values) {
  return values.getNumParallel() < 2 ? std::nullopt : Finder(values).run();
}

} // namespace sinter::kernel
