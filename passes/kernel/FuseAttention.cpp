// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/Attention.h"
#include "dialects/kernel/InlineOperand.h"
#include "dialects/kernel/ModelConstants.h"
#include "dialects/kernel/Rounding.h"
#include "dialects/kernel/Sources.h"
#include "dialects/kernel/StageBuilder.h"
#include "dialects/kernel/StageEdits.h"
#include "dialects/kernel/StagePatterns.h"
#include "dialects/kernel/Widening.h"
#include "passes/kernel/Passes.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {

#define GEN_PASS_DEF_FUSEATTENTION
#include "passes/kernel/Passes.h.inc"

namespace {

//===- Reading past copies ------------------------------------------------===//

/// Lets a stage read an input elsewhere; its floats are cast to what they were.
void readFrom(StageOp stage, unsigned input, const Source &source) {
  stage.getInputsMutable()[input].set(source.value);
  SmallVector<Attribute> maps(stage.getMaps().getValue());
  maps[input] = AffineMapAttr::get(source.map);
  stage.setMapsAttr(ArrayAttr::get(stage.getContext(), maps));
  BlockArgument argument = stage.getBody().front().getArgument(input);
  Type element =
      cast<RankedTensorType>(source.value.getType()).getElementType();
  if (argument.getType() == element)
    return;
  OpBuilder builder = OpBuilder::atBlockBegin(argument.getOwner());
  Type type = argument.getType();
  argument.setType(element);
  Scalars scalars(builder, argument.getLoc());
  Value cast = scalars.cast(argument, element, type);
  Operation *first = cast.getDefiningOp();
  while (first->getOperand(0) != argument)
    first = first->getOperand(0).getDefiningOp();
  argument.replaceAllUsesExcept(cast, first);
}

/// Lets a stage read what another makes at the common iterators, without the
/// casts between them, which go.
void readDirectly(StageOp stage, unsigned input, StageOp made, unsigned depth) {
  auto cast = stage.getInputs()[input].getDefiningOp<StageOp>();
  SmallVector<AffineExpr> coordinates(stage.getMap(input).getResults());
  for (unsigned axis = 0; axis < depth; ++axis)
    coordinates[axis] = getAffineDimExpr(axis, stage.getContext());
  readFrom(stage, input,
           {made.getOutput(), AffineMap::get(stage.getNumIterators(), 0,
                                             coordinates, stage.getContext())});
  while (cast != made && cast->use_empty()) {
    StageOp unused = cast;
    cast = unused.getInputs()[0].getDefiningOp<StageOp>();
    unused.erase();
  }
}

/// Multiplies what a fold has summed up.
void scaleSum(StageOp stage, double scale) {
  if (scale == 1)
    return;
  OpBuilder builder(stage.getContext());
  Type type = stage.getInit()->getType();
  if (!stage.hasFinish()) {
    Block *block = builder.createBlock(&stage.getFinish());
    YieldOp::create(builder, stage.getLoc(),
                    block->addArgument(type, stage.getLoc()));
  }
  Block &block = stage.getFinish().front();
  builder.setInsertionPointToStart(&block);
  Value sum = block.getArguments().back();
  Value factor = arith::ConstantOp::create(builder, stage.getLoc(),
                                           builder.getFloatAttr(type, scale));
  auto scaled = arith::MulFOp::create(builder, stage.getLoc(), sum, factor);
  sum.replaceAllUsesExcept(scaled, scaled);
}

/// Is a value made of nothing but positions?
bool isPositions(Value value, AffineMap map, ArrayRef<DimAttr> extents) {
  auto made = findViewed(value, map, extents).value.getDefiningOp<StageOp>();
  return made && made->getNumOperands() == 0;
}

//===- The attention ------------------------------------------------------===//

class Fusion {
public:
  Fusion(Attention found, unsigned bits, int64_t width)
      : found(std::move(found)), bits(bits), width(width) {}

  bool isWanted();
  void run();

private:
  bool fits(const Source &source, StageOp stage, unsigned iterator) const;
  bool isNarrow(Value value) const;
  bool rounds(StageOp stage, Region &body) const;
  bool roundsProducts();
  void dropCasts();
  void widenBodies();
  void inlineOperands(StageOp stage, bool isFinish);
  void invertDivisors();
  std::optional<unsigned> findOutputCopy();
  void writeThrough(unsigned input);

  Attention found;
  unsigned bits;
  int64_t width;
  Source queries, keys, values;
};

bool Fusion::isNarrow(Value value) const {
  auto element = dyn_cast<FloatType>(getElementTypeOrSelf(value));
  return element && element.getWidth() <= bits;
}

/// Narrow enough, and of few elements along this iterator?
bool Fusion::fits(const Source &source, StageOp stage,
                  unsigned iterator) const {
  std::optional<int64_t> size = stage.getExtent(iterator).getConstant();
  return size && *size >= 1 && *size <= width && isNarrow(source.value);
}

/// Are results of a body narrow, or rounded to be so on the way?
bool Fusion::rounds(StageOp stage, Region &body) const {
  return isNarrow(stage.getOutput()) ||
         body.walk([&](arith::TruncFOp rounding) {
               return isNarrow(rounding) ? WalkResult::interrupt()
                                         : WalkResult::advance();
             })
             .wasInterrupted();
}

/// Are the weights narrow in the model, or what they make? If both have more
/// bits than a product may have, a result of fewer would be a wrong one.
bool Fusion::roundsProducts() {
  StageOp last = found.values;
  Value result = last.getOutput();
  auto user =
      result.hasOneUse() ? dyn_cast<StageOp>(*result.user_begin()) : StageOp();
  return isNarrow(last.getInputs()[1 - found.valueInput]) ||
         rounds(last, last.getFinish()) ||
         (user && user.getNumReductions() == 0 && rounds(user, user.getBody()));
}

bool Fusion::isWanted() {
  unsigned length = found.depth + 1;
  queries = findSource(found.scores, 1 - found.keyInput, length);
  keys = findSource(found.scores, found.keyInput, length);
  values = findSource(found.values, found.valueInput, found.depth);
  return fits(queries, found.scores, length) &&
         fits(keys, found.scores, length) &&
         fits(values, found.values, found.depth) &&
         oneHalf({queries.value, keys.value, values.value}) &&
         roundsProducts() && llvm::all_of(found.stages(), canWiden);
}

/// Values that stages pass on to each other are f32, and so is what makes
/// them.
void Fusion::widenBodies() {
  SmallVector<StageOp> stages = found.stages();
  llvm::SmallPtrSet<Value, 8> inner;
  for (StageOp stage : ArrayRef(stages).drop_back()) {
    RankedTensorType type = stage.getOutput().getType();
    inner.insert(stage.getOutput());
    if (isHalf(type.getElementType()))
      stage.getOutput().setType(cast<RankedTensorType>(
          type.clone(Float32Type::get(type.getContext()))));
  }
  for (StageOp stage : stages) {
    widenFloats(stage.getBody().front(), [&](BlockArgument argument) {
      unsigned number = argument.getArgNumber();
      return number < stage.getInputs().size() &&
             inner.contains(stage.getInputs()[number]);
    });
    if (stage.hasFinish())
      widenFloats(stage.getFinish().front(),
                  [](BlockArgument) { return false; });
  }
  StageOp last = found.values;
  Type element = last.getOutput().getType().getElementType();
  if (!isHalf(element))
    return;
  Operation *yield = last.getFinish().front().getTerminator();
  OpBuilder builder(yield);
  yield->setOperand(0, arith::TruncFOp::create(builder, yield->getLoc(),
                                               element, yield->getOperand(0)));
}

/// Computes operands that belong to pairs of queries and keys where they are
/// used, rather than to read them: masks are made of less.
void Fusion::inlineOperands(StageOp stage, bool isFinish) {
  SmallVector<StageOp> inside = found.stages();
  auto extents = llvm::to_vector(stage.getExtents().getAsRange<DimAttr>());
  extents.resize(stage.getNumParallel());
  unsigned left = 8;
  for (unsigned number = 0; left != 0;) {
    OperandRange operands =
        isFinish ? stage.getFinishInputs() : stage.getInputs();
    if (number == operands.size())
      return;
    Value operand = operands[number];
    AffineMap map =
        isFinish ? stage.getFinishMap(number) : stage.getMap(number);
    bool isOfPair =
        map.isFunctionOfDim(found.query) && map.isFunctionOfDim(found.depth);
    bool isCheaper =
        !llvm::is_contained(inside, operand.getDefiningOp<StageOp>()) &&
        (isOfPair || isPositions(operand, map, extents));
    if (isCheaper && inlineOperand(stage, isFinish, number))
      --left;
    else
      ++number;
  }
}

/// x / y, where y is the same for all keys, as x * (1 / y) in the finish of the
/// products: what follows is stages, of which another pass does it.
void Fusion::invertDivisors() {
  StageOp scores = found.scores;
  auto isOfRow = [&](Value divisor) {
    auto argument = dyn_cast<BlockArgument>(divisor);
    return argument &&
           argument.getArgNumber() < scores.getFinishInputs().size() &&
           !scores.getFinishMap(argument.getArgNumber())
                .isFunctionOfDim(found.depth);
  };
  scores.getFinish().walk([&](arith::DivFOp division) {
    Value divisor = beforeCasts(division.getRhs());
    if (division.getType().isF32() && !feedsRounding(division) &&
        (constantOf(divisor) || isOfRow(divisor)))
      multiplyByInverse(division);
  });
}

/// The input of the only user through which it reads the result with its
/// common dims in another order: one that can write it itself.
std::optional<unsigned> Fusion::findOutputCopy() {
  Value result = found.values.getOutput();
  auto user = result.hasOneUse() ? dyn_cast<StageOp>(*result.getUsers().begin())
                                 : StageOp();
  if (!user || user->getBlock() != found.values->getBlock() ||
      user.getNumReductions() != 0 || !user.getTables().empty() ||
      !isPlain(user) ||
      user.getNumParallel() != found.values.getNumParallel() ||
      user.walk([](IndexOp) { return WalkResult::interrupt(); })
          .wasInterrupted())
    return std::nullopt;
  unsigned input =
      llvm::find(user.getInputs(), result) - user.getInputs().begin();
  if (input == user.getInputs().size())
    return std::nullopt;
  AffineMap map = user.getMap(input);
  if (!map.isPermutation() ||
      map.getResults().back() !=
          getAffineDimExpr(found.depth, user.getContext()))
    return std::nullopt;
  for (auto [axis, coordinate] : llvm::enumerate(map.getResults()))
    if (user.getExtent(cast<AffineDimExpr>(coordinate).getPosition()) !=
        found.values.getExtent(axis))
      return std::nullopt;
  return input;
}

/// Gives all stages the order of iterators in which the user has them, and
/// leaves what it computes to the last one.
void Fusion::writeThrough(unsigned input) {
  auto user = cast<StageOp>(*found.values->getUsers().begin());
  SmallVector<unsigned> order(found.depth);
  for (auto [axis, coordinate] :
       llvm::enumerate(user.getMap(input).getResults().drop_back()))
    order[cast<AffineDimExpr>(coordinate).getPosition()] = axis;
  found.query = llvm::find(order, found.query) - order.begin();
  for (StageOp stage : found.stages()) {
    SmallVector<unsigned> all(order);
    llvm::append_range(
        all, llvm::seq<unsigned>(found.depth, stage.getNumIterators()));
    permuteIterators(stage, all);
  }
  if (isCopy(user)) {
    user.replaceAllUsesWith(found.values.getOutput());
    user.erase();
  } else if (!found.values.hasFinish()) {
    found.values = finishFold(found.values, user, input);
  }
}

/// Before iterators change: casts are found by their maps.
void Fusion::dropCasts() {
  SmallVector<StageOp> stages = found.stages();
  for (StageOp stage : stages)
    for (unsigned input = 0; input < stage.getInputs().size(); ++input)
      if (StageOp made = producerOf(stage, input);
          llvm::is_contained(stages, made))
        readDirectly(stage, input, made, found.depth);
}

void Fusion::run() {
  dropCasts();
  readFrom(found.scores, 1 - found.keyInput, queries);
  readFrom(found.scores, found.keyInput, keys);
  readFrom(found.values, found.valueInput, values);
  scaleSum(found.scores, queries.scale * keys.scale);
  scaleSum(found.values, values.scale);
  if (std::optional<unsigned> input = findOutputCopy())
    writeThrough(*input);
  if (found.scores.hasFinish())
    inlineOperands(found.scores, /*isFinish=*/true);
  for (StageOp change : found.changes)
    inlineOperands(change, /*isFinish=*/false);
  for (StageOp stage : found.stages())
    inlineConstants(stage);
  widenBodies();
  invertDivisors();
  fuseStages(found.stages(), found.depth);
}

struct FuseAttention : impl::FuseAttentionBase<FuseAttention> {
  using FuseAttentionBase::FuseAttentionBase;

  void runOnOperation() override {
    SmallVector<StageOp> stages;
    getOperation().walk([&](StageOp stage) {
      if (stage.getNumReductions() != 0 && !isa<FusedOp>(stage->getParentOp()))
        stages.push_back(stage);
    });
    // From the last to the first: what is fused stands before the last stage.
    llvm::SmallPtrSet<Operation *, 16> done;
    for (StageOp stage : llvm::reverse(stages)) {
      if (done.contains(stage))
        continue;
      std::optional<Attention> found = findAttention(stage);
      if (!found)
        continue;
      Fusion fusion(*found, bits, width);
      if (!fusion.isWanted())
        continue;
      for (StageOp member : found->stages())
        done.insert(member);
      fusion.run();
    }
  }
};

} // namespace
} // namespace sinter::kernel
