// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the fake driver takes for a binary, and what it says of itself.
#pragma once

#include <cstdint>

/// The image of a kernel: a function of the host, called once for each block.
struct FakeImage {
  static constexpr uint64_t expected = 0x454b41465f554345;
  uint64_t magic;
  void (*run)(void **parameters, unsigned block, unsigned blocks);
};

struct FakeCalls {
  unsigned uploads, downloads, moves, launches, recordings, repeats,
      allocations, modules;
  /// Launches that may begin before what is before them is done.
  unsigned programmatic;
  /// Calls that had to wait for work.
  unsigned waits;
  /// Memory that was freed, and streams that were used, while they must not be.
  unsigned faults;
};
