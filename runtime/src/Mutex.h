// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// std::mutex throws where a lock fails; the runtime has no exceptions.
#pragma once

#include <pthread.h>

namespace sinter::runtime {

class Mutex {
public:
  Mutex() = default;
  Mutex(const Mutex &) = delete;

private:
  friend class Lock;
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
};

/// Holds the mutex for as long as it lives.
class Lock {
public:
  explicit Lock(Mutex &held) : mutex(held.mutex) { pthread_mutex_lock(&mutex); }
  Lock(const Lock &) = delete;
  ~Lock() { pthread_mutex_unlock(&mutex); }

private:
  pthread_mutex_t &mutex;
};

} // namespace sinter::runtime
