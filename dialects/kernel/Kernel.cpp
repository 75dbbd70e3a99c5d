// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/Kernel.h"

#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FoldInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialects/kernel/Kernel.cpp.inc"
#include "dialects/kernel/KernelEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/kernel/KernelAttributes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/kernel/KernelOps.cpp.inc"

using namespace mlir;
using llvm::SmallVector;

namespace sinter::kernel {

namespace {

/// Constants of a body stay in it: a stage reads nothing but its operands.
struct KeepConstantsInside : DialectFoldInterface {
  using DialectFoldInterface::DialectFoldInterface;
  bool shouldMaterializeInto(Region *region) const final {
    return isa<StageOp>(region->getParentOp());
  }
};

} // namespace

void KernelDialect::initialize() {
  addInterfaces<KeepConstantsInside>();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/kernel/KernelAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/kernel/KernelOps.cpp.inc"
      >();
}

Type StageOp::getScalarType(Type element) {
  auto integer = dyn_cast<IntegerType>(element);
  return integer ? IntegerType::get(element.getContext(), integer.getWidth())
                 : element;
}

FailureOr<graph::DimAttr> StageOp::getBorderedDim(unsigned iterator) {
  graph::DimAttr extent = getExtent(iterator);
  std::optional<BorderAttr> border = getBorder();
  if (!border)
    return extent;
  int64_t sides = 0;
  if (llvm::AddOverflow(border->getLow()[iterator], border->getHigh()[iterator],
                        sides))
    return failure();
  return graph::add(extent, graph::DimAttr::constant(getContext(), sides));
}

static LogicalResult verifyDims(StageOp op) {
  FailureOr<SmallVector<graph::DimAttr>> dims =
      graph::dimsOf(op.getOutput().getType());
  if (failed(dims) || op.getNumIterators() < dims->size()) // C3
    return op.emitOpError("extents do not begin with the dims of the result");
  if (std::optional<BorderAttr> border = op.getBorder()) {
    auto isSide = [](int64_t size) { return size >= 0; };
    if (border->getLow().size() != dims->size() ||
        border->getHigh().size() != dims->size() ||
        !llvm::all_of(border->getLow(), isSide) ||
        !llvm::all_of(border->getHigh(), isSide) ||
        border->getValue().getType() !=
            StageOp::getScalarType(
                op.getOutput().getType().getElementType())) // C3
      return op.emitOpError("border does not fit the result");
  }
  for (auto [index, dim] : llvm::enumerate(*dims)) {
    FailureOr<graph::DimAttr> expected = op.getBorderedDim(index);
    if (failed(expected) || *expected != dim) // C3
      return op.emitOpError("extents do not begin with the dims of the result");
  }
  return success();
}

static LogicalResult verifyInput(StageOp op, unsigned input) {
  auto type = cast<RankedTensorType>(op.getInputs()[input].getType());
  AffineMap map = op.getMap(input);
  if (map.getNumDims() != op.getNumIterators() || map.getNumSymbols() != 0 ||
      map.getNumResults() != type.getRank()) // C2
    return op.emitOpError("map ")
           << input << " does not fit " << op.getNumIterators()
           << " iterators and " << type;
  Type scalar = StageOp::getScalarType(type.getElementType());
  TypedAttr fill = op.getFill(input);
  if (fill && fill.getType() != scalar) // C6
    return op.emitOpError("fill ")
           << input << " does not have the type " << scalar;
  if (op.getBody().getArgument(input).getType() != scalar) // C5
    return op.emitOpError("body argument ")
           << input << " is no element of " << type;
  return success();
}

/// The parts of C5 and C7 that concern what comes after a fold.
static LogicalResult verifyFinish(StageOp op, Type element) {
  unsigned inputs = op.getFinishInputs().size();
  if (op.getFinishMaps().size() != inputs || (!op.hasFinish() && inputs != 0) ||
      (op.hasFinish() && op.getNumReductions() == 0)) // C7
    return op.emitOpError("has ")
           << op.getFinishMaps().size() << " finish maps for " << inputs
           << " inputs, or no fold to finish";
  if (!op.hasFinish())
    return success();
  Block &body = op.getFinish().front();
  if (body.getNumArguments() != inputs + 1 ||
      body.getArguments().back().getType() != op.getInit()->getType()) // C5
    return op.emitOpError("finish arguments do not fit the inputs and init");
  for (auto [index, input] : llvm::enumerate(op.getFinishInputs())) {
    auto type = cast<RankedTensorType>(input.getType());
    AffineMap map = op.getFinishMap(index);
    if (map.getNumDims() != op.getNumParallel() || map.getNumSymbols() != 0 ||
        map.getNumResults() != type.getRank()) // C7
      return op.emitOpError("finish map ") << index << " does not fit " << type;
    if (body.getArgument(index).getType() !=
        StageOp::getScalarType(type.getElementType())) // C5
      return op.emitOpError("finish argument ")
             << index << " is no element of " << type;
  }
  Value yielded = cast<YieldOp>(body.getTerminator()).getValue();
  if (!yielded || yielded.getType() != element) // C5
    return op.emitOpError("does not yield a value of type ") << element;
  return success();
}

LogicalResult StageOp::verify() {
  if (getMaps().size() != getInputs().size() ||
      getFills().size() != getInputs().size()) // C1
    return emitOpError("has ")
           << getMaps().size() << " maps and " << getFills().size()
           << " fills for " << getInputs().size() << " inputs";
  if (failed(verifyDims(*this)))
    return failure();
  bool reduces = getNumReductions() != 0;
  if (reduces != getInit().has_value()) // C4
    return emitOpError("has reductions or an init, but not both");
  Type element = getScalarType(getOutput().getType().getElementType());
  if (failed(verifyFinish(*this, element)))
    return failure();
  if (hasFinish())
    element = getInit()->getType();
  Block &body = getBody().front();
  if (body.getNumArguments() != getInputs().size() + reduces ||
      (reduces && (body.getArguments().back().getType() != element ||
                   getInit()->getType() != element))) // C5
    return emitOpError("body arguments or init do not fit the inputs and ")
           << element;
  for (unsigned input = 0; input < getInputs().size(); ++input)
    if (failed(verifyInput(*this, input)))
      return failure();
  Value yielded = cast<YieldOp>(body.getTerminator()).getValue();
  if (!yielded || yielded.getType() != element) // C5
    return emitOpError("does not yield a value of type ") << element;
  return success();
}

} // namespace sinter::kernel
