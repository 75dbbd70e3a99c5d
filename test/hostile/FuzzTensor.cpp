// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libFuzzer: bytes are a tensor file of each kind.
#include "tools/sinter/Npy.h"
#include "tools/sinter/Npz.h"
#include "tools/sinter/TensorProto.h"
#include <cstdint>
#include <cstdlib>

using namespace sinter;

static void check(const cli::Tensor &tensor) {
  const auto bytes = cli::byteCount(tensor.type, tensor.dims);
  if (!bytes || size_t(*bytes) != tensor.data.size())
    std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (auto tensor = cli::parseNpy("a.npy", bytes))
    check(*tensor);
  if (auto tensor = cli::parseTensorProto("a.pb", bytes))
    check(*tensor);
  if (auto tensors = cli::parseNpz("a.npz", bytes))
    for (const cli::Tensor &tensor : *tensors)
      check(tensor);
  return 0;
}
