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

/// Whether all that the kernel stores has 16 bits.
bool givesHalf(Operation *op) {
  return llvm::all_of(op->getResultTypes(), [](Type type) {
    Type element = cast<RankedTensorType>(type).getElementType();
    return element.isF16() || element.isBF16();
  });
}

/// Whether results may jump where a quotient is off by a unit in its last
/// place, as the floor of n / n does.
bool hasJumps(Operation *op) {
  return op
      ->walk([](Operation *op) {
        auto function = dyn_cast<kernel::MathOp>(op);
        using enum kernel::MathFunction;
        bool jumps = isa<arith::CmpFOp, arith::FPToSIOp, arith::FPToUIOp>(op) ||
                     (function && llvm::is_contained({ceil, floor, round, fmod},
                                                     function.getFunction()));
        return jumps ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

} // namespace

KernelFunction::KernelFunction(Operation *op, const Target &target)
    : op(op), math(usesMathIn(op)),
      isFast(!target.isStrict &&
             (target.storage != Storage::f32 || givesHalf(op))),
      hasFastQuotients(isFast && givesHalf(op) && !hasJumps(op)) {
  forEachCount(op, [&](ArrayRef<DimAttr> dims) {
    narrow &= knownCount(dims) <= narrowLimit;
    known &= isKnown(dims);
  });
}

Names KernelFunction::decode(Text &text, Sizes &sizes,
                             const std::string &number,
                             ArrayRef<DimAttr> extents,
                             const std::string &prefix) {
  Names names;
  for (size_t index = 0; index < extents.size(); ++index)
    names.push_back(prefix + std::to_string(index));
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

Names KernelFunction::parameters() const {
  Names result;
  auto element = [](Type type) {
    return memoryTypeName(cast<RankedTensorType>(type).getElementType());
  };
  for (auto [index, type] : llvm::enumerate(op->getOperandTypes()))
    result.push_back("const " + element(type) + " *__restrict__ " +
                     buffer(index));
  for (auto [index, type] : llvm::enumerate(op->getResultTypes()))
    result.push_back(element(type) + " *__restrict__ " +
                     buffer(op->getNumOperands() + index));
  for (size_t index = 0; index < sizes.getDims().size(); ++index)
    result.push_back("const i64 size" + std::to_string(index));
  result.push_back("const i64 items");
  if (hasScratch)
    result.push_back("u8 *scratch");
  for (const auto &[name, map] : maps)
    result.push_back("const __grid_constant__ TensorMap " + name);
  return result;
}

/// What a map says, as the lines of a comment.
static void printMap(Text &text, const std::string &name,
                     const sinter_tensor_map &map) {
  auto size = [](const sinter_map_size &value) {
    std::string number = std::to_string(value.factor);
    return value.size == SINTER_NONE
               ? number
               : number + " * size" + std::to_string(value.size);
  };
  text.line("// " + name + ": b" + Twine(map.buffer) + " from byte " +
            Twine(map.offset) + ", type " + Twine(map.type) +
            (map.pixels ? ", " + Twine(map.pixels) + " pixels" : Twine("")));
  for (uint32_t axis = 0; axis < map.rank; ++axis) {
    std::string line = "//   dim " + size(map.dims[axis]);
    if (axis != 0)
      line += ", stride " + size(map.strides[axis]);
    line += ", box " + std::to_string(map.box[axis]);
    if (map.pixels && axis != 0 && axis + 1 != map.rank)
      line += ", step " + std::to_string(map.steps[axis]) + ", from " +
              std::to_string(map.lower[axis - 1]) + " to " +
              std::to_string(map.upper[axis - 1]);
    text.line(line);
  }
}

std::string KernelFunction::finish() const {
  Text text;
  if (hasFastQuotients)
    text.line("#define SINTER_FAST_QUOTIENTS");
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
  for (const auto &[name, map] : maps)
    printMap(text, name, map);
  std::string bounds = "__launch_bounds__(" + std::to_string(threads);
  if (blocks != 0)
    bounds += ", SINTER_BLOCKS(" + std::to_string(blocks) + ")";
  bounds += ")";
  if (cluster != 1)
    bounds += " __cluster_dims__(" + std::to_string(cluster) + ")";
  text.line("extern \"C\" __global__ void " + bounds);
  std::string head = "kernel(";
  Names all = parameters();
  for (auto [index, parameter] : llvm::enumerate(all)) {
    bool isLast = index + 1 == all.size();
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
