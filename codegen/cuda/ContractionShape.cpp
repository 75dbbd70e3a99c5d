// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/ContractionShape.h"

#include "llvm/Support/MathExtras.h"

namespace sinter::cuda {
namespace {

// Fitted to 250 tiles of 31 products of matrices on an H200, in clocks: what a
// multiprocessor takes in from L2 and puts out to memory while all others do,
// how long a copy takes, what a tile costs before its first product and what
// each step does, the exchange in a cluster.
constexpr double bytesPerClock = 28, resultBytesPerClock = 6, latency = 300,
                 start = 2900, stepStart = 140, exchange = 5300;
constexpr int64_t lineBytes = 128, registers = 65536;

/// Products of the tensor cores of one multiprocessor per clock.
double productsPerClock(const ContractionSize &size) {
  return size.elementBytes == 2 ? 2048 : size.isSplit ? 1024.0 / 3 : 1024;
}

int64_t stepProducts(const ContractionSize &size) {
  return lineBytes / size.elementBytes;
}

/// Blocks that fit on a multiprocessor.
int64_t residentBlocks(const ContractionShape &shape,
                       const ContractionSize &size, const Target &target) {
  // Sums of a thread, twice if they are taken over, and what addresses need.
  int64_t sums = shape.columns / 2 * (size.isSplit ? 2 : 1);
  int64_t perThread = llvm::alignTo(sums + 48, 8);
  return std::max<int64_t>(
      std::min({(target.sharedBytes + 1024) / (ringBytes(shape, size) + 1024),
                registers / (shape.threads() * perThread),
                2048 / shape.threads(), int64_t(8)}),
      1);
}

/// Clocks until all tiles are done.
double timeOf(const ContractionShape &shape, const ContractionSize &size,
              const Target &target) {
  int64_t tiles = llvm::divideCeil(size.rows, shape.rows) *
                  llvm::divideCeil(size.columns, shape.columns) * shape.parts;
  tiles = llvm::SaturatingMultiply<uint64_t>(tiles, size.batch);
  int64_t resident = residentBlocks(shape, size, target);
  int64_t atOnce = resident * target.multiprocessors;
  double steps = llvm::divideCeil(
      llvm::divideCeil(size.products, stepProducts(size)), shape.parts);
  double products = double(shape.rows) * shape.columns * stepProducts(size);
  double compute = products / productsPerClock(size);
  double copies = (shape.rows + shape.columns) * lineBytes / bytesPerClock *
                  (size.hasSmallCopies ? 3 : 1);
  double results =
      shape.rows * shape.columns * size.elementBytes / resultBytesPerClock;
  double ahead = shape.steps - (size.isSplit ? 1 : 2);
  double chain =
      start + results + (shape.parts > 1 ? exchange : 0) +
      steps * (stepStart + std::max({compute, copies, latency / ahead}));
  // What one block waits for, others use.
  auto wave = [&](double blocks) {
    return std::max(chain,
                    blocks * (steps * std::max(compute, copies) + results));
  };
  int64_t full = tiles / atOnce, rest = tiles % atOnce;
  double last = llvm::divideCeil(rest, int64_t(target.multiprocessors));
  return full * wave(resident) + (rest ? wave(last) : 0);
}

} // namespace

int64_t ringBytes(const ContractionShape &shape, const ContractionSize &size) {
  int64_t step = (shape.rows + llvm::alignTo(shape.columns, 64)) * lineBytes;
  int64_t ring = step * (shape.steps + (size.isSplit ? 2 : 0));
  return std::max(ring, shape.rows * (shape.columns + 8) * 4);
}

ContractionShape chooseShape(const ContractionSize &size,
                             const Target &target) {
  ContractionShape best;
  double least = 0;
  int64_t steps = llvm::divideCeil(size.products, stepProducts(size));
  auto consider = [&](const ContractionShape &shape) {
    if (ringBytes(shape, size) > target.sharedBytes)
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
        for (int64_t ring : {6, 4, 3})
          consider({rows, columns, parts, ring});
      }
  return best;
}

} // namespace sinter::cuda
