// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ThreadPool.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sched.h>

using namespace sinter::runtime;

namespace {

constexpr uint32_t MaxThreads = 1024;

uint32_t affinityCount() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0)
    return 1;
  return uint32_t(std::max(1, CPU_COUNT(&set)));
}

/// Reads up to two numbers of a cgroup file; "max" reads as 0 numbers.
int readNumbers(const char *path, long long &first, long long &second) {
  FILE *file = std::fopen(path, "re");
  if (!file)
    return 0;
  int count = std::fscanf(file, "%lld %lld", &first, &second);
  std::fclose(file);
  return std::max(count, 0);
}

uint32_t cpus(long long quota, long long period) {
  if (quota <= 0 || period <= 0)
    return MaxThreads;
  return uint32_t(
      std::clamp<long long>((quota + period - 1) / period, 1, MaxThreads));
}

/// The smallest CPU limit of cgroup v2 from this process's group upwards.
uint32_t cgroup2Limit() {
  char line[1024], path[1200], group[1024] = "";
  if (FILE *file = std::fopen("/proc/self/cgroup", "re")) {
    while (std::fgets(line, sizeof(line), file))
      if (std::strncmp(line, "0::", 3) == 0) {
        line[std::strcspn(line, "\n")] = 0;
        std::snprintf(group, sizeof(group), "%s", line + 3);
      }
    std::fclose(file);
  }
  uint32_t limit = MaxThreads;
  for (;;) {
    long long quota = 0, period = 0;
    std::snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cpu.max", group);
    if (readNumbers(path, quota, period) == 2)
      limit = std::min(limit, cpus(quota, period));
    char *slash = std::strrchr(group, '/');
    if (!slash)
      return limit;
    *slash = 0;
  }
}

uint32_t cgroup1Limit() {
  long long quota = 0, period = 0, unused = 0;
  readNumbers("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", quota, unused);
  readNumbers("/sys/fs/cgroup/cpu/cpu.cfs_period_us", period, unused);
  return cpus(quota, period);
}

} // namespace

uint32_t sinter::runtime::defaultThreads() {
  if (const char *wish = std::getenv("SINTER_THREADS")) {
    char *end = nullptr;
    long count = std::strtol(wish, &end, 10);
    if (end != wish && *end == 0 && count > 0)
      return uint32_t(std::min<long>(count, MaxThreads));
  }
  return availableCpus();
}

uint32_t sinter::runtime::availableCpus() {
  return std::min({affinityCount(), cgroup2Limit(), cgroup1Limit()});
}
