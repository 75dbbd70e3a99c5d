// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Constant.h"

using namespace mlir;

namespace sinter::graph {

LogicalResult ConstantOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  if (!type.hasStaticShape()) // C1
    return emitOpError("has the dynamic type ")
           << type << "; expected a static one";
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }

Operation *GraphDialect::materializeConstant(OpBuilder &builder,
                                             Attribute value, Type type,
                                             Location loc) {
  auto blob = dyn_cast<BlobAttr>(value);
  return blob ? ConstantOp::create(builder, loc, type, blob).getOperation()
              : nullptr;
}

} // namespace sinter::graph
