// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_CUDA_STAGING_H
#define SINTER_RUNTIME_CUDA_STAGING_H

#include "CudaDevice.h"

namespace sinter::runtime {
class ThreadPool;
}

namespace sinter::runtime::cuda {

/// Page-locked memory that copies between other memory of the host and the
/// device go through, piece by piece: one is copied on the host while another
/// one is on its way. It is taken with the first copy.
class Staging {
public:
  /// `pool` helps with the copies on the host; null: nobody does.
  Staging(const CudaDevice &device, ThreadPool *pool)
      : device(device), driver(device.driver), pool(pool) {}
  Staging(const Staging &) = delete;
  /// Nothing is on its way any more.
  ~Staging();

  /// `from` has been read when it returns.
  sinter_status upload(char *to, const char *from, size_t size, Stream stream,
                       sinter_error *error);
  /// `to` is written by the next `receive` at the latest.
  sinter_status download(char *to, const char *from, size_t size, Stream stream,
                         sinter_error *error);
  sinter_status receive(sinter_error *error);
  /// What is on its way is done, or of no use: downloads are not written.
  void forget();

private:
  static constexpr size_t slotCount = 4, slotBytes = 2 << 20, mostParts = 64;

  struct Part {
    char *to = nullptr;
    const char *from = nullptr; // in the slot
    size_t size = 0;
  };
  struct Slot {
    char *data = nullptr;
    Event event = nullptr; // when all that uses it is done
    size_t used = 0;       // bytes since nothing used it
    Part parts[mostParts]; // that came down and are to be written
    size_t partCount = 0;
  };

  static size_t pieceOf(size_t size);
  sinter_status start(sinter_error *error);
  sinter_status take(size_t size, Slot *&slot, char *&data,
                     sinter_error *error);
  sinter_status drain(Slot &slot, sinter_error *error);
  void copy(char *to, const char *from, size_t size);

  const CudaDevice &device;
  const Driver &driver;
  ThreadPool *pool;
  char *memory = nullptr;
  Slot slots[slotCount];
  size_t current = 0;
};

} // namespace sinter::runtime::cuda
#endif
