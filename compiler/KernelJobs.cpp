// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/KernelJobs.h"

#include "llvm/Support/ThreadPool.h"
#include <numeric>

namespace sinter {

/// The longest kernels first, so that all threads end at about the same time.
Status forEachKernel(const std::vector<KernelSource> &sources, unsigned jobs,
                     llvm::function_ref<Status(size_t)> work) {
  std::vector<size_t> order(sources.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t lhs, size_t rhs) {
    return std::pair(sources[rhs].code.size(), lhs) <
           std::pair(sources[lhs].code.size(), rhs);
  });
  std::vector<Status> results(sources.size(), Status(Success()));
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(jobs));
  for (size_t number : order)
    pool.async([&, number] { results[number] = work(number); });
  pool.wait();
  for (Status &result : results)
    if (!result)
      return std::move(result).error();
  return Success();
}

} // namespace sinter
