// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/StageLowering.h"

#include "codegen/cpu/KernelFunction.h"
#include "codegen/cpu/StageBorder.h"
#include "codegen/cpu/StageItems.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::graph::DimAttr;
using sinter::graph::DimFunction;

namespace sinter::cpu {
namespace {

/// What a reduction of unknown size counts at least.
int64_t nominalReduction(DimAttr extent) {
  int64_t size = graph::nominalSize(extent);
  return extent.getConstant() ? size : std::max<int64_t>(size, 16);
}

/// Scalar operations that are worth waking a thread.
constexpr int64_t grainOperations = 32768;

class StageLowering {
public:
  StageLowering(kernel::StageOp stage, llvm::StringRef name,
                const Target &target, ModuleOp module)
      : stage(stage), name(name), target(target), module(module),
        builder(module.getContext()), loc(stage.getLoc()) {}

  FailureOr<Kernel> run();

private:
  FailureOr<DimAttr> countOf(unsigned iterator);
  SmallVector<unsigned> itemOrder();
  int64_t elementsAlong(unsigned iterator, unsigned other);
  int64_t grain() const;
  void emitBorderRows(Value begin, Value end, Value results, Sizes &sizes);

  kernel::StageOp stage;
  std::string name;
  const Target &target;
  ModuleOp module;
  OpBuilder builder;
  Location loc;
  Operands operands;
  Blocking blocking;
};

/// The elements of the inputs that move with one iterator and not with the
/// other, by nominal sizes.
int64_t StageLowering::elementsAlong(unsigned iterator, unsigned other) {
  int64_t elements = 0;
  for (const Access &input : operands.inputs) {
    if (input.stepOf(iterator) == Step::none ||
        input.stepOf(other) != Step::none)
      continue;
    int64_t product = 1;
    for (DimAttr dim : input.dims)
      product =
          llvm::SaturatingMultiply<uint64_t>(product, graph::nominalSize(dim));
    elements = std::max(elements, product);
  }
  return elements;
}

/// Items that share the larger operand follow each other: it is read once while
/// the smaller one stays in a cache.
SmallVector<unsigned> StageLowering::itemOrder() {
  unsigned parallel = stage.getNumParallel();
  auto order = llvm::to_vector(llvm::seq<unsigned>(0, parallel));
  if (!blocking.jam || elementsAlong(*blocking.jam, parallel - 1) >
                           elementsAlong(parallel - 1, *blocking.jam))
    return order;
  order.erase(order.begin() + *blocking.jam);
  order.push_back(*blocking.jam);
  return order;
}

/// Items along one parallel iterator.
FailureOr<DimAttr> StageLowering::countOf(unsigned iterator) {
  int64_t block = iterator + 1 == stage.getNumParallel() ? blocking.columns()
                  : blocking.jam == iterator             ? blocking.rows
                                                         : 1;
  return graph::apply(DimFunction::CeilDiv, stage.getExtent(iterator),
                      DimAttr::constant(builder.getContext(), block));
}

int64_t StageLowering::grain() const {
  kernel::StageOp stage = this->stage;
  int64_t work = blocking.rows * blocking.columns();
  for (unsigned iterator = stage.getNumParallel();
       iterator < stage.getNumIterators(); ++iterator)
    work = std::min<int64_t>(
        llvm::SaturatingMultiply<uint64_t>(
            work, nominalReduction(stage.getExtent(iterator))),
        grainOperations);
  return std::max<int64_t>(1, grainOperations / work);
}

/// The items of [begin, end) that come after `results` others.
void StageLowering::emitBorderRows(Value begin, Value end, Value results,
                                   Sizes &sizes) {
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  begin = arith::MaxSIOp::create(builder, loc, begin, results);
  auto loop = scf::ForOp::create(builder, loc, begin, end, one);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value row =
      arith::SubIOp::create(builder, loc, loop.getInductionVar(), results);
  emitBorderRow(builder, loc, stage, *operands.output, sizes, row);
}

FailureOr<Kernel> StageLowering::run() {
  KernelFunction function(builder, loc, module, name,
                          stage->getNumOperands() + 1);
  unsigned buffer = 0;
  operands =
      accessOperands(stage, [&](Value) { return function.buffer(buffer++); });
  blocking = chooseBlocking(stage, operands, target);
  Sizes sizes(function.sizes());

  SmallVector<DimAttr> counts;
  for (unsigned iterator = 0; iterator < stage.getNumParallel(); ++iterator) {
    FailureOr<DimAttr> count = countOf(iterator);
    if (failed(count))
      return stage.emitOpError("has sizes beyond 64 bits");
    counts.push_back(*count);
  }
  FailureOr<DimAttr> extent = graph::product(builder.getContext(), counts);
  if (failed(extent))
    return stage.emitOpError("has sizes beyond 64 bits");

  StageTile tile = makeTile(stage, operands, sizes, blocking);
  Type index = builder.getIndexType();
  Value begin =
      arith::IndexCastOp::create(builder, loc, index, function.begin());
  Value end = arith::IndexCastOp::create(builder, loc, index, function.end());
  if (stage.getBorder()) {
    // Items beyond the results are rows of the border.
    FailureOr<DimAttr> rows = countBorderRows(stage);
    FailureOr<DimAttr> all = failed(rows) ? rows : graph::add(*extent, *rows);
    if (failed(all))
      return stage.emitOpError("has sizes beyond 64 bits");
    emitBorderRows(begin, end, sizes.get(builder, loc, *extent), sizes);
    end = arith::MinSIOp::create(builder, loc, end,
                                 sizes.get(builder, loc, *extent));
    extent = all;
  }
  emitStageItems(builder, loc, tile, blocking, counts, itemOrder(), sizes,
                 begin, end);
  function.finish(sizes);
  return Kernel{sizes.getDims(), *extent, grain(), {}};
}

} // namespace

FailureOr<Kernel> lowerStage(kernel::StageOp stage, llvm::StringRef name,
                             const Target &target, ModuleOp module) {
  return StageLowering(stage, name, target, module).run();
}

} // namespace sinter::cpu
