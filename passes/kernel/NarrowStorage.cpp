// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ConstantStore.h"
#include "dialects/graph/Stages.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/kernel/KernelUses.h"
#include "dialects/kernel/ModelConstants.h"
#include "dialects/kernel/Products.h"
#include "passes/kernel/Passes.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::kernel {

#define GEN_PASS_DEF_NARROWSTORAGE
#include "passes/kernel/Passes.h.inc"

namespace {

/// Results of so few elements, and constants of so few bytes, stay f32.
constexpr int64_t fewElements = 1024, fewBytes = 1 << 16;

bool isF32(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getElementType().isF32();
}

int64_t elementsOf(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.hasStaticShape() ? type.getNumElements() : INT64_MAX;
}

/// The operand of a fused op that an argument of its body is; else the value.
Value outside(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto fused = argument ? dyn_cast<FusedOp>(argument.getOwner()->getParentOp())
                        : FusedOp();
  return fused ? fused.getInputs()[argument.getArgNumber()] : value;
}

bool isSmallConstant(Value value) {
  return isModelConstant(value) && elementsOf(value) <= fewBytes / 4;
}

/// A fold that reads each element once: a mean, a norm, a sum of all.
bool isStatistic(StageOp stage) {
  return stage.getNumReductions() != 0 &&
         llvm::all_of(stage.getMaps().getAsValueRange<AffineMapAttr>(),
                      [&](AffineMap map) {
                        return map.isProjectedPermutation() &&
                               map.getNumResults() == stage.getNumIterators();
                      });
}

/// The rewriting of one function.
class Narrowing {
public:
  Narrowing(FloatType narrow, graph::ConstantStore &store)
      : narrow(narrow), store(store) {}

  void run(func::FuncOp function);

private:
  // What becomes narrow.
  bool isSource(Value value) const;
  bool areExact(ValueRange values) const;
  bool isExact(StageOp stage) const;
  bool isProductOperand(OpOperand &use) const;
  bool isNarrowResult(Value result) const;
  bool isNarrowConstant(graph::ConstantOp constant) const;
  bool fits(graph::ConstantOp constant) const;
  void choose(llvm::ArrayRef<Operation *> ops);

  // How it does.
  RankedTensorType narrowType(Value value) const;
  TypedAttr rounded(TypedAttr value) const;
  void widenArgument(BlockArgument argument) const;
  void widenRead(OpOperand &read) const;
  void widen(OpOperand &use) const;
  bool isChoice(Value value) const;
  Value narrowed(Value value, OpBuilder &builder) const;
  void narrowResult(Operation *kernel) const;

  FloatType narrow;
  graph::ConstantStore &store;
  /// Positions, masks and other values that are made of integers.
  llvm::DenseSet<Value> exact;
  SmallVector<Value> results;
  SmallVector<OpOperand *> casts;
};

bool Narrowing::isSource(Value value) const {
  auto integer = dyn_cast<IntegerType>(getElementTypeOrSelf(value));
  return exact.contains(rootOf(outside(value))) ||
         (integer && !isModelConstant(outside(value)) &&
          (integer.getWidth() == 1 || integer.getWidth() > 8));
}

/// Made of integers that a narrow type may not hold, and of small constants?
bool Narrowing::areExact(ValueRange values) const {
  return llvm::any_of(values, [&](Value value) { return isSource(value); }) &&
         llvm::all_of(values, [&](Value value) {
           return isSource(value) || isSmallConstant(outside(value));
         });
}

/// Does the result say of places or of which elements count, so that a rounding
/// would move or add some?
bool Narrowing::isExact(StageOp stage) const {
  bool looksUp = llvm::any_of(stage.getTables(), [&](Value table) {
    return isF32(table) && !isSource(table);
  });
  return !looksUp &&
         (stage->getNumOperands() == 0 || areExact(stage->getOperands()));
}

/// Is it a factor of products, other than exact ones?
bool Narrowing::isProductOperand(OpOperand &use) const {
  return llvm::any_of(readsOf(use), [&](OpOperand *read) {
    auto stage = cast<StageOp>(read->getOwner());
    return sumsProducts(stage) && kindOf(*read).first == OperandKind::input &&
           !areExact(stage.getInputs());
  });
}

bool Narrowing::isNarrowResult(Value result) const {
  Uses uses = usesOf(result);
  if (uses.hasOthers || uses.kernels.empty())
    return false;
  size_t products = llvm::count_if(
      uses.kernels, [&](OpOperand *use) { return isProductOperand(*use); });
  if (exact.contains(result))
    return products == uses.kernels.size();
  return products != 0 || (elementsOf(result) > fewElements &&
                           !isStatistic(lastStage(result.getDefiningOp())));
}

bool Narrowing::isNarrowConstant(graph::ConstantOp constant) const {
  bool isLarge = elementsOf(constant.getResult()) > fewBytes / 4;
  return (isLarge || llvm::any_of(usesOf(constant.getResult()).kernels,
                                  [&](OpOperand *use) {
                                    return isProductOperand(*use);
                                  })) &&
         fits(constant);
}

/// Is no number rounded to infinity? Masks have the largest ones, and infinity
/// times 0 is no number.
bool Narrowing::fits(graph::ConstantOp constant) const {
  std::optional<llvm::ArrayRef<char>> bytes =
      store.bytes(constant.getValueAttr());
  if (!bytes)
    return false;
  llvm::APFloat largest = llvm::APFloat::getLargest(narrow.getFloatSemantics());
  bool losesInfo;
  largest.convert(llvm::APFloat::IEEEsingle(),
                  llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  float limit = largest.convertToFloat();
  for (size_t at = 0; at + sizeof(float) <= bytes->size();
       at += sizeof(float)) {
    float number;
    std::memcpy(&number, bytes->data() + at, sizeof(number));
    if (std::abs(number) > limit && std::isfinite(number))
      return false;
  }
  return true;
}

void Narrowing::choose(llvm::ArrayRef<Operation *> ops) {
  // Definitions come before uses.
  for (Operation *op : ops)
    op->walk([&](StageOp stage) {
      if (!isExact(stage))
        return;
      exact.insert(stage.getOutput());
      if (stage == lastStage(op))
        exact.insert(op->getResult(0));
    });
  llvm::DenseSet<Value> narrowRoots;
  for (Operation *op : ops)
    if (isF32(op->getResult(0)) && isNarrowResult(op->getResult(0))) {
      results.push_back(op->getResult(0));
      narrowRoots.insert(op->getResult(0));
    }
  llvm::DenseMap<Value, bool> constants;
  for (Operation *op : ops)
    for (OpOperand &use : op->getOpOperands()) {
      Value root = rootOf(use.get());
      if (!isF32(root) || narrowRoots.contains(root))
        continue;
      auto constant = root.getDefiningOp<graph::ConstantOp>();
      if (constant && !constants.contains(root))
        constants[root] = isNarrowConstant(constant);
      if (constant ? constants[root] : isProductOperand(use))
        casts.push_back(&use);
    }
}

RankedTensorType Narrowing::narrowType(Value value) const {
  return cast<RankedTensorType>(value.getType()).clone(narrow);
}

TypedAttr Narrowing::rounded(TypedAttr value) const {
  llvm::APFloat number = cast<FloatAttr>(value).getValue();
  bool losesInfo;
  number.convert(narrow.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return FloatAttr::get(narrow, number);
}

void Narrowing::widenArgument(BlockArgument argument) const {
  Type wide = argument.getType();
  argument.setType(narrow);
  if (argument.use_empty())
    return;
  OpBuilder builder = OpBuilder::atBlockBegin(argument.getOwner());
  auto widened =
      arith::ExtFOp::create(builder, argument.getLoc(), wide, argument);
  argument.replaceAllUsesExcept(widened, widened);
}

/// Adapts a stage to an operand that has become narrow.
void Narrowing::widenRead(OpOperand &read) const {
  auto stage = cast<StageOp>(read.getOwner());
  auto [kind, number] = kindOf(read);
  if (kind == OperandKind::finishInput)
    return widenArgument(stage.getFinish().getArgument(number));
  if (kind == OperandKind::input) {
    widenArgument(stage.getBody().getArgument(number));
    SmallVector<Attribute> fills(stage.getFills().getValue());
    if (TypedAttr fill = stage.getFill(number))
      fills[number] = rounded(fill);
    return stage.setFillsAttr(ArrayAttr::get(stage.getContext(), fills));
  }
  stage.walk([&, table = number](LoadOp load) {
    if (load.getTable() != table)
      return;
    Value element = load.getElement();
    Type wide = element.getType();
    element.setType(narrow);
    OpBuilder builder(load->getContext());
    builder.setInsertionPointAfter(load);
    auto widened = arith::ExtFOp::create(builder, load.getLoc(), wide, element);
    element.replaceAllUsesExcept(widened, widened);
  });
}

void Narrowing::widen(OpOperand &use) const {
  if (auto fused = dyn_cast<FusedOp>(use.getOwner()))
    fused.getBody()
        .getArgument(use.getOperandNumber())
        .setType(use.get().getType());
  for (OpOperand *read : readsOf(use))
    widenRead(*read);
}

/// Elements that were widened, constants, and choices between them: they need
/// no arithmetic.
bool Narrowing::isChoice(Value value) const {
  Operation *op = value.getDefiningOp();
  if (auto widened = dyn_cast_or_null<arith::ExtFOp>(op))
    return widened.getIn().getType() == narrow;
  if (!value.hasOneUse())
    return false;
  if (auto select = dyn_cast_or_null<arith::SelectOp>(op))
    return isChoice(select.getTrueValue()) && isChoice(select.getFalseValue());
  if (auto branch = dyn_cast_or_null<scf::IfOp>(op))
    return isChoice(branch.thenYield().getOperand(0)) &&
           isChoice(branch.elseYield().getOperand(0));
  return isa_and_nonnull<arith::ConstantOp>(op);
}

/// The value as an element of the narrow type.
Value Narrowing::narrowed(Value value, OpBuilder &builder) const {
  Location loc = value.getLoc();
  if (!isChoice(value))
    return arith::TruncFOp::create(builder, loc, narrow, value);
  Operation *op = value.getDefiningOp();
  if (auto widened = dyn_cast<arith::ExtFOp>(op))
    return widened.getIn();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(op);
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return arith::ConstantOp::create(builder, loc,
                                     rounded(constant.getValue()));
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return arith::SelectOp::create(builder, loc, select.getCondition(),
                                   narrowed(select.getTrueValue(), builder),
                                   narrowed(select.getFalseValue(), builder));
  for (Region &region : op->getRegions()) {
    OpOperand &yielded = region.front().getTerminator()->getOpOperand(0);
    yielded.set(narrowed(yielded.get(), builder));
  }
  value.setType(narrow);
  return value;
}

/// The kernel's last stage rounds what it has computed.
void Narrowing::narrowResult(Operation *kernel) const {
  StageOp stage = lastStage(kernel);
  stage.getOutput().setType(narrowType(stage.getOutput()));
  kernel->getResult(0).setType(stage.getOutput().getType());
  if (std::optional<BorderAttr> border = stage.getBorder())
    stage.setBorderAttr(BorderAttr::get(stage.getContext(), border->getLow(),
                                        border->getHigh(),
                                        rounded(border->getValue())));
  OpBuilder builder(kernel->getContext());
  if (stage.getNumReductions() != 0 && !stage.hasFinish()) {
    Block *finish = builder.createBlock(&stage.getFinish());
    YieldOp::create(
        builder, stage.getLoc(),
        finish->addArgument(stage.getInit()->getType(), stage.getLoc()));
  }
  Region &region = stage.hasFinish() ? stage.getFinish() : stage.getBody();
  Operation *yield = region.front().getTerminator();
  builder.setInsertionPoint(yield);
  yield->setOperand(0, narrowed(yield->getOperand(0), builder));
}

void Narrowing::run(func::FuncOp function) {
  SmallVector<Operation *> kernels;
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isKernel(op))
      return WalkResult::advance();
    kernels.push_back(op);
    return WalkResult::skip();
  });
  choose(kernels);
  for (Value result : results) {
    Uses uses = usesOf(result);
    for (Value place : uses.places)
      place.setType(narrowType(place));
    for (OpOperand *use : uses.kernels)
      widen(*use);
  }
  llvm::DenseMap<Value, Value> copies;
  for (OpOperand *use : casts) {
    Value value = use->get(), &copy = copies[value];
    if (!copy) {
      OpBuilder builder(function.getContext());
      builder.setInsertionPointAfterValue(value);
      copy = graph::castStage(value, narrowType(value), builder,
                              use->getOwner()->getLoc());
    }
    use->set(copy);
    widen(*use);
  }
  for (Value result : results)
    narrowResult(result.getDefiningOp());
  function.walk([](arith::ExtFOp widened) {
    if (widened.use_empty())
      widened.erase();
  });
}

struct NarrowStorage : impl::NarrowStorageBase<NarrowStorage> {
  using NarrowStorageBase::NarrowStorageBase;

  void runOnOperation() override {
    MLIRContext *context = &getContext();
    graph::ConstantStore *store = graph::ConstantStore::of(context);
    if (!store || (type != "f16" && type != "bf16")) {
      getOperation().emitError(store ? "the type is f16 or bf16"
                                     : "no store of constants is attached");
      return signalPassFailure();
    }
    FloatType narrow = type == "f16" ? FloatType(Float16Type::get(context))
                                     : FloatType(BFloat16Type::get(context));
    Narrowing(narrow, *store).run(getOperation());
  }
};

} // namespace
} // namespace sinter::kernel
