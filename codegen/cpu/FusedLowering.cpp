// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/KernelFunction.h"
#include "codegen/cpu/StageItems.h"
#include "codegen/cpu/StageLowering.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::graph::DimAttr;
using sinter::graph::DimFunction;

namespace sinter::cpu {
namespace {

/// Rows of an item: with a product of matrices enough to read its columns
/// seldom, else few enough to stay in the nearest cache.
constexpr int64_t productRows = 24, plainRows = 8;
constexpr int64_t slotAlignment = 64;

/// What one stage passes on to the next: a slot of the thread's scratch.
struct Slot {
  Value pointer;
  SmallVector<DimAttr> dims;
};

class FusedLowering {
public:
  FusedLowering(kernel::FusedOp op, llvm::StringRef name, const Target &target,
                ModuleOp module)
      : op(op), stages(op.getStages()), depth(op.getDepth()), target(target),
        context(op.getContext()), builder(context), loc(op.getLoc()),
        function(builder, loc, module, name, op->getNumOperands() + 1,
                 stages.size() - 1),
        sizes(function.sizes()), name(name) {}

  FailureOr<Kernel> run();

private:
  int64_t chooseRows();
  FailureOr<DimAttr> itemCount();
  LogicalResult makeSlots();
  FailureOr<SmallVector<DimAttr>> slotDims(kernel::StageOp stage);
  void emitItem(Value item);
  void emitStage(kernel::StageOp stage);
  void makeLocal(Access &access, Value value);

  kernel::FusedOp op;
  std::vector<kernel::StageOp> stages;
  unsigned depth;
  const Target &target;
  MLIRContext *context;
  OpBuilder builder;
  Location loc;
  KernelFunction function;
  Sizes sizes;
  std::string name;
  int64_t rows = 1;
  llvm::DenseMap<Value, Slot> slots;
  SmallVector<DimAttr> slotOffsets;
  DimAttr scratch;
  /// Of the current item: values of all common iterators but the last, where
  /// that one starts, and where it ends if not at its extent.
  SmallVector<Value> first;
  Value low, high;
};

/// All rows in one item where they are few.
int64_t FusedLowering::chooseRows() {
  bool multiplies = llvm::any_of(stages, [](kernel::StageOp stage) {
    return stage.getNumReductions() != 0 && stage.getInputs().size() > 1;
  });
  int64_t rows = multiplies ? productRows : plainRows;
  std::optional<int64_t> extent = stages[0].getExtent(depth - 1).getConstant();
  return extent && *extent <= 2 * rows ? std::max<int64_t>(*extent, 1) : rows;
}

FailureOr<DimAttr> FusedLowering::itemCount() {
  SmallVector<DimAttr> counts;
  for (unsigned iterator = 0; iterator + 1 < depth; ++iterator)
    counts.push_back(stages[0].getExtent(iterator));
  FailureOr<DimAttr> blocks =
      graph::apply(DimFunction::CeilDiv, stages[0].getExtent(depth - 1),
                   DimAttr::constant(context, rows));
  if (failed(blocks))
    return failure();
  counts.push_back(*blocks);
  return graph::product(context, counts);
}

/// One index of each outer common iterator, some rows, the rest whole.
FailureOr<SmallVector<DimAttr>> FusedLowering::slotDims(kernel::StageOp stage) {
  SmallVector<DimAttr> dims = *graph::dimsOf(stage.getOutput().getType());
  for (unsigned axis = 0; axis < depth; ++axis)
    dims[axis] = DimAttr::constant(context, axis + 1 == depth ? rows : 1);
  return dims;
}

LogicalResult FusedLowering::makeSlots() {
  FailureOr<DimAttr> total = DimAttr::constant(context, 0);
  for (kernel::StageOp stage : llvm::ArrayRef(stages).drop_back()) {
    FailureOr<SmallVector<DimAttr>> dims = slotDims(stage);
    Type element = memoryType(getElementTypeOrSelf(stage.getOutput()));
    SmallVector<DimAttr> factors(*dims);
    factors.push_back(
        DimAttr::constant(context, element.getIntOrFloatBitWidth() / 8));
    FailureOr<DimAttr> bytes = graph::product(context, factors);
    DimAttr alignment = DimAttr::constant(context, slotAlignment);
    if (succeeded(bytes))
      bytes = graph::apply(DimFunction::CeilDiv, *bytes, alignment);
    if (succeeded(bytes))
      bytes = graph::multiply(*bytes, alignment);
    if (failed(bytes))
      return failure();
    slots[stage.getOutput()] = {function.slot(slotOffsets.size()), *dims};
    slotOffsets.push_back(*total);
    total = graph::add(*total, *bytes);
    if (failed(total))
      return failure();
  }
  scratch = *total;
  return success();
}

void FusedLowering::makeLocal(Access &access, Value value) {
  auto slot = slots.find(value);
  if (slot == slots.end())
    return;
  SmallVector<Value> origin(first);
  origin.push_back(low);
  access.setLocal(slot->second.dims, origin);
}

void FusedLowering::emitStage(kernel::StageOp stage) {
  Operands operands = accessOperands(stage, [&](Value value) -> Value {
    if (auto slot = slots.find(value); slot != slots.end())
      return slot->second.pointer;
    if (auto argument = dyn_cast<BlockArgument>(value))
      return function.buffer(argument.getArgNumber());
    return function.buffer(op->getNumOperands());
  });
  for (auto [access, value] :
       llvm::zip_equal(operands.inputs, stage.getInputs()))
    makeLocal(access, value);
  for (auto [access, value] :
       llvm::zip_equal(operands.finishInputs, stage.getFinishInputs()))
    makeLocal(access, value);
  makeLocal(*operands.output, stage.getOutput());
  Blocking blocking = chooseBlocking(stage, operands, target);
  if (blocking.jam && *blocking.jam + 1 < depth) {
    blocking.jam = std::nullopt;
    blocking.rows = 1;
  }
  StageTile tile = makeTile(stage, operands, sizes, blocking);
  if (high)
    tile.setLimit(depth - 1, high);
  emitStageNest(builder, loc, tile, blocking, first, low);
}

void FusedLowering::emitItem(Value item) {
  Value width = arith::ConstantIndexOp::create(builder, loc, rows);
  Value extent = sizes.get(builder, loc, stages[0].getExtent(depth - 1));
  Value blocks = arith::CeilDivUIOp::create(builder, loc, extent, width);
  Value block = arith::RemUIOp::create(builder, loc, item, blocks);
  item = arith::DivUIOp::create(builder, loc, item, blocks);
  low = arith::MulIOp::create(builder, loc, block, width);
  std::optional<int64_t> known = stages[0].getExtent(depth - 1).getConstant();
  if (!known || *known > rows) {
    high = arith::AddIOp::create(builder, loc, low, width);
    high = arith::MinUIOp::create(builder, loc, high, extent);
  }
  first.resize(depth - 1);
  for (unsigned iterator = depth - 1; iterator-- > 0;) {
    Value count = sizes.get(builder, loc, stages[0].getExtent(iterator));
    first[iterator] =
        iterator == 0
            ? item
            : arith::RemUIOp::create(builder, loc, item, count).getResult();
    if (iterator != 0)
      item = arith::DivUIOp::create(builder, loc, item, count);
  }
  for (kernel::StageOp stage : stages)
    emitStage(stage);
}

FailureOr<Kernel> FusedLowering::run() {
  rows = chooseRows();
  FailureOr<DimAttr> extent = itemCount();
  if (failed(extent) || failed(makeSlots()))
    return op.emitOpError("has sizes beyond 64 bits");
  Type index = builder.getIndexType();
  Value begin =
      arith::IndexCastOp::create(builder, loc, index, function.begin());
  Value end = arith::IndexCastOp::create(builder, loc, index, function.end());
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  auto loop = scf::ForOp::create(builder, loc, begin, end, one);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    emitItem(loop.getInductionVar());
  }
  function.finish(sizes, slotOffsets);
  return Kernel{sizes.getDims(), *extent, 1, scratch};
}

} // namespace

FailureOr<Kernel> lowerFused(kernel::FusedOp op, llvm::StringRef name,
                             const Target &target, ModuleOp module) {
  return FusedLowering(op, name, target, module).run();
}

} // namespace sinter::cpu
