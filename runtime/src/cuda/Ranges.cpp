// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Ranges.h"

#include <cstdlib>
#include <initializer_list>

#include <dlfcn.h>

#include "Mutex.h"

using namespace sinter::runtime;
using namespace sinter::runtime::cuda;

namespace {

Ranges load() {
  Ranges ranges;
  // The name of older toolkits comes second.
  for (const char *name : {"libnvtx3interop.so.1", "libnvToolsExt.so.1"})
    if (void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
      ranges.push = reinterpret_cast<int (*)(const char *)>(
          dlsym(library, "nvtxRangePushA"));
      ranges.pop = reinterpret_cast<int (*)()>(dlsym(library, "nvtxRangePop"));
      if (ranges.push && ranges.pop)
        return ranges;
      dlclose(library);
    }
  return {};
}

} // namespace

const Ranges *Ranges::get(const Log &log) {
  if (!std::getenv("NVTX_INJECTION64_PATH"))
    return nullptr;
  static Mutex mutex;
  static Ranges ranges;
  static bool isLoaded = false;
  Lock lock(mutex);
  if (!isLoaded)
    ranges = load();
  isLoaded = true;
  if (ranges.push && ranges.pop)
    return &ranges;
  log(SINTER_LOG_WARNING,
      "a profiler is attached, and there is no libnvtx3interop.so.1 to tell it "
      "the names of nodes");
  return nullptr;
}
