// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/KernelFunction.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::Twine;
using sinter::graph::DimAttr;

namespace sinter::cuda {
namespace {

/// Room for what a last block goes beyond an extent.
constexpr int64_t narrowLimit = INT32_MAX / 2;

/// The product of the dims that are known.
int64_t knownCount(ArrayRef<DimAttr> dims) {
  int64_t product = 1;
  for (DimAttr dim : dims)
    product = llvm::SaturatingMultiply<uint64_t>(
        product, std::max<int64_t>(dim.getConstant().value_or(1), 1));
  return product;
}

bool isKnown(ArrayRef<DimAttr> dims) {
  return llvm::all_of(dims, [](DimAttr dim) { return dim.getConstant(); });
}

/// Calls `visit` with the dims of all values of an op, and the extents of all
/// folds in it.
void forEachCount(Operation *op,
                  llvm::function_ref<void(ArrayRef<DimAttr>)> visit) {
  auto visitAll = [&](TypeRange types) {
    for (Type type : types)
      visit(*graph::dimsOf(type));
  };
  visitAll(op->getOperandTypes());
  op->walk([&](kernel::StageOp stage) {
    visitAll(stage->getResultTypes());
    auto extents = llvm::to_vector(stage.getExtents().getAsRange<DimAttr>());
    visit(ArrayRef(extents).drop_front(stage.getNumParallel()));
  });
}

bool usesMathIn(Operation *op) {
  return op->walk([](kernel::MathOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

} // namespace

KernelFunction::KernelFunction(Operation *op, const Target &target)
    : op(op), math(usesMathIn(op)), isFast(target.storage != Storage::f32) {
  forEachCount(op, [&](ArrayRef<DimAttr> dims) {
    narrow &= knownCount(dims) <= narrowLimit;
    known &= isKnown(dims);
  });
}

Names KernelFunction::decode(Text &text, Sizes &sizes,
                             const std::string &number,
                             ArrayRef<DimAttr> extents) {
  Names names;
  for (size_t index = 0; index < extents.size(); ++index)
    names.push_back("i" + std::to_string(index));
  std::string rest = number;
  for (size_t index = extents.size(); index-- > 0;) {
    std::string size = wrapped(sizes.get(extents[index]));
    text.line("const idx " + names[index] + " = " +
              (index == 0 ? rest : wrapped(rest) + " % " + size) + ";");
    if (index != 0)
      rest = wrapped(rest) + " / " + size;
  }
  return names;
}

std::string KernelFunction::finish() const {
  Text text;
  text.line("#include \"sinter/prelude.h\"");
  if (usesTensorCores)
    text.line("#include \"sinter/tensor.h\"");
  if (math)
    text.line("#include \"sinter/math.h\"")
        .line(isFast ? "namespace math = sinter::fast;"
                     : "namespace math = sinter::math;");
  text.line(narrow ? "typedef int idx;" : "typedef long long idx;");
  text.line("");
  if (!functions.str().empty())
    text.lines(functions).line("");
  Names parameters;
  for (auto [index, operand] : llvm::enumerate(op->getOperands()))
    parameters.push_back(
        "const " +
        memoryTypeName(
            cast<RankedTensorType>(operand.getType()).getElementType()) +
        " *__restrict__ " + buffer(index));
  for (auto [index, result] : llvm::enumerate(op->getResults()))
    parameters.push_back(
        memoryTypeName(
            cast<RankedTensorType>(result.getType()).getElementType()) +
        " *__restrict__ " + buffer(op->getNumOperands() + index));
  for (size_t index = 0; index < sizes.getDims().size(); ++index)
    parameters.push_back("const i64 size" + std::to_string(index));
  parameters.push_back("const i64 items");
  if (hasScratch)
    parameters.push_back("u8 *scratch");
  std::string bounds = "__launch_bounds__(" + std::to_string(threads) + ")";
  if (cluster != 1)
    bounds += " __cluster_dims__(" + std::to_string(cluster) + ")";
  text.line("extern \"C\" __global__ void " + bounds);
  std::string head = "kernel(";
  for (auto [index, parameter] : llvm::enumerate(parameters)) {
    bool isLast = index + 1 == parameters.size();
    text.line((index == 0 ? head : "       ") + parameter +
              (isLast ? ") {" : ","));
  }
  std::string result = text.str();
  auto append = [&](const Text &lines, const char *indent) {
    llvm::SmallVector<llvm::StringRef> parts;
    llvm::StringRef(lines.str()).split(parts, '\n', -1, /*KeepEmpty=*/false);
    for (llvm::StringRef part : parts)
      result += (indent + part + "\n").str();
  };
  for (size_t index = 0; index < sizes.getDims().size(); ++index)
    result += "  const idx s" + std::to_string(index) + " = size" +
              std::to_string(index) + ";\n";
  append(before, "  ");
  result += "  waitForEarlier();\n  launchLater();\n";
  result +=
      "  for (i64 item = blockIdx.x; item < items; item += gridDim.x) {\n";
  append(body, "    ");
  return result + "  }\n}\n";
}

} // namespace sinter::cuda
