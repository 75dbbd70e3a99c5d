// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Cpu.h"

#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace {

#if defined(__x86_64__)

struct Leaf {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

Leaf cpuid(unsigned leaf, unsigned sub) {
  Leaf r;
  __get_cpuid_count(leaf, sub, &r.a, &r.b, &r.c, &r.d);
  return r;
}

/// Which register states the system saves.
unsigned enabledStates() {
  if (!(cpuid(1, 0).c & (1u << 27)))
    return 0;
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

bool requestTiles() {
  constexpr long RequestPermission = 0x1023, TileData = 18;
  return syscall(SYS_arch_prctl, RequestPermission, TileData) == 0;
}

enum Register { A, B, C, D };
constexpr unsigned Sse = 0x2, Avx = 0x6, Avx512 = 0xe6, Amx = 0x60006;

struct Feature {
  const char *name;
  unsigned leaf, sub;
  Register reg;
  unsigned bit, states;
};

constexpr Feature Features[] = {
    {"sse2", 1, 0, D, 26, Sse},
    {"sse3", 1, 0, C, 0, Sse},
    {"ssse3", 1, 0, C, 9, Sse},
    {"sse4.1", 1, 0, C, 19, Sse},
    {"sse4.2", 1, 0, C, 20, Sse},
    {"popcnt", 1, 0, C, 23, 0},
    {"movbe", 1, 0, C, 22, 0},
    {"avx", 1, 0, C, 28, Avx},
    {"f16c", 1, 0, C, 29, Avx},
    {"fma", 1, 0, C, 12, Avx},
    {"avx2", 7, 0, B, 5, Avx},
    {"bmi", 7, 0, B, 3, 0},
    {"bmi2", 7, 0, B, 8, 0},
    {"lzcnt", 0x80000001, 0, C, 5, 0},
    {"gfni", 7, 0, C, 8, 0},
    {"avxvnni", 7, 1, A, 4, Avx},
    {"avx512f", 7, 0, B, 16, Avx512},
    {"avx512dq", 7, 0, B, 17, Avx512},
    {"avx512cd", 7, 0, B, 28, Avx512},
    {"avx512bw", 7, 0, B, 30, Avx512},
    {"avx512vl", 7, 0, B, 31, Avx512},
    {"avx512ifma", 7, 0, B, 21, Avx512},
    {"avx512vbmi", 7, 0, C, 1, Avx512},
    {"avx512vbmi2", 7, 0, C, 6, Avx512},
    {"avx512vnni", 7, 0, C, 11, Avx512},
    {"avx512bitalg", 7, 0, C, 12, Avx512},
    {"avx512vpopcntdq", 7, 0, C, 14, Avx512},
    {"avx512fp16", 7, 0, D, 23, Avx512},
    {"avx512bf16", 7, 1, A, 5, Avx512},
    {"amx-tile", 7, 0, D, 24, Amx},
    {"amx-bf16", 7, 0, D, 22, Amx},
    {"amx-int8", 7, 0, D, 25, Amx},
    {"amx-fp16", 7, 1, A, 21, Amx},
};

#endif

} // namespace

bool sinter::runtime::hasCpuFeature(const char *feature) {
#if defined(__x86_64__)
  for (const Feature &known : Features) {
    if (std::strcmp(known.name, feature) != 0)
      continue;
    Leaf leaf = cpuid(known.leaf, known.sub);
    const unsigned registers[] = {leaf.a, leaf.b, leaf.c, leaf.d};
    if (!(registers[known.reg] >> known.bit & 1))
      return false;
    if ((enabledStates() & known.states) != known.states)
      return false;
    return known.states != Amx || requestTiles();
  }
#endif
  return false;
}
