// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/Widening.h"

#include "dialects/kernel/StagePatterns.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::kernel {
namespace {

Type wide(Type type) { return Float32Type::get(type.getContext()); }

/// Computes a body in f32 that is written in 16 bits.
class Widening {
public:
  explicit Widening(Block &block) : block(block) {}

  void run(llvm::function_ref<bool(BlockArgument)> isWide) {
    for (BlockArgument argument : block.getArguments()) {
      if (!isHalf(argument.getType()))
        continue;
      if (isWide(argument))
        argument.setType(wide(argument.getType()));
      else
        widen(argument, OpBuilder::atBlockBegin(&block));
    }
    SmallVector<Operation *> ops;
    block.walk<WalkOrder::PreOrder>([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops)
      if (!widenings.contains(op))
        change(op);
  }

private:
  void widen(Value value, OpBuilder builder) {
    auto widened = arith::ExtFOp::create(builder, value.getLoc(),
                                         wide(value.getType()), value);
    value.replaceAllUsesExcept(widened, widened);
    widenings.insert(widened);
  }

  void change(Operation *op) {
    if (isa<arith::ExtFOp, arith::TruncFOp>(op) &&
        op->getOperand(0).getType().isF32() &&
        !op->getResult(0).getType().isF64()) {
      op->getResult(0).replaceAllUsesWith(op->getOperand(0));
      return op->erase();
    }
    for (Value result : op->getResults()) {
      if (!isHalf(result.getType()))
        continue;
      if (isa<LoadOp>(op)) {
        OpBuilder builder(op->getContext());
        builder.setInsertionPointAfter(op);
        widen(result, builder);
        continue;
      }
      result.setType(wide(result.getType()));
      if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
        llvm::APFloat number = cast<FloatAttr>(constant.getValue()).getValue();
        bool losesInfo;
        number.convert(llvm::APFloat::IEEEsingle(),
                       llvm::APFloat::rmNearestTiesToEven, &losesInfo);
        constant.setValueAttr(FloatAttr::get(result.getType(), number));
      }
    }
  }

  Block &block;
  llvm::SmallPtrSet<Operation *, 8> widenings;
};

} // namespace

bool canWiden(StageOp stage) {
  return !stage.walk([](arith::BitcastOp) { return WalkResult::interrupt(); })
              .wasInterrupted();
}

void widenFloats(Block &block, llvm::function_ref<bool(BlockArgument)> isWide) {
  Widening(block).run(isWide);
}

} // namespace sinter::kernel
