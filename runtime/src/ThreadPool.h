// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_THREADPOOL_H
#define SINTER_RUNTIME_THREADPOOL_H

#include <atomic>
#include <cstdint>
#include <memory>

#include <pthread.h>

namespace sinter::runtime {

/// Flushes denormals to zero in this thread until it goes out of scope.
class FlushDenormals {
public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals &) = delete;

private:
  uint32_t saved = 0;
};

/// A fixed number of threads, the caller's included. One call of run at a time.
///
/// Between the calls of run within an Activity workers stay awake, but yield
/// their core to whoever wants it; otherwise they soon sleep.
class ThreadPool {
public:
  /// Part `part` of the work: 0 is done by the caller, others by workers.
  using Work = void (*)(void *data, uint32_t part);

  ThreadPool() = default;
  ThreadPool(const ThreadPool &) = delete;
  ~ThreadPool();

  /// Starts threads - 1 workers; false if the system refuses. Call it once.
  [[nodiscard]] bool start(uint32_t threads);
  uint32_t threads() const { return workerCount + 1; }

  /// More calls of run will follow soon, until this goes out of scope.
  class Activity {
  public:
    explicit Activity(ThreadPool &pool) : pool(pool) { pool.isActive = true; }
    ~Activity() { pool.isActive = false; }
    Activity(const Activity &) = delete;

  private:
    ThreadPool &pool;
  };

  /// Calls work(data, part) for each part in [0, parts), parts <= threads(),
  /// and returns when all are done. Allocates nothing; `work` may not throw.
  void run(uint32_t parts, Work work, void *data);

private:
  struct Worker {
    ThreadPool *pool = nullptr;
    uint32_t part = 0;
    pthread_t thread = {};
  };
  static void *enter(void *worker);
  void serve(uint32_t part);
  uint64_t waitForTicket(uint64_t seen);
  void issue(uint32_t parts);
  void waitForWorkers();

  std::unique_ptr<Worker[]> workers;
  uint32_t workerCount = 0;
  Work work = nullptr;
  void *data = nullptr;
  // Separate lines: workers poll the first, the caller the second.
  /// A number that grows, and below it the parts of this call: workers beyond
  /// them need not answer, and read nothing else.
  alignas(64) std::atomic<uint64_t> ticket = 0;
  std::atomic<uint32_t> sleepers = 0;
  std::atomic<bool> isActive = false;
  alignas(64) std::atomic<uint32_t> pending = 0;
  std::atomic<uint32_t> callerSleeps = 0;
};

/// The CPUs of the affinity mask within the cgroup's CPU limit; at least 1.
uint32_t availableCpus();

/// SINTER_THREADS if it is a positive number, else the available CPUs.
uint32_t defaultThreads();

} // namespace sinter::runtime
#endif
