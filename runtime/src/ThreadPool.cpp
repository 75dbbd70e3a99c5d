// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ThreadPool.h"

#include <climits>
#include <csignal>
#include <new>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

using namespace sinter::runtime;

namespace {

constexpr int SpinRounds = 2000;

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

void futexWait(std::atomic<uint32_t> &word, uint32_t expected) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAIT_PRIVATE,
          expected, nullptr, nullptr, 0);
}

void futexWake(std::atomic<uint32_t> &word) {
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAKE_PRIVATE,
          INT_MAX, nullptr, nullptr, 0);
}

/// Waits until `word` is no longer `old`; returns what it is.
uint32_t waitWhile(std::atomic<uint32_t> &word, uint32_t old,
                   std::atomic<uint32_t> &sleepers) {
  for (int round = 0; round < SpinRounds; ++round) {
    uint32_t now = word.load(std::memory_order_acquire);
    if (now != old)
      return now;
    relax();
  }
  // Sequentially consistent against the waker's store of `word` and load of
  // `sleepers`: one of the two sees the other.
  sleepers.fetch_add(1);
  uint32_t now = word.load();
  while (now == old) {
    futexWait(word, old);
    now = word.load();
  }
  sleepers.fetch_sub(1);
  return now;
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
  stopping = true;
  ticket.fetch_add(1);
  futexWake(ticket);
  for (uint32_t i = 0; i < workerCount; ++i)
    pthread_join(workers[i].thread, nullptr);
}

void *ThreadPool::enter(void *argument) {
  auto *worker = static_cast<Worker *>(argument);
  FlushDenormals flush;
  worker->pool->serve(worker->part);
  return nullptr;
}

void ThreadPool::serve(uint32_t part) {
  for (uint32_t seen = 0;;) {
    seen = waitWhile(ticket, seen, sleepers);
    if (stopping)
      return;
    if (part < parts)
      work(data, part);
    if (pending.fetch_sub(1) == 1 && callerSleeps.load() != 0)
      futexWake(pending);
  }
}

void ThreadPool::run(uint32_t parts, Work work, void *data) {
  if (parts == 0)
    return;
  if (parts == 1 || workerCount == 0) {
    for (uint32_t part = 0; part < parts; ++part)
      work(data, part);
    return;
  }
  this->parts = parts;
  this->work = work;
  this->data = data;
  pending.store(workerCount);
  ticket.fetch_add(1);
  if (sleepers.load() != 0)
    futexWake(ticket);
  work(data, 0);
  for (uint32_t left = pending.load(std::memory_order_acquire); left != 0;)
    left = waitWhile(pending, left, callerSleeps);
}
