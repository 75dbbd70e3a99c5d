// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ConstantStore.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/Reshape.h"
#include "dialects/kernel/Interpreter.h"
#include "passes/graph/Passes.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::kernel::StageOp;
using sinter::kernel::StageProgram;
using sinter::kernel::TensorBytes;

namespace sinter::graph {

#define GEN_PASS_DEF_FOLDCONSTANTS
#include "passes/graph/Passes.h.inc"

namespace {

struct FoldConstants : impl::FoldConstantsBase<FoldConstants> {
  using FoldConstantsBase::FoldConstantsBase;

  void runOnOperation() override;

private:
  bool isWithinBudget(llvm::ArrayRef<int64_t> extents, uint64_t bytes) const;
  bool readOperands(ValueRange operands,
                    llvm::SmallVectorImpl<TensorBytes> &tensors) const;
  BlobAttr evaluate(StageOp stage) const;
  BlobAttr fold(Operation *op) const;

  ConstantStore *store = nullptr;
};

std::optional<int64_t> noSize(llvm::StringRef) { return std::nullopt; }

/// The value, or nothing: what cannot be evaluated here stays as it is.
template <typename T> std::optional<T> valueOf(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  llvm::consumeError(value.takeError());
  return std::nullopt;
}

/// Does the stage store the elements of a constant in another order, with no
/// more than a border around, or rounded? Then its result replaces the
/// constant.
bool isRearrangement(StageOp stage, llvm::ArrayRef<TensorBytes> inputs,
                     uint64_t bytes) {
  if (inputs.size() != 1 || stage.getNumReductions() != 0)
    return false;
  Block &body = stage.getBody().front();
  Value result = body.getTerminator()->getOperand(0);
  if (auto rounded = result.getDefiningOp<arith::TruncFOp>())
    result = rounded.getIn();
  return result == body.getArgument(0) && bytes / 2 <= inputs[0].bytes.size();
}

/// What grows much is better computed when the model is loaded than stored.
bool growsMuch(llvm::ArrayRef<TensorBytes> inputs,
               llvm::ArrayRef<TensorBytes> tables, uint64_t bytes) {
  constexpr uint64_t much = 1 << 16;
  uint64_t read = 0;
  for (const TensorBytes &tensor :
       llvm::concat<const TensorBytes>(inputs, tables))
    read += tensor.bytes.size();
  return bytes > read + much;
}

bool FoldConstants::isWithinBudget(llvm::ArrayRef<int64_t> extents,
                                   uint64_t bytes) const {
  uint64_t points = 1; // extents() has checked their product
  for (int64_t extent : extents)
    points *= static_cast<uint64_t>(extent);
  return bytes <= maxBytes && points <= maxPoints;
}

bool FoldConstants::readOperands(
    ValueRange operands, llvm::SmallVectorImpl<TensorBytes> &tensors) const {
  for (Value operand : operands) {
    auto constant = operand.getDefiningOp<ConstantOp>();
    if (!constant)
      return false;
    std::optional<llvm::ArrayRef<char>> bytes =
        store->bytes(constant.getValueAttr());
    if (!bytes)
      return false;
    auto type = cast<RankedTensorType>(operand.getType());
    tensors.push_back({type.getShape(), *bytes});
  }
  return true;
}

/// The key of what a stage computes; null if it is not folded.
BlobAttr FoldConstants::evaluate(StageOp stage) const {
  RankedTensorType type = stage.getOutput().getType();
  SmallVector<TensorBytes> inputs, tables;
  if (!type.hasStaticShape() || !readOperands(stage.getInputs(), inputs) ||
      !readOperands(stage.getTables(), tables))
    return {};
  std::optional<StageProgram> program = valueOf(StageProgram::compile(stage));
  if (!program)
    return {};
  std::optional<SmallVector<int64_t>> extents =
      valueOf(program->extents(noSize));
  if (!extents)
    return {};
  uint64_t bytes = *kernel::storageSize(type.getElementType());
  for (int64_t size : type.getShape())
    bytes *= static_cast<uint64_t>(size);
  if ((!isWithinBudget(*extents, bytes) || growsMuch(inputs, tables, bytes)) &&
      !isRearrangement(stage, inputs, bytes))
    return {};
  std::vector<char> output(bytes);
  if (llvm::Error error = program->run(inputs, tables, output, noSize)) {
    llvm::consumeError(std::move(error));
    return {};
  }
  return store->add(std::move(output), type.getElementType());
}

BlobAttr FoldConstants::fold(Operation *op) const {
  if (auto stage = dyn_cast<StageOp>(op))
    return evaluate(stage);
  if (auto reshape = dyn_cast<ReshapeOp>(op))
    if (auto constant = reshape.getInput().getDefiningOp<ConstantOp>())
      if (reshape.getType().hasStaticShape())
        return constant.getValueAttr();
  return {};
}

/// Definitions come before uses, so one walk folds whole chains.
void FoldConstants::runOnOperation() {
  store = ConstantStore::of(&getContext());
  if (!store) {
    getOperation().emitError("no store of constants is attached");
    return signalPassFailure();
  }
  getOperation().walk([&](Operation *op) {
    BlobAttr key = fold(op);
    if (!key)
      return;
    OpBuilder builder(op);
    Value constant = ConstantOp::create(builder, op->getLoc(),
                                        op->getResult(0).getType(), key);
    llvm::SmallSetVector<Value, 4> operands(op->operand_begin(),
                                            op->operand_end());
    op->getResult(0).replaceAllUsesWith(constant);
    op->erase();
    for (Value operand : operands)
      if (operand.use_empty())
        if (Operation *unused = operand.getDefiningOp())
          unused->erase();
  });
}

} // namespace
} // namespace sinter::graph
