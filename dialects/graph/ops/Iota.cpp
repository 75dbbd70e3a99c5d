// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/graph/ops/Iota.h"

using namespace mlir;
using llvm::SmallVector;
using sinter::kernel::Scalars;
using sinter::kernel::StageBuilder;

namespace sinter::graph {

LogicalResult IotaOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location> loc,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &results) {
  DimAttr size = adaptor.getSize();
  if (size.getConstant().value_or(0) < 0) // C1
    return emitOptionalError(loc, "size ", *size.getConstant(), " is negative");
  results.push_back(tensorType(size, IntegerType::get(context, 64)));
  return success();
}

SmallVector<Value> IotaOp::buildStages(OpBuilder &builder) {
  return {StageBuilder(builder, getLoc(), getType())
              .build([](Scalars &scalars, ValueRange, Value) {
                return scalars.make<arith::IndexCastOp>(
                    scalars.builder.getI64Type(), scalars.index(0));
              })};
}

} // namespace sinter::graph
