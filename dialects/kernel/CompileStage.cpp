// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/StageCode.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::SmallVector;

namespace sinter::kernel {
namespace {

template <typename... Args> Error failWith(const Args &...args) {
  std::string text;
  llvm::raw_string_ostream os(text);
  (os << ... << args);
  return llvm::createStringError(text);
}

class Compiler {
public:
  explicit Compiler(StageOp stage) : stage(stage) {}

  Expected<std::shared_ptr<const StageProgram::Code>> compile();

private:
  unsigned addRegister(Rate rate) {
    rates.push_back(rate);
    return rates.size() - 1;
  }
  unsigned constant(uint64_t value);
  unsigned step(LaneInstruction instruction, ArrayRef<unsigned> operands);
  unsigned read(Access access);
  Error addElements();
  Expected<unsigned> affine(AffineExpr expression);
  Error addInput(unsigned input);
  Error addOp(Operation *op);
  Error addBlock(Block &block);
  Error addIf(scf::IfOp op);
  Error addLoad(LoadOp op);

  StageOp stage;
  StageProgram::Code code{};
  SmallVector<Rate> rates;
  llvm::DenseMap<Value, unsigned> values;
  llvm::DenseMap<AffineExpr, unsigned> expressions;
};

unsigned Compiler::constant(uint64_t value) {
  unsigned result = addRegister(Rate::once);
  code.constants.emplace_back(result, value);
  return result;
}

unsigned Compiler::step(LaneInstruction instruction,
                        ArrayRef<unsigned> operands) {
  Rate rate = Rate::once;
  for (unsigned operand : operands)
    rate = std::max(rate, rates[operand]);
  unsigned result = addRegister(rate);
  code.steps[static_cast<size_t>(rate)].push_back(
      {instruction, SmallVector<unsigned, 3>(operands), result, 0});
  return result;
}

/// Never once: a stage without points reads nothing.
unsigned Compiler::read(Access access) {
  Rate rate = Rate::perBatch;
  for (unsigned coordinate : access.coordinates)
    rate = std::max(rate, rates[coordinate]);
  unsigned result = addRegister(rate);
  code.steps[static_cast<size_t>(rate)].push_back(
      {{}, {}, result, static_cast<unsigned>(code.accesses.size())});
  code.accesses.push_back(std::move(access));
  return result;
}

Error Compiler::addElements() {
  auto add = [&](Value value) -> Error {
    auto type = cast<RankedTensorType>(value.getType());
    std::optional<int64_t> size = storageSize(type.getElementType());
    if (!size)
      return failWith("cannot evaluate elements of type ",
                      type.getElementType());
    code.elements.push_back(
        {*size, type.getRank(), type.getElementType().isInteger(1)});
    return Error::success();
  };
  for (Value value : stage->getOperands())
    if (Error error = add(value))
      return error;
  return add(stage.getOutput());
}

Expected<unsigned> Compiler::affine(AffineExpr expression) {
  if (auto dim = dyn_cast<AffineDimExpr>(expression))
    return dim.getPosition();
  if (auto it = expressions.find(expression); it != expressions.end())
    return it->second;
  unsigned result;
  if (auto number = dyn_cast<AffineConstantExpr>(expression)) {
    result = constant(static_cast<uint64_t>(number.getValue()));
  } else {
    auto operation = dyn_cast<AffineBinaryOpExpr>(expression);
    if (!operation)
      return failWith("cannot evaluate the map entry ", expression);
    bool isLinear = expression.getKind() == AffineExprKind::Add ||
                    expression.getKind() == AffineExprKind::Mul;
    auto divisor = dyn_cast<AffineConstantExpr>(operation.getRHS());
    if (!isLinear && (!divisor || divisor.getValue() <= 0))
      return failWith("cannot divide by ", operation.getRHS());
    Expected<unsigned> lhs = affine(operation.getLHS());
    if (!lhs)
      return lhs.takeError();
    Expected<unsigned> rhs = affine(operation.getRHS());
    if (!rhs)
      return rhs.takeError();
    result = step(lookUpLaneOp(expression.getKind()), {*lhs, *rhs});
  }
  expressions[expression] = result;
  return result;
}

Error Compiler::addInput(unsigned input) {
  Access access{input, {}, {}, std::nullopt};
  TypedAttr fill = stage.getFill(input);
  if (fill) {
    access.fill = laneOf(fill);
    if (!access.fill)
      return failWith("cannot evaluate the fill ", fill);
  }
  for (AffineExpr coordinate : stage.getMap(input).getResults()) {
    Expected<unsigned> at = affine(coordinate);
    if (!at)
      return at.takeError();
    access.coordinates.push_back(*at);
    access.broadcasts.push_back(!fill && isa<AffineDimExpr>(coordinate));
  }
  values[stage.getBody().getArgument(input)] = read(std::move(access));
  return Error::success();
}

Error Compiler::addLoad(LoadOp op) {
  uint64_t table = op.getTable();
  if (table >= stage.getTables().size())
    return failWith("the stage has no table ", table);
  auto type = cast<RankedTensorType>(stage.getTables()[table].getType());
  if (type.getRank() != static_cast<int64_t>(op.getCoordinates().size()) ||
      StageOp::getScalarType(type.getElementType()) !=
          op.getElement().getType())
    return failWith("kernel.load does not fit table ", table);
  // The untaken side of a branch is evaluated, too: outside it is 0.
  Access access{static_cast<unsigned>(code.numInputs + table), {}, {}, 0};
  for (Value coordinate : op.getCoordinates()) {
    access.coordinates.push_back(values.at(coordinate));
    access.broadcasts.push_back(false);
  }
  values[op.getElement()] = read(std::move(access));
  return Error::success();
}

/// Both sides are evaluated: no op of a body has an effect or traps.
Error Compiler::addIf(scf::IfOp op) {
  if (op->getNumResults() != 0 && !op.elseBlock())
    return failWith("scf.if without an else");
  if (Error error = addBlock(*op.thenBlock()))
    return error;
  if (op.elseBlock())
    if (Error error = addBlock(*op.elseBlock()))
      return error;
  for (auto [index, result] : llvm::enumerate(op.getResults())) {
    Value yes = op.thenYield().getOperand(index);
    Value no = op.elseYield().getOperand(index);
    values[result] = step(selectLanes(), {values.at(op.getCondition()),
                                          values.at(yes), values.at(no)});
  }
  return Error::success();
}

Error Compiler::addOp(Operation *op) {
  if (auto index = dyn_cast<IndexOp>(op)) {
    if (index.getIterator() >= stage.getNumIterators())
      return failWith("the stage has no iterator ", index.getIterator());
    values[index.getValue()] = static_cast<unsigned>(index.getIterator());
    return Error::success();
  }
  if (auto dim = dyn_cast<DimOp>(op)) {
    unsigned result = addRegister(Rate::once);
    code.dims.emplace_back(result, dim.getDim());
    values[dim.getValue()] = result;
    return Error::success();
  }
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return addIf(branch);
  if (auto load = dyn_cast<LoadOp>(op))
    return addLoad(load);
  if (auto number = dyn_cast<arith::ConstantOp>(op))
    if (std::optional<uint64_t> lane = laneOf(number.getValue())) {
      values[number.getResult()] = constant(*lane);
      return Error::success();
    }
  LaneInstruction instruction = lookUpLaneOp(op);
  if (!instruction.run)
    return failWith("cannot evaluate ", op->getName(), " on these types");
  SmallVector<unsigned> operands;
  for (Value operand : op->getOperands())
    operands.push_back(values.at(operand));
  values[op->getResult(0)] = step(instruction, operands);
  return Error::success();
}

Error Compiler::addBlock(Block &block) {
  for (Operation &op : block) {
    for (Value operand : op.getOperands())
      if (!values.contains(operand))
        return failWith(op.getName(),
                        " uses a value from outside of the stage");
    if (op.hasTrait<OpTrait::IsTerminator>())
      return Error::success();
    if (Error error = addOp(&op))
      return error;
  }
  return Error::success();
}

Expected<std::shared_ptr<const StageProgram::Code>> Compiler::compile() {
  code.numParallel = stage.getNumParallel();
  code.numInputs = stage.getInputs().size();
  code.numTables = stage.getTables().size();
  if (Error error = addElements())
    return error;
  for (unsigned iterator = 0; iterator < stage.getNumIterators(); ++iterator) {
    code.extents.push_back(stage.getExtent(iterator));
    addRegister(iterator < code.numParallel ? Rate::perBatch
                                            : Rate::perReduction);
  }
  Block &body = stage.getBody().front();
  if (std::optional<Attribute> init = stage.getInit()) {
    std::optional<uint64_t> lane = laneOf(*init);
    if (!lane)
      return failWith("cannot evaluate the init ", *init);
    code.init = *lane;
    code.accumulator = addRegister(Rate::perReduction);
    values[body.getArguments().back()] = *code.accumulator;
  }
  for (unsigned input = 0; input < code.numInputs; ++input)
    if (Error error = addInput(input))
      return error;
  if (Error error = addBlock(body))
    return error;
  code.yielded = values.at(cast<YieldOp>(body.getTerminator()).getValue());
  code.numRegisters = rates.size();
  return std::make_shared<const StageProgram::Code>(std::move(code));
}

} // namespace

std::optional<int64_t> storageSize(Type element) {
  if (element.isInteger(1))
    return 1;
  bool isFloat =
      element.isF16() || element.isBF16() || element.isF32() || element.isF64();
  if (!isFloat && !isa<IntegerType>(element))
    return std::nullopt;
  switch (element.getIntOrFloatBitWidth()) {
  case 8:
  case 16:
  case 32:
  case 64:
    return element.getIntOrFloatBitWidth() / 8;
  default:
    return std::nullopt;
  }
}

Expected<StageProgram> StageProgram::compile(StageOp stage) {
  if (stage.hasFinish() || stage.getBorder())
    return llvm::createStringError("a finish or border is not evaluated");
  Expected<std::shared_ptr<const Code>> code = Compiler(stage).compile();
  if (!code)
    return code.takeError();
  return StageProgram(std::move(*code));
}

} // namespace sinter::kernel
