// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/ModelConstants.h"
#include "dialects/kernel/Products.h"
#include "dialects/kernel/StageBuilder.h"
#include "passes/kernel/Passes.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::kernel {

#define GEN_PASS_DEF_FOLDSCALES
#include "passes/kernel/Passes.h.inc"

namespace {

/// A product of two inputs that is summed, one of them constant weights with
/// an axis of their own for one parallel iterator, the channels.
struct Product {
  unsigned weights, channel, axis;
};

std::optional<Product> productOf(StageOp stage) {
  if (!stage.hasFinish() || !sumsProducts(stage))
    return std::nullopt;
  for (unsigned input = 0; input < 2; ++input) {
    Value weights = stage.getInputs()[input];
    if (!isModelConstant(weights) || stage.getFill(input) ||
        cast<RankedTensorType>(weights.getType()).getElementType() !=
            stage.getInit()->getType())
      continue;
    AffineMap map = stage.getMap(input), other = stage.getMap(1 - input);
    for (unsigned axis = 0; axis < map.getNumResults(); ++axis) {
      auto dim = dyn_cast<AffineDimExpr>(map.getResult(axis));
      if (dim && dim.getPosition() < stage.getNumParallel() &&
          !other.isFunctionOfDim(dim.getPosition()))
        return Product{input, dim.getPosition(), axis};
    }
  }
  return std::nullopt;
}

/// The operations that follow the sum in the finish, as one scale and one
/// offset for each channel.
class Chain {
public:
  Chain(StageOp stage, Product product)
      : stage(stage), product(product), builder(stage) {}

  /// Takes as many operations as fit; true if a scale is among them.
  bool read();
  void rewrite();

private:
  Value constantOf(Operation *op, Value chained);
  Value combine(Value one, Value other,
                llvm::function_ref<Value(Scalars &, Value, Value)> body);
  bool take(Operation *op, Value chained);
  void scaleWeights();

  StageOp stage;
  Product product;
  OpBuilder builder;
  /// One number for each channel; null for 1 and 0.
  Value scale, offset;
  Value result;
};

/// The other operand of a binary op as numbers of channels; null if it is not
/// constant or depends on another iterator.
Value Chain::constantOf(Operation *op, Value chained) {
  Value other = op->getOperand(op->getOperand(0) == chained ? 1 : 0);
  auto argument = dyn_cast<BlockArgument>(other);
  if (!argument || other == chained ||
      argument.getArgNumber() >= stage.getFinishInputs().size())
    return {};
  Value input = stage.getFinishInputs()[argument.getArgNumber()];
  AffineMap map = stage.getFinishMap(argument.getArgNumber());
  for (unsigned iterator = 0; iterator < map.getNumDims(); ++iterator)
    if (iterator != product.channel && map.isFunctionOfDim(iterator))
      return {};
  auto type = cast<RankedTensorType>(input.getType());
  if (!isModelConstant(input) ||
      type.getElementType() != stage.getInit()->getType())
    return {};
  StageBuilder numbers(builder, stage.getLoc(),
                       graph::tensorType({stage.getExtent(product.channel)},
                                         type.getElementType()));
  SmallVector<AffineExpr> dims(map.getNumDims(),
                               builder.getAffineConstantExpr(0));
  dims[product.channel] = numbers.iterator(0);
  SmallVector<AffineExpr> coordinates;
  for (AffineExpr coordinate : map.getResults())
    coordinates.push_back(coordinate.replaceDims(dims));
  numbers.input(input, coordinates);
  return numbers.build(
      [](Scalars &, ValueRange elements, Value) { return elements[0]; });
}

Value Chain::combine(Value one, Value other,
                     llvm::function_ref<Value(Scalars &, Value, Value)> body) {
  StageBuilder both(builder, stage.getLoc(),
                    cast<RankedTensorType>(other.getType()));
  both.input(one, {both.iterator(0)}).input(other, {both.iterator(0)});
  return both.build([&](Scalars &scalars, ValueRange elements, Value) {
    return body(scalars, elements[0], elements[1]);
  });
}

bool Chain::take(Operation *op, Value chained) {
  bool isDifference = isa<arith::SubFOp>(op) && op->getOperand(0) == chained;
  if (!isDifference && !isa<arith::AddFOp, arith::MulFOp>(op))
    return false;
  Value constant = constantOf(op, chained);
  if (!constant)
    return false;
  auto times = [](Scalars &scalars, Value one, Value other) {
    return scalars.multiply(one, other);
  };
  if (isa<arith::MulFOp>(op)) {
    scale = scale ? combine(scale, constant, times) : constant;
    if (offset)
      offset = combine(offset, constant, times);
    return true;
  }
  if (isDifference)
    constant =
        combine(constant, constant, [](Scalars &scalars, Value one, Value) {
          return scalars.negate(one);
        });
  offset = offset ? combine(offset, constant,
                            [](Scalars &scalars, Value one, Value other) {
                              return scalars.add(one, other);
                            })
                  : constant;
  return true;
}

bool Chain::read() {
  result = stage.getFinish().front().getArguments().back();
  while (result.hasOneUse() && take(*result.user_begin(), result))
    result = (*result.user_begin())->getResult(0);
  return scale != Value();
}

void Chain::scaleWeights() {
  Value weights = stage.getInputs()[product.weights];
  StageBuilder scaled(builder, stage.getLoc(),
                      cast<RankedTensorType>(weights.getType()));
  SmallVector<AffineExpr> coordinates;
  for (unsigned axis = 0; axis < scaled.getNumParallel(); ++axis)
    coordinates.push_back(scaled.iterator(axis));
  scaled.input(weights, coordinates)
      .input(scale, {scaled.iterator(product.axis)});
  stage.getInputsMutable()[product.weights].assign(
      scaled.build([](Scalars &scalars, ValueRange elements, Value) {
        return scalars.multiply(elements[0], elements[1]);
      }));
}

/// The finish begins with the sum plus the offset instead of the chain.
void Chain::rewrite() {
  scaleWeights();
  Block &finish = stage.getFinish().front();
  Value sum = finish.getArguments().back();
  Operation *first = *sum.user_begin();
  Value start = sum;
  if (offset) {
    SmallVector<Attribute> maps(stage.getFinishMapsAttr().getValue());
    maps.push_back(AffineMapAttr::get(AffineMap::get(
        stage.getNumParallel(), 0, builder.getAffineDimExpr(product.channel))));
    BlockArgument argument = finish.insertArgument(
        stage.getFinishInputs().size(), sum.getType(), stage.getLoc());
    stage.getFinishInputsMutable().append(offset);
    stage.setFinishMapsAttr(builder.getArrayAttr(maps));
    OpBuilder inside(first);
    start = arith::AddFOp::create(inside, stage.getLoc(), sum, argument);
  }
  result.replaceAllUsesWith(start);
  Operation *last = result.getDefiningOp();
  for (Operation *op = last; op;) {
    Value chained = op->getOperand(0);
    for (Value operand : op->getOperands())
      if (!isa<BlockArgument>(operand))
        chained = operand;
    op->erase();
    op = chained.getDefiningOp();
  }
}

/// Drops finish inputs that are not used any more.
void dropUnused(StageOp stage) {
  Block &finish = stage.getFinish().front();
  SmallVector<Attribute> maps(stage.getFinishMapsAttr().getValue());
  for (unsigned input = stage.getFinishInputs().size(); input-- > 0;) {
    if (!finish.getArgument(input).use_empty())
      continue;
    finish.eraseArgument(input);
    stage.getFinishInputsMutable().erase(input);
    maps.erase(maps.begin() + input);
  }
  stage.setFinishMapsAttr(ArrayAttr::get(stage.getContext(), maps));
}

struct FoldScales : impl::FoldScalesBase<FoldScales> {
  void runOnOperation() override {
    SmallVector<StageOp> stages;
    getOperation().walk([&](StageOp stage) { stages.push_back(stage); });
    for (StageOp stage : stages) {
      std::optional<Product> product = productOf(stage);
      if (!product)
        continue;
      Chain chain(stage, *product);
      if (!chain.read())
        continue;
      chain.rewrite();
      dropUnused(stage);
    }
  }
};

} // namespace
} // namespace sinter::kernel
