// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/ContractionKernel.h"

#include "llvm/Support/MathExtras.h"

using llvm::Twine;

namespace sinter::cuda {
namespace {

/// Operations on a result that take few registers.
constexpr int64_t fewOps = 8;

/// As many neighbours as are written as 16 bytes.
int64_t chooseLanes(ContractionKernel &kernel) {
  const Access &output = *kernel.operands.output;
  int64_t bytes = codegen::memoryType(output.type.getElementType())
                      .getIntOrFloatBitWidth() /
                  8;
  int64_t lanes =
      kernel.lowering.isAligned ? std::min<int64_t>(16 / bytes, 8) : 1;
  while (lanes > 1 &&
         !output.isPacked(kernel.stage.getNumParallel() - 1, lanes))
    lanes /= 2;
  return lanes;
}

/// Of a column of the row of results `line`.
std::string placeOf(const ContractionKernel &kernel,
                    const std::string &column) {
  return "results + line * " + std::to_string(kernel.pitch()) + " + spread(" +
         column + ")";
}

/// Declares `total`, the sums of all blocks of a cluster.
void emitTotal(ContractionKernel &kernel, int64_t lanes) {
  std::string first = lanes < 4 ? "place / 4 * 4" : "place + e";
  kernel.text.line("alignas(16) float total[" + Twine(llvm::alignTo(lanes, 4)) +
                   "];");
  kernel.text.line("#pragma unroll");
  kernel.text.line("for (int e = 0; e < " + Twine(lanes) +
                   "; e += 4) sumShared<" + Twine(kernel.shape.parts) +
                   ">(total + e, sharedAddress(" + placeOf(kernel, first) +
                   "));");
}

/// Declares `acc`: the sum, or those of `lanes` neighbours.
void emitSums(ContractionKernel &kernel, int64_t lanes) {
  Text &text = kernel.text;
  bool isShared = kernel.shape.parts != 1;
  if (isShared)
    emitTotal(kernel, lanes);
  if (lanes == 1) {
    text.line("const float acc = " +
              (isShared ? "total[place % 4]"
                        : "*(" + placeOf(kernel, "place") + ")") +
              ";");
    return;
  }
  std::string width = std::to_string(std::min<int64_t>(lanes, 4));
  text.line("alignas(16) float acc[" + Twine(lanes) + "];");
  text.line("#pragma unroll");
  text.line("for (int lane = 0; lane < " + Twine(lanes) + "; lane += " + width +
            ") *reinterpret_cast<Pack<float, " + width +
            "> *>(acc + lane) = readPack<" + width + ">(" +
            (!isShared   ? placeOf(kernel, "place + lane")
             : lanes < 4 ? "total + place % 4"
                         : std::string("total + lane")) +
            ");");
}

} // namespace

void emitExchange(ContractionKernel &kernel, const std::string &firstColumn) {
  Text &text = kernel.text;
  int64_t sums = kernel.shape.resultColumns() / 2;
  text.line("#pragma unroll");
  text.open("for (int e = 0; e < " + Twine(sums) + "; e += 2)");
  text.line(
      "const int row = firstRow + threadIdx.x % 128 / 32 * 16 + e / 2 % 2 "
      "* 8 + threadIdx.x % 32 / 4;");
  text.line("const int column = e / 4 * 8 + threadIdx.x % 4 * 2;");
  std::string first = firstColumn == "0" ? "e" : firstColumn + " / 2 + e";
  text.line("*reinterpret_cast<float2 *>(results + row * " +
            Twine(kernel.pitch()) + " + spread(column)) = make_float2(sum[" +
            first + "], sum[" + first + " + 1]);");
  text.close();
}

ResultShare shareOf(const ContractionKernel &kernel,
                    const std::string &firstColumn) {
  const ContractionShape &shape = kernel.shape;
  if (shape.parts == 1)
    return {"threadIdx.x % 128", 128, "firstRow", 64, firstColumn};
  int64_t lines = shape.rows / shape.parts;
  return {"threadIdx.x", shape.consumers(), "part * " + std::to_string(lines),
          lines, firstColumn};
}

void emitResults(ContractionKernel &kernel, const ResultShare &share) {
  Text &text = kernel.text;
  kernel::StageOp stage = kernel.stage;
  Sizes &sizes = kernel.function.sizes;
  int64_t lanes = chooseLanes(kernel);
  int64_t across = kernel.shape.resultColumns() / lanes;
  // Sums of the widest tiles leave few registers.
  bool isTight = kernel.shape.resultColumns() < kernel.shape.columns / 2;
  text.line("#pragma unroll " + Twine(!isTight                         ? 4
                                      : kernel.size.resultOps < fewOps ? 2
                                                                       : 1));
  text.open("for (int at = " + share.thread + "; at < " +
            Twine(share.lines * across) + "; at += " + Twine(share.threads) +
            ")");
  text.line("const int line = at / " + Twine(across) + " + " + share.first +
            ", place = at % " + Twine(across) + " * " + Twine(lanes) + ";");
  text.line("const idx row = firstA + line, column = firstB + " +
            (share.firstColumn == "0" ? "" : share.firstColumn + " + ") +
            "place;");
  std::string isOutside;
  if (!kernel.hasWholeRows)
    isOutside = "row >= " + kernel.rowCount;
  if (!kernel.hasWholeColumns)
    isOutside += (isOutside.empty() ? "column >= " : " || column >= ") +
                 kernel.columnCount;
  if (!isOutside.empty())
    text.line("if (" + isOutside + ")").line("  continue;");
  Names at(kernel.iterators);
  decodeIterators(text, sizes, stage, "row", kernel.roles.rows, "m", at);
  decodeIterators(text, sizes, stage, "column", kernel.roles.columns, "n", at);
  at.resize(stage.getNumParallel());
  emitSums(kernel, lanes);
  StageTile(text, stage, kernel.operands, sizes).emitFinished(at, lanes);
  text.close();
}

} // namespace sinter::cuda
