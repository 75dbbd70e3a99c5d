// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/Attention.h"

#include "dialects/kernel/Products.h"
#include "dialects/kernel/StagePatterns.h"

using namespace mlir;
using llvm::APFloat;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::kernel {

namespace {

bool isNever(const APFloat &number) {
  return number.isInfinity() && number.isNegative();
}

bool isZero(const APFloat &number) { return number.isZero(); }

/// A sum, from 0, of products of two inputs over one iterator.
bool isProduct(StageOp stage) {
  return stage.getNumReductions() == 1 && stage.getTables().empty() &&
         isPlain(stage) && startsWith(stage, isZero) && sumsCastProducts(stage);
}

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
  bool isOfPairs(StageOp stage);
  bool isElementwise(StageOp stage);
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
  StageOp values = found.values;
  return stage && stage.getNumParallel() >= found.depth &&
         llvm::equal(stage.getExtents().getValue().take_front(found.depth),
                     values.getExtents().getValue().take_front(found.depth));
}

/// Does the stage make floats, of up to 32 bits, for all pairs of queries and
/// keys?
bool Finder::isOfPairs(StageOp stage) {
  if (!hasCommonExtents(stage))
    return false;
  StageOp values = found.values;
  auto element =
      dyn_cast<FloatType>(stage.getOutput().getType().getElementType());
  return element && element.getWidth() <= 32 &&
         stage.getNumParallel() == found.depth + 1 &&
         stage.getExtent(found.depth) == values.getExtent(found.depth + 1);
}

/// And of one of each alone?
bool Finder::isElementwise(StageOp stage) {
  return isOfPairs(stage) && isPlain(stage) && stage.getNumReductions() == 0;
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
  if (!isProduct(values) ||
      values.getExtent(found.depth + 1).getConstant() == 0)
    return false;
  for (unsigned input = 0; input < 2; ++input) {
    StageOp weights = producerOf(values, input);
    if (!weights ||
        !isAt(values, values.getMap(input), commonAnd(found.depth + 1)) ||
        !isElementwise(weights) || !weights.getTables().empty())
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
  Value result = yieldedBy(weights.getBody());
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
    if (!powers || !isElementwise(powers))
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
  return found.sum && usesOnce(weights, found.powerInput) &&
         startsWith(found.sum, isZero) &&
         inputOf(found.sum, folded<arith::AddFOp>(found.sum)) == 0u;
}

bool Finder::findPowers() {
  StageOp powers = found.powers;
  auto exponential = yieldedBy(powers.getBody()).getDefiningOp<MathOp>();
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
  Value result = yieldedBy(largest.getFinish());
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
         isConstant(select.getTrueValue(), isZero);
}

/// From what the softmax gets to the products, backwards. What a stage passes
/// on has no other use, so that none is visited twice.
bool Finder::findScores(StageOp stage) {
  if (!isOfPairs(stage))
    return false;
  if (isProduct(stage)) {
    found.scores = stage;
    return true;
  }
  if (!isElementwise(stage) || found.changes.size() == mostChanges)
    return false;
  found.changes.insert(found.changes.begin(), stage);
  for (unsigned input = 0; input < stage.getInputs().size(); ++input) {
    StageOp inner = producerOf(stage, input);
    if (!inner || !readsElement(stage, input) || countUses(inner) != 1 ||
        !findScores(inner))
      continue;
    found.scoreInputs.push_back(input);
    return true;
  }
  found.changes.erase(found.changes.begin());
  return false;
}

/// The longest of those that keys and values do not move with.
bool Finder::findQuery() {
  AffineMap first = found.scores.getMap(0), second = found.scores.getMap(1);
  if (first.isFunctionOfDim(found.depth) == second.isFunctionOfDim(found.depth))
    return false;
  found.keyInput = second.isFunctionOfDim(found.depth) ? 1 : 0;
  AffineMap keys = found.scores.getMap(found.keyInput),
            values = found.values.getMap(found.valueInput);
  int64_t most = 0;
  for (unsigned iterator = found.depth; iterator-- > 0;) {
    int64_t size =
        found.scores.getExtent(iterator).getConstant().value_or(INT64_MAX);
    if (keys.isFunctionOfDim(iterator) || values.isFunctionOfDim(iterator) ||
        size <= most)
      continue;
    found.query = iterator;
    most = size;
  }
  return most != 0;
}

/// Does nothing read what the stages pass on but what was found?
bool Finder::staysInside() {
  StageOp last = found.changes.empty() ? found.scores : found.changes.back();
  return countUses(last) == 2 && countUses(found.largest) == 1 &&
         countUses(found.powers) == 2 && countUses(found.sum) == 1 &&
         countUses(found.weights) == 1;
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
