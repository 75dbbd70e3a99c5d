// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cuda/Warpgroup.h"

using llvm::Twine;

namespace sinter::cuda {

void WarpgroupProduct::define(Text &text, const std::string &name) const {
  const char *type = element.isF16()    ? "f16"
                     : element.isBF16() ? "bf16"
                                        : "tf32";
  int64_t sums = columns / 2, next = sums;
  auto operand = [&] { return "%" + std::to_string(next++); };
  std::string list, bound;
  for (int64_t index = 0; index < sums; ++index) {
    std::string number = std::to_string(index);
    list += (index ? ", %" : "%") + number;
    bound += (index ? ", \"+f\"(sum[" : "\"+f\"(sum[") + number + "])";
  }
  std::string rows = operand();
  if (hasRowsInRegisters) {
    rows = "{" + rows;
    for (int part = 1; part < 4; ++part)
      rows += ", " + operand();
    rows += "}";
  }
  std::string second = operand(), adds = operand(), order;
  if (!element.isF32())
    order = (hasRowsInRegisters ? std::string()
             : isAcrossRows     ? ", 1"
                                : ", 0") +
            (isAcrossColumns ? ", 1" : ", 0");
  std::string parameters =
      hasRowsInRegisters ? "u32 a0, u32 a1, u32 a2, u32 a3" : "u64 rows";
  std::string inputs = hasRowsInRegisters
                           ? "\"r\"(a0), \"r\"(a1), \"r\"(a2), \"r\"(a3)"
                           : "\"l\"(rows)";
  text.open("SINTER_DEVICE void " + name + "(float (&sum)[" + Twine(sums) +
            "], " + parameters + ", u64 columns, bool adds)");
  text.line("asm volatile(\"{ .reg .pred p; setp.ne.b32 p, " + adds + ", 0;\"");
  text.line("             \" wgmma.mma_async.sync.aligned.m64n" +
            Twine(columns) + "k" + Twine(depth()) + ".f32." + type + "." +
            type + "\"");
  text.line("             \" {" + list + "},\"");
  text.line("             \" " + rows + ", " + second + ", p, 1, 1" + order +
            "; }\"");
  text.line("             : " + bound);
  text.line("             : " + inputs +
            ", \"l\"(columns), \"r\"(int(adds)));");
  text.close();
}

} // namespace sinter::cuda
