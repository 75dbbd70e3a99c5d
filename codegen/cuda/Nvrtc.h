// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NVIDIA's compiler library, loaded when it is needed: only the functions that
// Sinter calls.
#pragma once

#include <cstddef>
#include <string>

namespace sinter::cuda {

class Nvrtc {
public:
  /// The library of this process; null after `error` says why there is none.
  /// Safe to call from several threads at once.
  static const Nvrtc *get(std::string &error);

  using Program = void *;
  /// All return 0 for success.
  int (*create)(Program *, const char *source, const char *name, int headers,
                const char *const *texts, const char *const *names);
  int (*destroy)(Program *);
  int (*compile)(Program, int count, const char *const *options);
  int (*logSize)(Program, size_t *);
  int (*log)(Program, char *);
  int (*cubinSize)(Program, size_t *);
  int (*cubin)(Program, char *);

private:
  bool load(std::string &error);
};

} // namespace sinter::cuda
