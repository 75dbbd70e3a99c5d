// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/ContractionShape.h"

#include "llvm/Support/MathExtras.h"

namespace sinter::cuda {
namespace {

/// In clocks.
struct Costs {
  /// What a multiprocessor takes in from L2 and puts out to memory while all
  /// others do.
  double bytesPerClock, resultBytesPerClock;
  /// Of a copy; of a tile before its first product, and of each of its steps.
  double latency, start, stepStart;
  /// Of the exchange in a cluster of up to 4, and what others wait for because
  /// of it.
  double exchange, blockExchange;
  /// What other blocks wait for while one begins.
  double blockStart;
};
// Fitted to tiles of products of matrices and convolutions, timed on an H200:
// to 250 of 31, and to 220 of 14.
constexpr Costs byThreads = {28, 6, 300, 2900, 140, 3000, 0, 0};
constexpr Costs byTensor = {58, 6.4, 870, 2500, 41, 4500, 2500, 660};
/// Operations on results per clock: of one block, and of all. So a GELU takes
/// as long as it did after products of 4096 x 4096 x 4096 and of 4096 x 3072 x
/// 768.
constexpr double blockOpsPerClock = 50, opsPerClock = 300;
constexpr int64_t lineBytes = 128, registers = 65536;

/// Products of the tensor cores of one multiprocessor per clock.
double productsPerClock(const ContractionSize &size) {
  return size.elementBytes == 2 ? 2048 : size.isSplit ? 1024.0 / 3 : 1024;
}

int64_t stepProducts(const ContractionSize &size) {
  return lineBytes / size.elementBytes;
}

/// Registers of a thread: its sums, twice if they are taken over, and what
/// addresses need.
int64_t threadRegisters(const ContractionShape &shape,
                        const ContractionSize &size) {
  int64_t sums = shape.columns / 2 * (size.isSplit ? 2 : 1);
  return llvm::alignTo(sums + 48, 8);
}

/// Clocks until all tiles are done.
double timeOf(const ContractionShape &shape, const ContractionSize &size,
              const Target &target) {
  const Costs &costs = shape.isByTensor ? byTensor : byThreads;
  int64_t tiles = llvm::divideCeil(size.rows, shape.rows) *
                  llvm::divideCeil(size.columns, shape.columns) * shape.parts;
  tiles = llvm::SaturatingMultiply<uint64_t>(tiles, size.batch);
  int64_t resident = residentBlocks(shape, size, target);
  int64_t atOnce = resident * target.multiprocessors;
  double steps = llvm::divideCeil(
      llvm::divideCeil(size.products, stepProducts(size)), shape.parts);
  double products = double(shape.rows) * shape.columns * stepProducts(size);
  double compute = products / productsPerClock(size);
  double copies = (shape.rows + shape.columns) * lineBytes /
                  costs.bytesPerClock * (size.hasSmallCopies ? 3 : 1);
  double elements = double(shape.rows) * shape.columns;
  double results = elements * size.elementBytes / costs.resultBytesPerClock;
  double ops = elements / shape.parts * size.resultOps;
  bool isShared = shape.parts > 1;
  double sharing = std::max(1.0, 0.5 + shape.parts / 8.0);
  double ahead = shape.steps - (size.isSplit || shape.isByTensor ? 1 : 2);
  double chain = results + ops / blockOpsPerClock +
                 (isShared ? sharing * costs.exchange : 0) +
                 steps * (costs.stepStart +
                          std::max({compute, copies, costs.latency / ahead}));
  // With a ring that is kept, the next tile has begun before this one ends.
  double once = shape.keepsRing ? costs.start : 0;
  chain += costs.start - once;
  // What one block waits for, others use.
  double each = results + ops / opsPerClock +
                (isShared ? sharing * costs.blockExchange : 0) +
                (shape.keepsRing ? 0 : costs.blockStart) +
                steps * std::max(compute, copies);
  auto wave = [&](double blocks) { return std::max(chain, blocks * each); };
  int64_t full = tiles / atOnce, rest = tiles % atOnce;
  double last = llvm::divideCeil(rest, int64_t(target.multiprocessors));
  return once + full * wave(resident) + (rest ? wave(last) : 0);
}

} // namespace

int64_t sharedBytes(const ContractionShape &shape,
                    const ContractionSize &size) {
  int64_t step = (shape.rows + llvm::alignTo(shape.columns, 64)) * lineBytes;
  if (shape.isByTensor)
    return shape.barrierOffset(step) + 16 * shape.steps;
  int64_t ring = step * (shape.steps + (size.isSplit ? 2 : 0));
  return std::max(ring, shape.resultBytes());
}

int64_t residentBlocks(const ContractionShape &shape,
                       const ContractionSize &size, const Target &target) {
  return std::max<int64_t>(
      std::min({(target.sharedBytes + 1024) / (sharedBytes(shape, size) + 1024),
                registers / (shape.threads() * threadRegisters(shape, size)),
                2048 / shape.threads(), int64_t(8)}),
      1);
}

ContractionShape chooseShape(const ContractionSize &size,
                             const Target &target) {
  ContractionShape best;
  double least = 0;
  int64_t steps = llvm::divideCeil(size.products, stepProducts(size));
  auto consider = [&](const ContractionShape &shape) {
    if (sharedBytes(shape, size) > target.sharedBytes ||
        shape.threads() * threadRegisters(shape, size) > registers)
      return;
    double time = timeOf(shape, size, target);
    if (best.rows == 0 || time < least) {
      best = shape;
      least = time;
    }
  };
  for (int64_t rows : {256, 128, 64})
    for (int64_t columns : {256, 128, 64, 32})
      for (int64_t parts : {1, 2, 4, 8}) {
        bool isLarge = columns > (size.isSplit ? 128 : 256) ||
                       (size.hasSmallCopies && columns > 64) ||
                       (columns == 256 && rows != 128) ||
                       (rows == 256 && (columns != 128 || size.isSplit));
        if (isLarge || (parts > 1 && parts * 4 > steps))
          continue;
        for (int64_t ring : {6, 4, 3}) {
          consider({rows, columns, parts, ring, size.isByTensor, false});
          if (size.isByTensor && parts == 1)
            consider({rows, columns, parts, ring, true, true});
        }
      }
  return best;
}

} // namespace sinter::cuda
