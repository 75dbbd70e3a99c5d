// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/ContractionKernel.h"

using llvm::Twine;

namespace sinter::cuda {
namespace {

/// A ring of steps in shared memory. Of each, `full` says that its copies are
/// there, `empty` that all warpgroups have multiplied it.
class TensorSteps {
public:
  explicit TensorSteps(ContractionKernel &kernel)
      : kernel(kernel), text(kernel.text), shape(kernel.shape) {}

  void emitBarriers();
  void emitCopies();
  void emitProductSteps();
  void emitFinish();
  void emitClusterFinish();

private:
  void emitNext() {
    text.open("if (++slot == " + Twine(shape.steps) + ")");
    text.line("slot = 0;");
    text.line("phase ^= 1;");
    text.close();
  }
  /// All threads that multiply.
  void emitSync() {
    text.line("syncThreads(9, " + Twine(shape.consumers()) + ");");
  }

  ContractionKernel &kernel;
  Text &text;
  const ContractionShape &shape;
};

void TensorSteps::emitBarriers() {
  Text &before = kernel.function.before;
  before.line("const u32 full = ring + " +
              Twine(shape.barrierOffset(kernel.stepBytes())) +
              ", empty = full + " + Twine(8 * shape.steps) + ";");
  before.line("u32 slot = 0, phase = 0, last = 0;");
  before.open("if (threadIdx.x == 0)");
  before.line("#pragma unroll");
  before.open("for (int i = 0; i < " + Twine(shape.steps) + "; ++i)");
  before.line("initBarrier(full + 8 * i, 1);");
  before.line("initBarrier(empty + 8 * i, " + Twine(shape.rows / 64) + ");");
  before.close();
  before.line("publishBarriers();");
  before.line("prefetchMap(&mapA);");
  before.line("prefetchMap(&mapB);");
  before.close();
  before.line("__syncthreads();");
}

/// By one thread.
void TensorSteps::emitCopies() {
  Sizes &sizes = kernel.function.sizes;
  text.open("if (threadIdx.x == " + Twine(shape.consumers()) + ")");
  kernel.rowCopies->emitPlace(text, sizes, "firstA");
  kernel.columnCopies->emitPlace(text, sizes, "firstB");
  text.open("for (idx step = 0; step < steps; ++step)");
  text.line("const u32 to = ring + slot * " + Twine(kernel.stepBytes()) +
            ", barrier = full + slot * 8;");
  text.line("const idx k0 = (firstStep + step) * " +
            Twine(kernel.rows.depth()) + ";");
  text.line("waitAtBarrier(empty + slot * 8, phase ^ 1);");
  text.line("expectBytes(barrier, " + Twine(kernel.stepBytes()) + ");");
  kernel.rowCopies->emitCopies(
      text, sizes, {"to", "firstA", "k0", shape.rows, kernel.iterators});
  std::string columns =
      "to + " + std::to_string(kernel.rows.tileBytes(shape.rows));
  kernel.columnCopies->emitCopies(
      text, sizes, {columns, "firstB", "k0", shape.columns, kernel.iterators});
  emitNext();
  text.close();
  text.close();
  text.line("__syncwarp();");
}

/// A step may be copied to once the products of the next have begun.
void TensorSteps::emitProductSteps() {
  text.open("for (idx step = 0; step < steps; ++step)");
  text.line("waitAtBarrier(full + slot * 8, phase);");
  text.line("const u32 from = ring + slot * " + Twine(kernel.stepBytes()) +
            ";");
  emitProducts(kernel, "sum");
  text.line("waitForProducts<1>();");
  text.line("if (step != 0 && threadIdx.x % 128 == 0)");
  text.line("  arriveAtBarrier(empty + last * 8);");
  text.line("last = slot;");
  emitNext();
  text.close();
  text.line("waitForProducts<0>();");
  text.line("if (steps != 0 && threadIdx.x % 128 == 0)");
  text.line("  arriveAtBarrier(empty + last * 8);");
}

/// Of a block that has all products of its tile.
void TensorSteps::emitFinish() {
  int64_t width = shape.resultColumns();
  if (!shape.keepsRing)
    emitSync();
  bool isWhole = width == shape.columns;
  std::string first = isWhole ? "0" : "panel * " + std::to_string(width);
  if (!isWhole) {
    text.line("#pragma unroll");
    text.open("for (int panel = 0; panel < " + Twine(shape.columns / width) +
              "; ++panel)");
  }
  emitExchange(kernel, first);
  text.line("syncThreads(1 + threadIdx.x / 128, 128);");
  emitResults(kernel, shareOf(kernel, first));
  text.line("syncThreads(1 + threadIdx.x / 128, 128);");
  if (!isWhole)
    text.close();
  if (!shape.keepsRing)
    text.line("publishShared();");
}

/// Blocks of a cluster add up what they have.
void TensorSteps::emitClusterFinish() {
  text.line("syncCluster();");
  text.open("if (isMultiplying)");
  emitResults(kernel, shareOf(kernel, "0"));
  text.line("publishShared();");
  text.close();
  text.line("syncCluster();");
}

} // namespace

void emitTensorSteps(ContractionKernel &kernel) {
  Text &text = kernel.text;
  const ContractionShape &shape = kernel.shape;
  TensorSteps steps(kernel);
  steps.emitBarriers();
  text.line("const bool isMultiplying = threadIdx.x < " +
            Twine(shape.consumers()) + ";");
  text.open("if (isMultiplying)");
  text.line("float sum[" + Twine(shape.columns / 2) + "];");
  text.line("#pragma unroll");
  text.line("for (int e = 0; e < " + Twine(shape.columns / 2) +
            "; ++e) sum[e] = 0;");
  text.line("settle(sum);");
  steps.emitProductSteps();
  if (shape.parts == 1) {
    steps.emitFinish();
  } else {
    text.line("syncThreads(9, " + Twine(shape.consumers()) + ");");
    emitExchange(kernel, "0");
  }
  text.otherwise();
  steps.emitCopies();
  text.close();
  if (shape.parts != 1)
    steps.emitClusterFinish();
  else if (!shape.keepsRing)
    text.line("__syncthreads();");
}

} // namespace sinter::cuda
