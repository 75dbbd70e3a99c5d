// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of libnvtx3interop.so.1 that the runtime calls: names that were
// pushed, and "" for what was popped.
#include <string>
#include <vector>

extern "C" {

std::vector<std::string> *fakeRanges() {
  static std::vector<std::string> ranges;
  return &ranges;
}
int nvtxRangePushA(const char *name) {
  fakeRanges()->push_back(name);
  return 0;
}
int nvtxRangePop() {
  fakeRanges()->push_back("");
  return 0;
}

} // extern "C"
