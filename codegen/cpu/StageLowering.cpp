// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/StageLowering.h"

#include "codegen/cpu/LaneFold.h"
#include "codegen/cpu/StageTile.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;
using sinter::graph::DimFunction;

namespace sinter::cpu {
namespace {

/// Elements of the innermost iterator in one item of scalar code.
constexpr int64_t scalarBlock = 1024;
/// Scalar operations that are worth waking a thread.
constexpr int64_t grainOperations = 32768;

/// How a stage is cut into items of its parallel range: one block of the last
/// parallel iterator times one block of rows of another ("jammed") iterator.
struct Blocking {
  unsigned lanes = 0;
  /// Elements of the last reduction at a time, if results are single.
  unsigned foldLanes = 0;
  std::optional<unsigned> jam;
  int64_t rows = 1;
  int64_t vectors = 1;

  int64_t columns() const { return lanes == 0 ? scalarBlock : lanes * vectors; }
};

int64_t constantOr(DimAttr dim, int64_t otherwise) {
  return dim.getConstant().value_or(otherwise);
}

class StageLowering {
public:
  StageLowering(kernel::StageOp stage, llvm::StringRef name,
                const Target &target, ModuleOp module)
      : stage(stage), name(name), target(target), module(module),
        builder(module.getContext()), loc(stage.getLoc()) {}

  FailureOr<Kernel> run();

private:
  func::FuncOp makeFunction();
  void makeEntry(func::FuncOp function);
  void chooseBlocking();
  void blockResults(int64_t lanes);
  bool reducesContiguously();
  int64_t chooseRows(DimAttr extent) const;
  bool movesByUnit(unsigned iterator);
  FailureOr<DimAttr> countOf(unsigned iterator);
  SmallVector<unsigned> itemOrder();
  int64_t elementsAlong(unsigned iterator, unsigned other);

  kernel::StageOp stage;
  std::string name;
  const Target &target;
  ModuleOp module;
  OpBuilder builder;
  Location loc;
  Operands operands;
  SmallVector<DimAttr> extents;
  Blocking blocking;
};

/// void name_body(buffers... noalias, sizes, begin, end)
func::FuncOp StageLowering::makeFunction() {
  builder.setInsertionPointToEnd(module.getBody());
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Type i64 = builder.getI64Type();
  size_t buffers = stage->getNumOperands() + 1;
  SmallVector<Type> types(buffers + 1, pointer);
  types.append({i64, i64});
  auto function = func::FuncOp::create(builder, loc, name + "_body",
                                       builder.getFunctionType(types, {}));
  function.setPrivate();
  for (size_t index = 0; index < buffers; ++index)
    function.setArgAttr(index, "llvm.noalias", builder.getUnitAttr());
  builder.setInsertionPointToStart(function.addEntryBlock());
  unsigned argument = 0;
  auto access = [&](Value value, AffineMap map) {
    return Access(function.getArgument(argument++),
                  cast<RankedTensorType>(value.getType()), map, extents);
  };
  for (auto [index, input] : llvm::enumerate(stage.getInputs()))
    operands.inputs.push_back(access(input, stage.getMap(index)));
  for (Value table : stage.getTables())
    operands.tables.push_back(
        access(table, AffineMap::get(builder.getContext())));
  for (auto [index, input] : llvm::enumerate(stage.getFinishInputs()))
    operands.finishInputs.push_back(access(input, stage.getFinishMap(index)));
  operands.output = access(stage.getOutput(),
                           AffineMap::getMultiDimIdentityMap(
                               stage.getNumParallel(), builder.getContext()));
  return function;
}

/// int32_t name(void *const *buffers, const int64_t *sizes, void *scratch,
///              int64_t begin, int64_t end)
void StageLowering::makeEntry(func::FuncOp function) {
  builder.setInsertionPointToEnd(module.getBody());
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Type i64 = builder.getI64Type(), i32 = builder.getI32Type();
  auto entry = func::FuncOp::create(
      builder, loc, name,
      builder.getFunctionType({pointer, pointer, pointer, i64, i64}, {i32}));
  builder.setInsertionPointToStart(entry.addEntryBlock());
  SmallVector<Value> arguments;
  for (int32_t index = 0, count = function.getNumArguments() - 3; index < count;
       ++index) {
    Value address = LLVM::GEPOp::create(builder, loc, pointer, pointer,
                                        entry.getArgument(0),
                                        ArrayRef<LLVM::GEPArg>{index});
    arguments.push_back(LLVM::LoadOp::create(builder, loc, pointer, address));
  }
  arguments.append(
      {entry.getArgument(1), entry.getArgument(3), entry.getArgument(4)});
  func::CallOp::create(builder, loc, function, arguments);
  Value zero = arith::ConstantIntOp::create(builder, loc, 0, 32);
  func::ReturnOp::create(builder, loc, zero);
}

/// Is there an input whose addresses follow this iterator one by one?
bool StageLowering::movesByUnit(unsigned iterator) {
  return llvm::any_of(operands.inputs, [&](const Access &input) {
    return input.stepOf(iterator) == Step::unit;
  });
}

/// Rows of a block, such that a constant extent is cut with the least loss: a
/// step of a block's fold takes at least the latency of its sums.
int64_t StageLowering::chooseRows(DimAttr extent) const {
  int64_t rows = target.tileRows;
  std::optional<int64_t> constant = extent.getConstant();
  if (!constant || *constant <= rows)
    return constant ? std::max<int64_t>(*constant, 1) : rows;
  auto cost = [&](int64_t rows) {
    int64_t rest = *constant % rows;
    int64_t least = target.tileMinRows;
    return *constant / rows * std::max(rows, least) +
           (rest == 0 ? 0 : std::max(rest, least));
  };
  for (int64_t fewer = rows - 1; fewer > 1; --fewer)
    if (cost(fewer) < cost(rows))
      rows = fewer;
  return rows;
}

/// Vectors over the last parallel iterator, if the body works lane by lane and
/// an input is contiguous along it. Rows over the iterator that leaves some
/// such input alone. Else vectors over a contiguous reduction.
void StageLowering::chooseBlocking() {
  bool hasFills = llvm::any_of(llvm::seq<unsigned>(0, operands.inputs.size()),
                               [&](unsigned input) -> bool {
                                 return stage.getFill(input) != TypedAttr();
                               });
  if (stage.getNumReductions() == 0 || hasFills || !isLaneWise(stage.getBody()))
    return;
  unsigned bits = stage.getInit()->getType().getIntOrFloatBitWidth();
  int64_t lanes = target.vectorBits / bits;
  if (stage.getNumParallel() != 0 &&
      (!stage.hasFinish() || isLaneWise(stage.getFinish())))
    blockResults(lanes);
  if (blocking.lanes == 0 && bits != 1 && reducesContiguously())
    blocking.foldLanes = lanes;
}

void StageLowering::blockResults(int64_t lanes) {
  unsigned parallel = stage.getNumParallel();
  for (auto *accesses : {&operands.inputs, &operands.finishInputs})
    for (Access &access : *accesses)
      access.setBlock(parallel - 1, lanes * target.tileVectors);
  if (!movesByUnit(parallel - 1))
    return;
  blocking.lanes = lanes;
  blocking.vectors = target.tileVectors;
  for (unsigned iterator = 0; iterator + 1 < parallel; ++iterator) {
    bool reuses = llvm::any_of(operands.inputs, [&](const Access &input) {
      return input.stepOf(iterator) == Step::none &&
             input.stepOf(parallel - 1) == Step::unit;
    });
    if (reuses && constantOr(extents[iterator], target.tileRows) > 1)
      blocking.jam = iterator;
  }
  if (blocking.jam)
    blocking.rows = chooseRows(extents[*blocking.jam]);
}

bool StageLowering::reducesContiguously() {
  unsigned last = stage.getNumIterators() - 1;
  return combiningOp(stage) && movesByUnit(last) &&
         llvm::all_of(operands.inputs, [&](const Access &input) {
           return input.stepOf(last) != Step::strided &&
                  !input.type.getElementType().isInteger(1);
         });
}

/// The elements of the inputs that move with one iterator and not with the
/// other; an unknown dim counts as 1, so that weights outweigh activations.
int64_t StageLowering::elementsAlong(unsigned iterator, unsigned other) {
  int64_t elements = 0;
  for (const Access &input : operands.inputs) {
    if (input.stepOf(iterator) == Step::none ||
        input.stepOf(other) != Step::none)
      continue;
    int64_t product = 1;
    for (DimAttr dim : input.dims)
      product = llvm::SaturatingMultiply<uint64_t>(
          product, std::max<int64_t>(constantOr(dim, 1), 1));
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
  return graph::apply(DimFunction::CeilDiv, extents[iterator],
                      DimAttr::constant(builder.getContext(), block));
}

FailureOr<Kernel> StageLowering::run() {
  extents.assign(stage.getExtents().getAsRange<DimAttr>().begin(),
                 stage.getExtents().getAsRange<DimAttr>().end());
  func::FuncOp function = makeFunction();
  chooseBlocking();
  Value sizesPointer = function.getArgument(function.getNumArguments() - 3);
  Sizes sizes(sizesPointer);

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

  SmallVector<unsigned> order = itemOrder();
  StageTile tile(stage, operands, sizes, blocking.lanes);
  tile.setFoldLanes(blocking.foldLanes);
  ItemShape shape{counts,
                  order,
                  extents,
                  blocking.jam,
                  blocking.rows,
                  blocking.vectors,
                  blocking.columns()};
  emitStageItems(builder, loc, tile, shape, sizes,
                 function.getArgument(function.getNumArguments() - 2),
                 function.getArgument(function.getNumArguments() - 1));
  func::ReturnOp::create(builder, loc);
  makeEntry(function);

  int64_t work = blocking.rows * blocking.columns();
  for (unsigned iterator = stage.getNumParallel();
       iterator < stage.getNumIterators(); ++iterator)
    work =
        std::min(work * std::max<int64_t>(constantOr(extents[iterator], 16), 1),
                 grainOperations);
  return Kernel{name, sizes.getDims(), *extent,
                std::max<int64_t>(1, grainOperations / work)};
}

} // namespace

FailureOr<Kernel> lowerStage(kernel::StageOp stage, llvm::StringRef name,
                             const Target &target, ModuleOp module) {
  return StageLowering(stage, name, target, module).run();
}

} // namespace sinter::cpu
