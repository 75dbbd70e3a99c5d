// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The steps of an attention over tiles of keys and values.
#include "codegen/cuda/AttentionLowering.h"

using llvm::Twine;

namespace sinter::cuda {
namespace {

/// Queries of a warpgroup; bytes of a line in shared memory.
constexpr int64_t tileRows = 64, lineBytes = 128;

} // namespace

/// Declares load(step), which starts the copies of a step's keys and of the
/// values of the step before, which are needed together.
void AttentionLowering::emitLoads() {
  // A block has one value of each common iterator but that of queries.
  for (const AttentionSide *side : {&queries, &keys, &valueSide})
    side->emitCopy(text, function.sizes, common,
                   side == &queries ? queryCount : keyCount, tiling.threads(),
                   lowering.isAligned);
  std::string tile = std::to_string(tiling.keys);
  auto buffer = [&](const AttentionSide &side, const std::string &step) {
    return std::to_string(side.offset) + " + " + step + " % " +
           std::to_string(tiling.ahead) + " * " + std::to_string(side.bytes()) +
           ", idx(" + step + ") * " + tile;
  };
  text.open("auto load = [&](int step)");
  text.line("if (step < steps) copyK(" + buffer(keys, "step") + ");");
  text.line("if (step > 0 && step <= steps) copyV(" +
            buffer(valueSide, "(step - 1)") + ");");
  text.line("commitCopies();");
  text.close(";");
  text.line("copyQ(0, first);");
  for (int64_t step = 0; step < tiling.ahead; ++step)
    text.line("load(" + Twine(step) + ");");
}

/// Declares the products of a step.
void AttentionLowering::emitProducts() {
  std::string ahead = std::to_string(tiling.ahead);
  text.line("float out[" + Twine(valueSide.paddedWidth / 2) + "];");
  text.line("u32 weights[" + Twine(tiling.keys / 4) + "];");
  if (tiling.holdsQueries)
    text.line("u32 queries[" + Twine(queries.paddedWidth / 16) + "][4];");
  text.open("auto multiplyQueries = [&](float (&score)[" +
            Twine(tiling.keys / 2) + "], int step)");
  std::string rows = "queries[k][0], queries[k][1], queries[k][2], "
                     "queries[k][3]";
  if (!tiling.holdsQueries) {
    text.line("const u32 rows = base + threadIdx.x / 128 * " +
              Twine(tileRows * lineBytes) + ";");
    rows = "matrix(rows + k / 4 * " + std::to_string(queries.panelBytes()) +
           " + k % 4 * 32)";
  }
  text.line("const u32 columns = base + " + Twine(keys.offset) + " + step % " +
            ahead + " * " + Twine(keys.bytes()) + ";");
  text.line("#pragma unroll");
  text.line("for (int k = 0; k < " + Twine(keys.paddedWidth / 16) + "; ++k)");
  text.line("  multiplyKeys(score, " + rows + ", matrix(columns + k / 4 * " +
            Twine(keys.panelBytes()) + " + k % 4 * 32), k != 0);");
  text.line("commitProducts();");
  text.close(";");
  text.open("auto multiplyWeights = [&](int step)");
  text.line("const u32 columns = base + " + Twine(valueSide.offset) +
            " + step % " + ahead + " * " + Twine(valueSide.bytes()) + ";");
  text.line("#pragma unroll");
  text.line("for (int k = 0; k < " + Twine(tiling.keys / 16) + "; ++k)");
  text.line("  multiplyValues(out, weights[4 * k], weights[4 * k + 1], "
            "weights[4 * k + 2], weights[4 * k + 3], matrixAcross(columns + "
            "k * 2048, " +
            Twine(valueSide.panelBytes()) + "), step != 0 || k != 0);");
  text.line("commitProducts();");
  text.close(";");
}

/// The scores of a step; meanwhile the weights of the one before meet their
/// values.
void AttentionLowering::emitTile(bool isFirst) {
  text.line("readOperands(step);");
  text.line("waitForCopies<" + Twine(tiling.ahead - (isFirst ? 1 : 2)) +
            ">();");
  text.line("publishShared();");
  text.line("__syncthreads();");
  if (!isFirst)
    text.line("load(step + " + Twine(tiling.ahead - 1) + ");");
  if (isFirst && tiling.holdsQueries) {
    text.line("#pragma unroll");
    text.line("for (int k = 0; k < " + Twine(queries.paddedWidth / 16) +
              "; ++k)");
    text.line("  readRows(queries[k], base + k / 4 * " +
              Twine(queries.panelBytes()) +
              " + swizzled(threadIdx.x / 32 * 16 + threadIdx.x % 16, k % 4 * 2 "
              "+ threadIdx.x % 32 / 16));");
  }
  text.line("float score[" + Twine(tiling.keys / 2) + "];");
  text.line("beginProducts();");
  text.line("multiplyQueries(score, step);");
  if (!isFirst)
    text.line("multiplyWeights(step - 1);");
  text.line(isFirst ? "waitForProducts<0>(score);"
                    : "waitForProducts<1>(score);");
  text.line("changeScores(score, step);");
  std::optional<int64_t> known = keyExtent().getConstant();
  if (!known || *known % tiling.keys != 0) {
    text.line("if ((step + 1) * " + Twine(tiling.keys) + " > " + keyCount +
              ")");
    text.line("  hideFrom(score, int(" + keyCount + ") - step * " +
              Twine(tiling.keys) + " - inGroup);");
  }
  text.line("addPowers(score, rows);");
  if (!isFirst) {
    text.line("waitForProducts<0>(out);");
    text.line("scaleRows(out, rows.scale);");
  }
  text.line("roundRows<" + type() + ">(weights, score);");
}

void AttentionLowering::emitTiles() {
  text.line("SoftmaxRows rows = beginRows();");
  text.open();
  text.line("const int step = 0;");
  emitTile(true);
  text.close();
  if (steps().value_or(2) > 1) {
    text.line("#pragma unroll 1");
    text.open("for (int step = 1; step < steps; ++step)");
    emitTile(false);
    text.close();
  }
  text.line("waitForCopies<0>();");
  text.line("publishShared();");
  text.line("__syncthreads();");
  text.line("beginProducts();");
  text.line("multiplyWeights(" +
            (steps() ? std::to_string(*steps() - 1) : "steps - 1") + ");");
}

} // namespace sinter::cuda
