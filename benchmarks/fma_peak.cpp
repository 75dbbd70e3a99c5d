// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints the float32 GFLOP/s of fused multiply-adds that one core reaches with
// nothing else to do: the ceiling of a matrix product. Build with -O2
// -march=native -ffp-contract=fast.
#include <algorithm>
#include <chrono>
#include <cstdio>

#if defined(__AVX512F__)
constexpr int Lanes = 16;
#else
constexpr int Lanes = 8;
#endif
typedef float Vector __attribute__((vector_size(4 * Lanes)));

int main() {
  constexpr int Chains = 12; // over latency (4-5) x ports (2)
  constexpr long Steps = 50'000;
  Vector sums[Chains] = {}, factor = {}, term = {};
  factor += 0.5f;
  term += 1.0f;
  double best = 0;
  for (int round = 0; round < 3000; ++round) {
    auto begin = std::chrono::steady_clock::now();
    for (long step = 0; step < Steps; ++step) {
#pragma clang loop unroll(full)
      for (Vector &sum : sums)
        sum = sum * factor + term;
      __asm__ volatile("" : "+x"(factor), "+x"(term));
    }
    std::chrono::duration<double> seconds =
        std::chrono::steady_clock::now() - begin;
    best = std::max(best, 2e-9 * Lanes * Chains * Steps / seconds.count());
  }
  float total = 0;
  for (const Vector &sum : sums)
    total += sum[0];
  std::printf("%.1f\n", best);
  return total > 0 ? 0 : 1; // so that the sums are computed
}
