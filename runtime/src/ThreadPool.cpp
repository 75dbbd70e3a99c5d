// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ThreadPool.h"

#include <climits>
#include <csignal>
#include <new>

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

using namespace sinter::runtime;

namespace {

constexpr int SpinRounds = 2000;
/// Rounds of a waiting thread after which it offers its core to others.
constexpr int YieldRounds = 256;

/// Tickets: parts in the low bits, above them the number of the call. No parts
/// at all tell workers to stop.
constexpr int PartBits = 16;
constexpr uint64_t PartMask = (uint64_t(1) << PartBits) - 1;

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

/// The half of a ticket that changes with each call.
uint32_t *lowHalf(std::atomic<uint64_t> &word) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  return reinterpret_cast<uint32_t *>(&word);
}

void futexWait(uint32_t *word, uint32_t expected) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

void futexWake(uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

} // namespace

FlushDenormals::FlushDenormals() {
#if defined(__x86_64__)
  saved = _mm_getcsr();
  _mm_setcsr(saved | 0x8040); // FTZ and DAZ
#endif
}

FlushDenormals::~FlushDenormals() {
#if defined(__x86_64__)
  _mm_setcsr(saved);
#endif
}

bool ThreadPool::start(uint32_t threads) {
  if (threads <= 1)
    return true;
  if (threads > PartMask)
    return false;
  workers.reset(new (std::nothrow) Worker[threads - 1]);
  if (!workers)
    return false;
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  bool started = true;
  for (uint32_t i = 0; i + 1 < threads && started; ++i) {
    workers[i].pool = this;
    workers[i].part = i + 1;
    started =
        pthread_create(&workers[i].thread, nullptr, enter, &workers[i]) == 0;
    workerCount += started;
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  return started;
}

ThreadPool::~ThreadPool() {
  issue(0);
  for (uint32_t i = 0; i < workerCount; ++i)
    pthread_join(workers[i].thread, nullptr);
}

void *ThreadPool::enter(void *argument) {
  auto *worker = static_cast<Worker *>(argument);
  FlushDenormals flush;
  worker->pool->serve(worker->part);
  return nullptr;
}

/// Waits until the ticket is no longer `seen`; returns what it is.
uint64_t ThreadPool::waitForTicket(uint64_t seen) {
  int rounds = 0;
  while (rounds < SpinRounds) {
    for (int round = 0; round < YieldRounds; ++round) {
      uint64_t now = ticket.load(std::memory_order_acquire);
      if (now != seen)
        return now;
      relax();
    }
    if (isActive.load(std::memory_order_relaxed))
      sched_yield();
    else
      rounds += YieldRounds;
  }
  // Sequentially consistent against the caller's store of `ticket` and load of
  // `sleepers`: one of the two sees the other.
  sleepers.fetch_add(1);
  uint64_t now = ticket.load();
  while (now == seen) {
    futexWait(lowHalf(ticket), static_cast<uint32_t>(seen));
    now = ticket.load();
  }
  sleepers.fetch_sub(1);
  return now;
}

void ThreadPool::serve(uint32_t part) {
  for (uint64_t seen = 0;;) {
    seen = waitForTicket(seen);
    uint64_t parts = seen & PartMask;
    if (parts == 0)
      return;
    if (part >= parts)
      continue;
    work(data, part);
    if (pending.fetch_sub(1) == 1 && callerSleeps.load() != 0)
      futexWake(reinterpret_cast<uint32_t *>(&pending));
  }
}

void ThreadPool::issue(uint32_t parts) {
  uint64_t call = (ticket.load(std::memory_order_relaxed) >> PartBits) + 1;
  ticket.store(call << PartBits | parts);
  if (sleepers.load() != 0)
    futexWake(lowHalf(ticket));
}

void ThreadPool::waitForWorkers() {
  for (int round = 1; round <= SpinRounds; ++round) {
    if (pending.load(std::memory_order_acquire) == 0)
      return;
    relax();
    if (round % YieldRounds == 0)
      sched_yield();
  }
  callerSleeps.store(1);
  for (uint32_t left = pending.load(); left != 0; left = pending.load())
    futexWait(reinterpret_cast<uint32_t *>(&pending), left);
  callerSleeps.store(0);
}

void ThreadPool::run(uint32_t parts, Work work, void *data) {
  if (parts <= 1 || workerCount == 0) {
    for (uint32_t part = 0; part < parts; ++part)
      work(data, part);
    return;
  }
  this->work = work;
  this->data = data;
  pending.store(parts - 1);
  issue(parts);
  work(data, 0);
  waitForWorkers();
}
