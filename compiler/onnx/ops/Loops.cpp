// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/ops/Loops.h"

#include "compiler/onnx/ops/Slices.h"
#include "dialects/graph/Regions.h"
#include "dialects/graph/ops/If.h"
#include "dialects/graph/ops/Loop.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;

namespace sinter::onnx {

using graph::DimAttr;

Value sliceAt(NodeImport &node, Value value, DimAttr at) {
  Dims dims = node.dims(value);
  if (dims.empty())
    return {};
  Value slice = sliceAxis(node, value, 0, at, 1, node.dim(1));
  return node.reshape(slice, ArrayRef(dims).drop_front());
}

LoopValues makeLoop(NodeImport &node, DimAttr trips, ValueRange inits,
                    llvm::function_ref<LoopValues(DimAttr, ValueRange)> body) {
  if (node.failed())
    return {};
  if (trips.getConstant() == 1) {
    LoopValues only = body(node.dim(0), inits);
    for (Value &slice : only.slices)
      slice = slice ? node.unsqueeze(slice, 0) : slice;
    return only;
  }
  Region region;
  Block &block = region.emplaceBlock();
  for (Value init : inits)
    block.addArgument(init.getType(), node.loc);
  DimAttr counter = node.state.newSymbol(labelOf(node.proto));
  LoopValues inner;
  {
    OpBuilder::InsertionGuard guard(node.builder);
    node.builder.setInsertionPointToStart(&block);
    inner = body(counter, block.getArguments());
    for (auto [next, init] : llvm::zip_equal(inner.carried, inits))
      next = node.reshape(next, node.dims(init));
    if (node.failed()) {
      node.state.contents.forget(region);
      return {};
    }
    Values all(inner.carried);
    llvm::append_range(all, inner.slices);
    graph::YieldOp::create(node.builder, node.loc, all);
  }
  SmallVector<Type> types(block.getArgumentTypes());
  for (Value slice : inner.slices) {
    Dims dims = node.dims(slice);
    dims.insert(dims.begin(), trips);
    types.push_back(graph::tensorType(dims, node.element(slice)));
  }
  auto loop =
      graph::LoopOp::create(node.builder, node.loc, types,
                            graph::symbolOf(counter), trips, Value(), inits);
  loop.getBody().takeBody(region);
  return {Values(loop.getCarried()), Values(loop.getStacked())};
}

} // namespace sinter::onnx
