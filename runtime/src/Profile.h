// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_PROFILE_H
#define SINTER_RUNTIME_PROFILE_H

#include <chrono>

#include "sinter/runtime.h"

namespace sinter::runtime {

/// Whom to tell what each op of the plan takes; nobody without a function.
struct Profile {
  sinter_profile function = nullptr;
  void *user = nullptr;

  /// Around one op.
  class Scope {
  public:
    Scope(const Profile &profile, uint32_t op) : profile(profile), op(op) {
      if (profile.function)
        start = Clock::now();
    }
    Scope(const Scope &) = delete;
    ~Scope() {
      if (profile.function)
        profile.function(
            profile.user, op,
            uint64_t(std::chrono::nanoseconds(Clock::now() - start).count()));
    }

  private:
    using Clock = std::chrono::steady_clock;
    const Profile &profile;
    uint32_t op;
    Clock::time_point start;
  };
};

} // namespace sinter::runtime
#endif
