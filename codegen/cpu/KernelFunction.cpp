// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/KernelFunction.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using sinter::graph::DimAttr;

namespace sinter::cpu {

/// void name_body(buffers... noalias, slots... noalias, sizes, begin, end)
KernelFunction::KernelFunction(OpBuilder &builder, Location loc,
                               ModuleOp module, llvm::StringRef name,
                               size_t buffers, size_t slots)
    : builder(builder), loc(loc), module(module), name(name), buffers(buffers),
      slots(slots) {
  builder.setInsertionPointToEnd(module.getBody());
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Type i64 = builder.getI64Type();
  SmallVector<Type> types(buffers + slots + 1, pointer);
  types.append({i64, i64});
  body = func::FuncOp::create(builder, loc, this->name + "_body",
                              builder.getFunctionType(types, {}));
  body.setPrivate();
  for (size_t index = 0; index < buffers + slots; ++index)
    body.setArgAttr(index, "llvm.noalias", builder.getUnitAttr());
  builder.setInsertionPointToStart(body.addEntryBlock());
}

Value KernelFunction::slotAddress(func::FuncOp entry, Sizes &dims,
                                  DimAttr offset) {
  Type pointer = entry.getArgument(2).getType(), i64 = builder.getI64Type();
  LLVM::GEPArg bytes(0);
  if (std::optional<int64_t> constant = offset.getConstant()) {
    bytes = arith::ConstantIntOp::create(builder, loc, *constant, 64);
  } else {
    Value address = LLVM::GEPOp::create(
        builder, loc, pointer, i64, entry.getArgument(1),
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(dims.numberOf(offset))});
    bytes = LLVM::LoadOp::create(builder, loc, i64, address);
  }
  return LLVM::GEPOp::create(builder, loc, pointer, builder.getI8Type(),
                             entry.getArgument(2),
                             ArrayRef<LLVM::GEPArg>{bytes});
}

/// int32_t name(void *const *buffers, const int64_t *sizes, void *scratch,
///              int64_t begin, int64_t end)
void KernelFunction::finish(Sizes &dims, ArrayRef<DimAttr> slotOffsets) {
  func::ReturnOp::create(builder, loc);
  builder.setInsertionPointToEnd(module.getBody());
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Type i64 = builder.getI64Type(), i32 = builder.getI32Type();
  auto entry = func::FuncOp::create(
      builder, loc, name,
      builder.getFunctionType({pointer, pointer, pointer, i64, i64}, {i32}));
  builder.setInsertionPointToStart(entry.addEntryBlock());
  SmallVector<Value> arguments;
  for (int32_t index = 0, count = buffers; index < count; ++index) {
    Value address = LLVM::GEPOp::create(builder, loc, pointer, pointer,
                                        entry.getArgument(0),
                                        ArrayRef<LLVM::GEPArg>{index});
    arguments.push_back(LLVM::LoadOp::create(builder, loc, pointer, address));
  }
  for (DimAttr offset : slotOffsets)
    arguments.push_back(slotAddress(entry, dims, offset));
  for (unsigned index : {1u, 3u, 4u})
    arguments.push_back(entry.getArgument(index));
  func::CallOp::create(builder, loc, body, arguments);
  Value zero = arith::ConstantIntOp::create(builder, loc, 0, 32);
  func::ReturnOp::create(builder, loc, zero);
}

Operands accessOperands(kernel::StageOp stage,
                        llvm::function_ref<Value(Value)> pointer) {
  auto extents =
      llvm::to_vector(stage.getExtents().getAsRange<graph::DimAttr>());
  auto access = [&](Value value, AffineMap map) {
    return Access(pointer(value), cast<RankedTensorType>(value.getType()), map,
                  extents);
  };
  Operands operands;
  for (auto [index, input] : llvm::enumerate(stage.getInputs())) {
    operands.inputs.push_back(access(input, stage.getMap(index)));
    if (stage.getFill(index))
      operands.inputs.back().setFilled();
  }
  for (Value table : stage.getTables())
    operands.tables.push_back(
        access(table, AffineMap::get(stage.getContext())));
  for (auto [index, input] : llvm::enumerate(stage.getFinishInputs()))
    operands.finishInputs.push_back(access(input, stage.getFinishMap(index)));
  auto where = AffineMap::getMultiDimIdentityMap(stage.getNumParallel(),
                                                 stage.getContext());
  if (std::optional<kernel::BorderAttr> border = stage.getBorder()) {
    SmallVector<AffineExpr> shifted;
    for (auto [iterator, low] :
         llvm::zip_equal(where.getResults(), border->getLow()))
      shifted.push_back(iterator + low);
    where = AffineMap::get(where.getNumDims(), 0, shifted, stage.getContext());
  }
  operands.output = access(stage.getOutput(), where);
  return operands;
}

} // namespace sinter::cpu
