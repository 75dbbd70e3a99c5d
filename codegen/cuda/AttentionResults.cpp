// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What follows the last tile of an attention.
#include "codegen/cuda/AttentionLowering.h"
#include "codegen/cuda/StageTile.h"

using namespace mlir;
using llvm::SmallVector;
using llvm::Twine;
using sinter::graph::DimAttr;

namespace sinter::cuda {

/// Elements from one line of staged results to the next: no two threads that
/// write at the same time meet in a bank.
int64_t AttentionLowering::stagedPitch() {
  int64_t bits = codegen::memoryType(values.output->type.getElementType())
                     .getIntOrFloatBitWidth();
  return valueSide.paddedWidth + 128 / bits;
}

int64_t AttentionLowering::sharedBytes() {
  int64_t buffers = tiling.buffers(size);
  int64_t bits = codegen::memoryType(values.output->type.getElementType())
                     .getIntOrFloatBitWidth();
  return std::max(valueSide.offset + buffers * valueSide.bytes(),
                  tiling.rows() * stagedPitch() * bits / 8);
}

/// What the sums of each row must be multiplied by.
void AttentionLowering::emitRowFactors(const AttentionScores &scoreChanges) {
  text.line("#pragma unroll");
  text.open("for (int half = 0; half < 2; ++half)");
  text.line("const idx query = inRows(half);");
  text.line("float acc = sumOfRow(rows.sum[half]);");
  if (!parts.allowsEmptyRows) {
    text.line("if (rows.largest[half] == negativeInfinity())");
    text.line("  acc = __uint_as_float(0x7fc00000u);");
  }
  std::string factor = scoreChanges.emitRowFactor(text, function.sizes);
  // The sum of no products is 0.
  text.line("rows.scale[half] = " +
            (keyExtent().getConstant() ? "" : keyCount + " == 0 ? 0.0f : ") +
            factor + ";");
  text.close();
}

/// Finishes what the thread has, and stages it in shared memory.
void AttentionLowering::emitResults() {
  bool isPair = lowering.isAligned && valueSide.paddedWidth == valueWidth();
  text.line("waitForProducts<0>(out);");
  text.line("__syncthreads();");
  text.line("#pragma unroll");
  text.open("for (int half = 0; half < 2; ++half)");
  text.line("const idx query = first + line + 8 * half;");
  text.line("if (query >= " + queryCount + ") continue;");
  text.line("#pragma unroll");
  text.open("for (int j = 0; j < " + Twine(valueSide.paddedWidth / 8) +
            "; ++j)");
  if (!isPair) {
    text.line("#pragma unroll");
    text.open("for (int e = 0; e < 2; ++e)");
  }
  text.line(std::string("const idx column = 8 * j + inGroup") +
            (isPair ? ";" : " + e;"));
  if (!isPair)
    text.line("if (column >= " + Twine(valueWidth()) + ") continue;");
  Operands staged = values;
  staged.output->pointer = "staged";
  SmallVector<DimAttr> dims;
  Names origin;
  for (unsigned iterator = 0; iterator < parts.depth; ++iterator) {
    bool isQuery = iterator == parts.query;
    dims.push_back(DimAttr::constant(context, isQuery ? tiling.rows() : 1));
    origin.push_back(isQuery ? "first" : common[iterator]);
  }
  dims.push_back(DimAttr::constant(context, stagedPitch()));
  staged.output->setLocal(dims, origin);
  StageTile tile(text, parts.values, staged, function.sizes);
  Names at(common);
  at.push_back("column");
  auto scaled = [&](const std::string &index) {
    std::string sum = "out[4 * j + 2 * half" + index + "] * rows.scale[half]";
    return parts.clearsNaN ? "rows.scale[half] == 0.0f ? 0.0f : " + sum : sum;
  };
  text.line(isPair ? "const float acc[2] = {" + scaled("") + ", " +
                         scaled(" + 1") + "};"
                   : "const float acc = " + scaled(" + e") + ";");
  tile.emitFinished(at, isPair ? 2 : 1);
  if (!isPair)
    text.close();
  text.close().close();
}

/// Writes the staged results of a warp, 16 bytes at a time if they can be.
void AttentionLowering::emitStores() {
  const Access &output = *values.output;
  Type memory = codegen::memoryType(output.type.getElementType());
  int64_t lanes = 128 / memory.getIntOrFloatBitWidth();
  if (!lowering.isAligned || !output.isPacked(parts.depth, lanes))
    lanes = 1;
  int64_t chunks = valueWidth() / lanes;
  text.line("__syncwarp();");
  text.line("#pragma unroll 4");
  text.open("for (int at = threadIdx.x % 32; at < " + Twine(16 * chunks) +
            "; at += 32)");
  text.line("const int row = threadIdx.x / 32 * 16 + at / " + Twine(chunks) +
            ";");
  text.line("const idx query = first + row, column = at % " + Twine(chunks) +
            " * " + Twine(lanes) + ";");
  text.line("if (query >= " + queryCount + ") break;");
  Names at(common);
  at.push_back("column");
  text.line("writePack(" + output.pointer + " + " +
            output.offset(function.sizes, at) + ", readPack<" + Twine(lanes) +
            ">(staged + row * " + Twine(stagedPitch()) + " + column));");
  text.close();
  text.line("__syncthreads();");
}

} // namespace sinter::cuda
