// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the compiler needs of a target until its kernels are machine code.
#pragma once

#include <vector>

#include "dialects/kernel/Kernel.h"
#include "runtime/include/sinter/abi.h"

namespace sinter::codegen {

/// Threads of a GPU, as in sinter_device_kernel.
struct ThreadBlock {
  unsigned threads = 0;
  unsigned sharedBytes = 0;
  unsigned mostBlocks = 0;
  unsigned mostBytes = 0;
  /// The kernel's text names them, so that equal kernels have equal ones.
  std::vector<sinter_tensor_map> maps = {};
};

/// How a kernel is launched.
struct Kernel {
  /// The dims that it reads as `sizes`, in order.
  llvm::SmallVector<graph::DimAttr> sizes;
  /// The length of its parallel range.
  graph::DimAttr extent;
  /// Items of the range that are worth a thread; 1 or more.
  int64_t grain = 1;
  /// Bytes of scratch for each thread (CPU) or block (CUDA); null for none.
  graph::DimAttr scratch;
  ThreadBlock block = {};
};

/// What passes know of a target.
struct PassNumbers {
  /// Results of a panel of packed operands.
  int64_t panel = 0;
  /// Whether operands that are no constants are packed too.
  bool packsVariables = false;
  /// Whether packed matrices have lines along the products, not panels.
  bool packsProducts = false;
  /// Channels that an image has at least for products; 0: as it comes.
  int64_t leastChannels = 0;
  /// Whether fewer products are worth more passes over memory.
  bool usesWinograd = false;
  /// Whether the border of a folded input is written to memory.
  bool storesPadding = false;
  /// Whether products of matrices run together with the rows around them.
  bool fusesProducts = false;
  /// Bits of an element, and elements of a query, key or value, that an
  /// attention of one kernel has at most; 0 for no such kernels.
  unsigned attentionBits = 0;
  int64_t attentionWidth = 0;
};

/// A target. Its functions may be called by several threads at once.
class Backend {
public:
  virtual ~Backend() = default;

  virtual PassNumbers getNumbers() const = 0;

  /// Writes the kernel of a `kernel.stage` or `kernel.fused` to `code`: equal
  /// kernels have equal bytes. Its buffers are the operands, then the result;
  /// with `isAligned` all of them begin at a multiple of SINTER_ALIGNMENT.
  /// Fails with a diagnostic at the op.
  virtual mlir::FailureOr<Kernel> lower(mlir::Operation *op, bool isAligned,
                                        std::string &code) const = 0;

  /// Prints code of lower() for people; `name` is what it is called.
  virtual void print(llvm::StringRef code, llvm::StringRef name,
                     llvm::raw_ostream &stream) const = 0;
};

} // namespace sinter::codegen
