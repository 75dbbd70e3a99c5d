// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/StageBody.h"

#include "dialects/kernel/Rounding.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::cpu {
namespace {

/// A function of the math library, declared in the module of the kernel with
/// this first block.
func::FuncOp mathFunction(OpBuilder &builder, Block *entry, kernel::MathOp op,
                          const llvm::Twine &suffix, FunctionType type) {
  auto module = entry->getParentOp()->getParentOfType<ModuleOp>();
  std::string name =
      ("sinter_math_" + kernel::stringifyMathFunction(op.getFunction()) +
       (op.getType().isF32() ? "_f32" : "_f64") + suffix)
          .str();
  if (auto existing = module.lookupSymbol<func::FuncOp>(name))
    return existing;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(module.getBody());
  auto function = func::FuncOp::create(builder, op.getLoc(), name, type);
  function.setPrivate();
  return function;
}

Value callScalar(OpBuilder &builder, Block *entry, kernel::MathOp op,
                 ValueRange operands) {
  auto type =
      builder.getFunctionType(op->getOperandTypes(), op->getResultTypes());
  func::FuncOp function = mathFunction(builder, entry, op, "", type);
  return func::CallOp::create(builder, op.getLoc(), function, operands)
      .getResult(0);
}

/// Memory of the kernel's frame for one vector.
Value frameSlot(OpBuilder &builder, Block *entry, Location loc,
                VectorType type) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(entry);
  Value one = arith::ConstantIntOp::create(builder, loc, 1, 64);
  return LLVM::AllocaOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext()), type,
      one);
}

/// In memory, where the library's loop over the lanes becomes vector code.
Value callLanes(OpBuilder &builder, Block *entry, kernel::MathOp op,
                ValueRange operands) {
  Location loc = op.getLoc();
  auto type = cast<VectorType>(operands[0].getType());
  SmallVector<Value> slots;
  for (Value operand : operands) {
    slots.push_back(frameSlot(builder, entry, loc, type));
    LLVM::StoreOp::create(builder, loc, operand, slots.back());
  }
  SmallVector<Type> pointers(slots.size(), slots[0].getType());
  func::FuncOp function = mathFunction(
      builder, entry, op, "_x" + llvm::Twine(type.getNumElements()),
      builder.getFunctionType(pointers, {}));
  func::CallOp::create(builder, loc, function, slots);
  return LLVM::LoadOp::create(builder, loc, type, slots[0]);
}

} // namespace

static bool isNaN(Value constant) {
  Attribute value;
  if (!matchPattern(constant, m_Constant(&value)))
    return false;
  if (auto splat = dyn_cast<SplatElementsAttr>(value))
    value = splat.getSplatValue<Attribute>();
  auto number = dyn_cast<FloatAttr>(value);
  return !number || number.getValue().isNaN();
}

bool isLaneWise(Region &region) {
  return llvm::all_of(region.front(), [](Operation &op) {
    return isa<arith::ConstantOp, math::AbsFOp, kernel::MathOp,
               kernel::YieldOp>(op) ||
           (op.getNumRegions() == 0 && op.hasTrait<OpTrait::Elementwise>() &&
            isa<arith::ArithDialect>(op.getDialect()));
  });
}

Value emitExtreme(OpBuilder &builder, Location loc, Operation *op, Value one,
                  Value other) {
  // As the instruction does: the second operand if either is NaN.
  auto larger = [&](Value first, Value second) -> Value {
    auto order = isa<arith::MaximumFOp>(op) ? arith::CmpFPredicate::OGT
                                            : arith::CmpFPredicate::OLT;
    Value wins = arith::CmpFOp::create(builder, loc, order, first, second);
    return arith::SelectOp::create(builder, loc, wins, first, second);
  };
  if (one.getDefiningOp<arith::ConstantOp>())
    std::swap(one, other);
  // A constant is no NaN, unless the model says so.
  if (other.getDefiningOp<arith::ConstantOp>() && !isNaN(other))
    return larger(other, one);
  Value isUnordered =
      arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNO, one, one);
  return arith::SelectOp::create(builder, loc, isUnordered, one,
                                 larger(one, other));
}

Value addressOf(OpBuilder &builder, Location loc, const Access &access,
                Value offset) {
  Value index =
      arith::IndexCastOp::create(builder, loc, builder.getI64Type(), offset);
  return LLVM::GEPOp::create(builder, loc, access.pointer.getType(),
                             memoryType(access.type.getElementType()),
                             access.pointer,
                             llvm::ArrayRef<LLVM::GEPArg>{index});
}

Value loadElement(OpBuilder &builder, Location loc, const Access &access,
                  Value offset) {
  Type element = access.type.getElementType();
  Value value = LLVM::LoadOp::create(builder, loc, memoryType(element),
                                     addressOf(builder, loc, access, offset));
  if (!element.isInteger(1))
    return value;
  Value zero = arith::ConstantIntOp::create(builder, loc, 0, 8);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, value,
                               zero);
}

Type StageBody::typeOf(Type scalar) const {
  return lanes == 0 ? scalar : VectorType::get(lanes, scalar);
}

Value StageBody::constant(OpBuilder &builder, Location loc,
                          TypedAttr value) const {
  if (lanes == 0)
    return arith::ConstantOp::create(builder, loc, value);
  return arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(cast<VectorType>(typeOf(value.getType())),
                             Attribute(value)));
}

Value StageBody::emit(OpBuilder &builder, Region &region, ValueRange arguments,
                      ValueRange iterators) const {
  Block &block = region.front();
  IRMapping mapping;
  mapping.map(block.getArguments(), arguments);
  return emitBlock(builder, block, mapping, iterators);
}

Value StageBody::emitBlock(OpBuilder &builder, Block &block, IRMapping &mapping,
                           ValueRange iterators) const {
  for (Operation &op : block.without_terminator())
    emitOp(builder, op, mapping, iterators);
  return mapping.lookup(block.getTerminator()->getOperand(0));
}

void StageBody::emitOp(OpBuilder &builder, Operation &op, IRMapping &mapping,
                       ValueRange iterators) const {
  Location loc = op.getLoc();
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return emitBranch(builder, branch, mapping, iterators);
  if (auto index = dyn_cast<kernel::IndexOp>(op))
    return mapping.map(index.getValue(), iterators[index.getIterator()]);
  if (auto dim = dyn_cast<kernel::DimOp>(op))
    return mapping.map(dim.getValue(), sizes.get(builder, loc, dim.getDim()));
  if (auto load = dyn_cast<kernel::LoadOp>(op)) {
    SmallVector<Value> at;
    for (Value coordinate : load.getCoordinates())
      at.push_back(mapping.lookup(coordinate));
    const Access &table = tables[load.getTable()];
    Value offset = table.offsetAt(builder, loc, sizes, at);
    return mapping.map(load.getElement(),
                       loadElement(builder, loc, table, offset));
  }
  if (auto math = dyn_cast<kernel::MathOp>(op)) {
    SmallVector<Value> operands;
    for (Value operand : math->getOperands())
      operands.push_back(mapping.lookup(operand));
    return mapping.map(
        math.getResult(),
        lanes == 0 ? callScalar(builder, sizes.getEntry(), math, operands)
                   : callLanes(builder, sizes.getEntry(), math, operands));
  }
  if (auto value = dyn_cast<arith::ConstantOp>(op))
    return mapping.map(value.getResult(),
                       constant(builder, loc, value.getValue()));
  if (isa<arith::MaximumFOp, arith::MinimumFOp>(op))
    return mapping.map(op.getResult(0),
                       emitExtreme(builder, loc, &op,
                                   mapping.lookup(op.getOperand(0)),
                                   mapping.lookup(op.getOperand(1))));
  if (Value sum = emitFused(builder, op, mapping))
    return mapping.map(op.getResult(0), sum);
  Operation *copy = builder.clone(op, mapping);
  for (OpResult result : copy->getResults())
    result.setType(typeOf(result.getType()));
}

/// A product and the sum or difference that alone uses it, rounded once, unless
/// an integer is made of it, as coordinates are. Said
/// here, as a choice of LLVM's might differ from one copy of a loop to another.
Value StageBody::emitFused(OpBuilder &builder, Operation &op,
                           IRMapping &mapping) const {
  if (!isa<arith::AddFOp, arith::SubFOp>(op) ||
      !isa<Float32Type, Float64Type>(op.getResult(0).getType()) ||
      kernel::feedsRounding(op.getResult(0)))
    return {};
  for (unsigned side : {1u, 0u}) {
    auto product = op.getOperand(side).getDefiningOp<arith::MulFOp>();
    if (!product || !product->hasOneUse() ||
        product->getBlock() != op.getBlock())
      continue;
    Location loc = op.getLoc();
    auto negated = [&](Value value) -> Value {
      return arith::NegFOp::create(builder, loc, value);
    };
    Value lhs = mapping.lookup(product.getLhs());
    Value addend = mapping.lookup(op.getOperand(1 - side));
    if (isa<arith::SubFOp>(op)) {
      if (side == 1)
        lhs = negated(lhs);
      else
        addend = negated(addend);
    }
    return math::FmaOp::create(builder, loc, lhs,
                               mapping.lookup(product.getRhs()), addend);
  }
  return {};
}

void StageBody::emitBranch(OpBuilder &builder, scf::IfOp op, IRMapping &mapping,
                           ValueRange iterators) const {
  auto branch = scf::IfOp::create(builder, op.getLoc(), op.getResultTypes(),
                                  mapping.lookup(op.getCondition()),
                                  /*addThenBlock=*/true,
                                  /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(builder);
  for (auto [from, to] : {std::pair(op.thenBlock(), branch.thenBlock()),
                          std::pair(op.elseBlock(), branch.elseBlock())}) {
    builder.setInsertionPointToStart(to);
    Value value = emitBlock(builder, *from, mapping, iterators);
    scf::YieldOp::create(builder, op.getLoc(), value);
  }
  mapping.map(op.getResult(0), branch.getResult(0));
}

} // namespace sinter::cpu
