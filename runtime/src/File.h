// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_FILE_H
#define SINTER_RUNTIME_FILE_H

#include <cstdint>
#include <span>

#include "sinter/abi.h"
#include "sinter/runtime.h"

namespace sinter::runtime {

constexpr uint64_t ChecksumStart = 0xcbf29ce484222325;

/// FNV-1a 64, continued from `state`.
uint64_t checksum(std::span<const char> bytes, uint64_t state = ChecksumStart);

/// A mapped range of a file, read only.
class Mapping {
public:
  Mapping() = default;
  Mapping(const Mapping &) = delete;
  ~Mapping();
  bool map(int file, uint64_t offset, uint64_t length);
  const char *data() const { return bytes; }

private:
  void *base = nullptr;
  size_t mapped = 0;
  const char *bytes = nullptr;
};

/// Reads the trailer of an open model file and checks, by pread only, that the
/// file is a complete ELF object of this machine with the right checksum.
sinter_status checkFile(int file, const char *path, sinter_trailer &trailer,
                        sinter_error *error);

/// Checks, by pread only, that an open file has `length` bytes of weights, and
/// that they are those of the model with this trailer. That each byte is right
/// is not checked, as it is not of weights in the model's file.
sinter_status checkWeights(int file, const char *path,
                           const sinter_trailer &model, uint64_t length,
                           sinter_error *error);

} // namespace sinter::runtime
#endif
