// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the fake driver takes for a binary, and what it says of itself.
#pragma once

#include <cstdint>
#include <initializer_list>

/// The image of a kernel: a function of the host, called once for each block.
struct FakeImage {
  static constexpr uint64_t expected = 0x454b41465f554345;
  uint64_t magic;
  void (*run)(void **parameters, unsigned block, unsigned blocks);
  /// Its parameters: words of eight bytes, then tensor maps.
  unsigned words, maps;
};

/// A tensor map: what the runtime has asked for.
struct FakeMap {
  uint64_t memory, dims[5], strides[4]; // strides: from that of dim 1 on
  uint16_t box[5];                      // of images: channels
  uint16_t pixels;                      // of images
  int16_t lower[3], upper[3];
  uint8_t steps[5], type, rank;

  /// The element at a position, innermost first.
  float at(std::initializer_list<uint64_t> position) const {
    const uint64_t *indices = position.begin();
    uint64_t address = memory + 4 * indices[0];
    bool isInside = position.size() == rank && indices[0] < dims[0];
    for (unsigned i = 1; isInside && i < rank; ++i) {
      isInside = indices[i] < dims[i];
      address += strides[i - 1] * indices[i];
    }
    return isInside ? *reinterpret_cast<const float *>(address) : 0;
  }
};
static_assert(sizeof(FakeMap) <= 128);

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
