// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The function of a kernel and its parameters, as sinter_device_kernel in
// runtime/include/sinter/abi.h says.
#pragma once

#include "codegen/cuda/StageTile.h"
#include "codegen/cuda/Targets.h"
#include "runtime/include/sinter/abi.h"

namespace sinter::cuda {

class KernelFunction {
public:
  /// `op` is a stage or fused ones: its operands, then its result, are the
  /// parameters b0, b1... What is stored in 16 bits is computed by functions
  /// that are as exact as that needs.
  KernelFunction(mlir::Operation *op, const Target &target);

  std::string buffer(unsigned index) const {
    return "b" + std::to_string(index);
  }
  /// The lines in a loop over the items of a block: `item` is one.
  Text body;
  Sizes sizes;
  unsigned threads = 256;
  bool hasScratch = false;
  /// Lines before that loop. They run while the kernel before this one may
  /// still be at work, so they touch no memory but shared memory.
  Text before;
  /// Functions before the kernel.
  Text functions;
  /// Whether they, or lines, call those of library/tensor.h.
  bool usesTensorCores = false;
  /// Parameters that are tensor maps, by name.
  std::vector<std::pair<std::string, sinter_tensor_map>> maps;
  /// Blocks that a multiprocessor shall hold at once, if that spills nothing; 0
  /// for any number.
  unsigned blocks = 0;
  /// Blocks that run as a cluster.
  unsigned cluster = 1;

  /// Whether offsets and counts of points have 32 bits.
  bool isNarrow() const { return narrow; }
  /// How many bytes a buffer may have for that; 0 if all are known to fit.
  unsigned getMostBytes() const { return narrow && !known ? INT32_MAX : 0; }
  /// Declares the iterators of a number in mixed radix of their extents: i0...
  static Names decode(Text &text, Sizes &sizes, const std::string &number,
                      llvm::ArrayRef<graph::DimAttr> extents,
                      const std::string &prefix = "i");

  std::string finish() const;

private:
  Names parameters() const;
  mlir::Operation *op;
  bool narrow = true, known = true, math, isFast, hasFastQuotients;
};

} // namespace sinter::cuda
