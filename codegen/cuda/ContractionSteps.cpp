// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/ContractionKernel.h"

using llvm::Twine;

namespace sinter::cuda {
namespace {

class Steps {
public:
  explicit Steps(ContractionKernel &kernel)
      : kernel(kernel), text(kernel.text), shape(kernel.shape) {}

  void emitLoads();
  void emitPlain();
  void emitSplitting();

private:
  std::string slot(const std::string &ring, const std::string &step,
                   int64_t slots) const {
    return ring + " + u32(" + step + " % " + std::to_string(slots) + ") * " +
           std::to_string(kernel.stepBytes());
  }
  void emitSplit();
  bool copiesInLoop() const {
    return kernel.rows.copiesInLoop(shape.rows, shape.threads()) ||
           kernel.columns.copiesInLoop(shape.columns, shape.threads());
  }

  ContractionKernel &kernel;
  Text &text;
  const ContractionShape &shape;
};

/// Declares `load(step)`, which starts the copies of a step.
void Steps::emitLoads() {
  const ContractionSide &rows = kernel.rows;
  ContractionSide::Place place{"firstA",   kernel.rowCount, kernel.productCount,
                               shape.rows, shape.threads(), kernel.iterators};
  rows.emitLoad(text, kernel.function.sizes, place);
  place.first = "firstB";
  place.count = kernel.columnCount;
  place.size = shape.columns;
  kernel.columns.emitLoad(text, kernel.function.sizes, place);
  text.open("auto load = [&](idx step)");
  text.open("if (step < steps)");
  text.line("const u32 to = " + slot("ring", "step", shape.steps) + ";");
  text.line("const idx k0 = (firstStep + step) * " + Twine(rows.depth()) + ";");
  text.line("loadA(to, k0);");
  text.line("loadB(to + " + Twine(rows.tileBytes(shape.rows)) + ", k0);");
  text.close();
  text.line("commitCopies();");
  text.close(";");
}

/// The tile a step ago is still read when the copies of one start: they go to
/// the one before.
void Steps::emitPlain() {
  int64_t ahead = shape.steps - 2;
  text.line("float sum[" + Twine(shape.columns / 2) + "];");
  text.line("#pragma unroll");
  text.line("for (int e = 0; e < " + Twine(shape.columns / 2) +
            "; ++e) sum[e] = 0;");
  for (int64_t step = 0; step < ahead; ++step)
    text.line("load(" + Twine(step) + ");");
  text.open("for (idx step = 0; step < steps; ++step)");
  text.line("waitForCopies<" + Twine(ahead - 1) + ">();");
  text.line("publishShared();");
  text.line("__syncthreads();");
  text.line("const u32 from = " + slot("ring", "step", shape.steps) + ";");
  emitProducts(kernel, "sum");
  // The compiler lets nothing loop while products are on their way.
  text.line(copiesInLoop() ? "waitForProducts<0>();" : "waitForProducts<1>();");
  text.line("load(step + " + Twine(ahead) + ");");
  text.close();
  text.line("waitForProducts<0>();");
}

/// Declares `split(step)`, which writes what tf32 cuts off of a step.
void Steps::emitSplit() {
  text.open("auto split = [&](idx step)");
  text.line("const u32 from = " + slot("ring", "step", shape.steps) + ";");
  text.line("const u32 to = " + slot("lows", "step", 2) + ";");
  int64_t count = kernel.stepBytes() / (shape.threads() * 16);
  text.line("splitShared<" + Twine(count) +
            ">(from + threadIdx.x * 16, to + threadIdx.x * 16, " +
            Twine(shape.threads() * 16) + ");");
  text.line("publishShared();");
  text.close(";");
}

/// While the tensor cores have a step, the next is split. They round sums
/// towards zero: those of each step are added up in f32.
void Steps::emitSplitting() {
  int64_t ahead = shape.steps - 1, sums = shape.columns / 2;
  text.line("const u32 lows = ring + " +
            Twine(shape.steps * kernel.stepBytes()) + ";");
  emitSplit();
  text.line("float sum[" + Twine(sums) + "], some[" + Twine(sums) + "];");
  text.line("#pragma unroll");
  text.line("for (int e = 0; e < " + Twine(sums) + "; ++e) sum[e] = 0;");
  for (int64_t step = 0; step < ahead; ++step)
    text.line("load(" + Twine(step) + ");");
  text.line("waitForCopies<" + Twine(ahead - 1) + ">();");
  text.line("__syncthreads();");
  text.line("split(0);");
  text.line("__syncthreads();");
  text.open("for (idx step = 0; step < steps; ++step)");
  text.line("const u32 from = " + slot("ring", "step", shape.steps) + ";");
  text.line("const u32 low = " + slot("lows", "step", 2) + ";");
  std::string load = "load(step + " + std::to_string(ahead) + ");";
  if (copiesInLoop())
    text.line(load);
  emitProducts(kernel, "some");
  if (!copiesInLoop())
    text.line(load);
  text.line("waitForCopies<" + Twine(ahead - 1) + ">();");
  text.line("__syncthreads();");
  text.line("split(step + 1);");
  text.line("waitForProducts<0>();");
  text.line("#pragma unroll");
  text.line("for (int e = 0; e < " + Twine(sums) + "; ++e) sum[e] += some[e];");
  text.line("__syncthreads();");
  text.close();
}

} // namespace

void emitProducts(ContractionKernel &kernel, const std::string &sum) {
  Text &text = kernel.text;
  const ContractionSide &rows = kernel.rows;
  int64_t depth = kernel.roles.element.isF32() ? 8 : 16;
  std::string bytes = std::to_string(rows.tileBytes(kernel.shape.rows));
  auto descriptors = [&](const std::string &suffix, const std::string &base) {
    text.line("const u64 a" + suffix + " = " +
              rows.descriptor(base, "firstRow", "k") + ";");
    text.line("const u64 b" + suffix + " = " +
              kernel.columns.descriptor(base + " + " + bytes, "", "k") + ";");
  };
  auto forProducts = [&](auto &&body) {
    text.line("#pragma unroll");
    text.open("for (int k = 0; k < " + Twine(rows.depth()) +
              "; k += " + Twine(depth) + ")");
    descriptors("", "from");
    body();
    text.close();
  };
  text.line("beginProducts();");
  if (kernel.isSplit) {
    // All small terms first: what is added to a large sum is cut off.
    forProducts([&] {
      descriptors("Low", "low");
      text.line("multiply(" + sum + ", aLow, b, k != 0);");
      text.line("multiply(" + sum + ", a, bLow, true);");
    });
    forProducts([&] { text.line("multiply(" + sum + ", a, b, true);"); });
  } else {
    forProducts([&] {
      text.line("multiply(" + sum + ", a, b, k != 0 || step != 0);");
    });
  }
  text.line("commitProducts();");
}

void emitSteps(ContractionKernel &kernel) {
  Steps steps(kernel);
  steps.emitLoads();
  if (kernel.isSplit)
    steps.emitSplitting();
  else
    steps.emitPlain();
}

} // namespace sinter::cuda
