// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/AttentionSide.h"

using namespace mlir;
using llvm::ArrayRef;
using llvm::Twine;

namespace sinter::cuda {
namespace {

/// Elements and bytes of a line of a panel; elements of a copy.
constexpr int64_t panelElements = 64, lineBytes = 128, packed = 8;
/// Elements of a line up to which registers have room for the addresses of all
/// copies of a thread.
constexpr int64_t mostUnrolled = 128;

} // namespace

int64_t AttentionSide::panelBytes() const { return lines * lineBytes; }

int64_t AttentionSide::bytes() const {
  return llvm::divideCeil(paddedWidth, panelElements) * panelBytes();
}

/// Eight elements, one by one: of any type, wherever they are.
void AttentionSide::emitElements(Text &text, Sizes &sizes,
                                 ArrayRef<std::string> at,
                                 const std::string &isLine) const {
  std::string type = typeName(element);
  text.line("Pack<" + type + ", 8> pack;");
  text.line("#pragma unroll");
  text.open("for (int e = 0; e < 8; ++e)");
  text.line("const idx along = chunk * 8 + e;");
  text.line("pack.at[e] = " + isLine + " && along < " + Twine(width) + " ? " +
            type + "(float(" + access->pointer + "[" +
            access->offset(sizes, at) + "])) : " + type + "(0.0f);");
  text.close();
  text.line("writePack(reinterpret_cast<" + type +
            " *>(shared + to + place), pack);");
}

void AttentionSide::emitCopy(Text &text, Sizes &sizes,
                             ArrayRef<std::string> common,
                             const std::string &count, int64_t threads,
                             bool isAligned) const {
  int64_t chunks = llvm::divideCeil(paddedWidth, packed);
  int64_t copies = lines * chunks;
  bool isPacked = isAligned && access->type.getElementType() == element &&
                  width % packed == 0 && access->isPacked(along, packed);
  text.open("auto copy" + name + " = [&](u32 to, idx from)");
  text.line(paddedWidth > mostUnrolled ? "#pragma unroll 4" : "#pragma unroll");
  text.open("for (int i = 0; i < " + Twine(llvm::divideCeil(copies, threads)) +
            "; ++i)");
  text.line("const int at = int(threadIdx.x) + i * " + Twine(threads) + ";");
  if (copies % threads != 0)
    text.line("if (at >= " + Twine(copies) + ") break;");
  text.line("const int chunk = at % " + Twine(chunks) + ";");
  std::string numberOfLine = "at / " + std::to_string(chunks);
  text.line("const u32 place = chunk / 8 * " + Twine(panelBytes()) +
            " + swizzled(" + numberOfLine + ", chunk % 8);");
  // The common iterators, and those of the line and along it.
  Names at(common.begin(), common.end());
  at.resize(common.size() + 2);
  at[line] = "number";
  at[along] = "along";
  text.line("const idx number = from + " + numberOfLine + ";");
  std::string isLine = "number < " + count;
  if (isPacked) {
    text.line("const idx along = chunk * 8;");
    if (width != paddedWidth)
      isLine += " && along < " + std::to_string(width);
    text.line("copyAsync<16>(base + to + place, " + access->pointer + " + " +
              wrapped(access->offset(sizes, at)) + ", " + isLine + ");");
  } else {
    emitElements(text, sizes, at, isLine);
  }
  text.close().close(";");
}

} // namespace sinter::cuda
