// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_EXECUTOR_H
#define SINTER_RUNTIME_EXECUTOR_H

#include <atomic>
#include <memory>
#include <span>

#include "Array.h"
#include "Log.h"
#include "Memory.h"
#include "Model.h"
#include "Profile.h"
#include "SizeProgram.h"
#include "ThreadPool.h"

namespace sinter::runtime {

/// Walks the plan of one model; used by one thread at a time.
class Executor {
public:
  explicit Executor(std::shared_ptr<const Model> model);

  /// Runs the `init` block, which writes the model's memory.
  static sinter_status runInit(std::shared_ptr<const Model> model,
                               uint32_t threads, sinter_error *error);

  /// Starts the threads; call it once, before anything else.
  sinter_status start(uint32_t threads, sinter_error *error);
  uint32_t threads() const { return pool.threads(); }
  Profile profile;
  Log log;

  /// Ends the run at hand, or the next one; false withdraws that. Of all
  /// methods this may be called while another thread runs the model.
  void cancel(bool on) { isCancelled.store(on, std::memory_order_relaxed); }

  /// See sinter_context_set_stream.
  sinter_status setStream(void *stream, sinter_error *error);

  /// See sinter_context_set_input, sinter_context_keep_input and
  /// sinter_context_run.
  sinter_status setInput(size_t index, const sinter_tensor &tensor,
                         sinter_error *error);
  sinter_status keepInput(size_t index, const sinter_tensor &tensor,
                          sinter_error *error);
  sinter_status run(std::span<const sinter_tensor> inputs,
                    std::span<sinter_tensor> outputs, sinter_error *error);
  sinter_status runStored(std::span<sinter_tensor> outputs,
                          sinter_error *error);
  /// See sinter_context_output_to_dlpack.
  sinter_status giveOutput(size_t index, DLManagedTensor *&result,
                           sinter_error *error);

private:
  sinter_status checkTensor(size_t index, const sinter_tensor &tensor,
                            sinter_error *error) const;
  sinter_status checkMemory(const sinter_tensor &tensor, const char *kind,
                            const char *name, sinter_error *error) const;
  sinter_status bindSymbols(std::span<const sinter_tensor> inputs,
                            sinter_error *error);
  sinter_status checkDims(std::span<const sinter_tensor> inputs,
                          sinter_error *error) const;
  void evaluateAll();
  SizeValue sizeOf(uint32_t expr) const;
  sinter_status value(uint32_t expr, int64_t &result, const char *what,
                      sinter_error *error) const;
  /// The bytes of a buffer; on failure the node that makes it is named.
  sinter_status bytesOf(uint32_t number, int64_t &result,
                        sinter_error *error) const;
  bool hasSize(size_t number, bool isInit) const;
  sinter_status sizeBuffers(bool isInit, sinter_error *error);
  sinter_status placeBuffers(uint32_t block, sinter_error *error);
  sinter_status reserveArena(Memory &memory, uint32_t expr, int64_t &size,
                             sinter_error *error);
  sinter_status placeBuffer(size_t number, int64_t arenaBytes, bool isInit,
                            sinter_error *error);
  sinter_status placeInputs(std::span<const sinter_tensor> inputs,
                            sinter_error *error);
  sinter_status placeOutputs(std::span<sinter_tensor> outputs,
                             sinter_error *error);
  sinter_status placeOutput(size_t index, sinter_error *error);
  sinter_status describeOutputs(sinter_error *error);
  void unplace();
  void logSizes() const;

  /// Where a buffer is now.
  struct Place {
    char *data = nullptr;
    int64_t bytes = 0;
  };
  sinter_status locate(uint32_t number, Place &result,
                       sinter_error *error) const;
  sinter_status locateIn(char *data, uint32_t number, Place &result,
                         sinter_error *error) const;
  /// Gives a dynamic buffer, or an output of a size that changes, its storage;
  /// others have theirs.
  sinter_status place(uint32_t number, sinter_error *error);
  /// The first `size` bytes of a buffer that has so many.
  sinter_status element(uint32_t number, size_t size, const char *&data,
                        sinter_error *error) const;
  sinter_status truth(uint32_t number, bool &result, sinter_error *error) const;

  sinter_status runBlock(uint32_t block, sinter_error *error);
  sinter_status runOp(const sinter_op &op, uint32_t block, sinter_error *error);
  sinter_status gather(const sinter_op &op, sinter_error *error);
  sinter_status launch(const sinter_op &op, sinter_error *error);
  /// CANCELLED, which answers the request, if there is one.
  sinter_status checkCancelled(sinter_error *error);
  sinter_status cancelled(sinter_error *error);
  sinter_status checkNarrow(const sinter_op &op, sinter_error *error) const;
  sinter_status launchOnDevice(const sinter_op &op, sinter_error *error);
  sinter_status reserveScratch(const sinter_op &op, Memory &memory,
                               int64_t parts, int64_t &stride,
                               sinter_error *error);
  sinter_status guard(const sinter_op &op, sinter_error *error);
  sinter_status copy(const sinter_op &op, sinter_error *error);
  sinter_status copyBytes(char *to, bool isToDevice, const char *from,
                          bool isFromDevice, size_t size, sinter_error *error);
  sinter_status bind(const sinter_op &op, sinter_error *error);
  sinter_status bindOne(uint32_t symbol, int64_t value, const char *what,
                        sinter_error *error);
  sinter_status branch(const sinter_op &op, sinter_error *error);
  sinter_status loop(const sinter_op &op, sinter_error *error);
  sinter_status carry(const sinter_op &op, sinter_error *error);
  sinter_status placeAll(const sinter_op &op, sinter_error *error);
  sinter_status append(const sinter_op &op, sinter_error *error);

  /// How an input or output, which is on the host in the plan, meets the
  /// device: the caller's tensor may be there.
  struct Passage {
    uint32_t buffer = 0;
    /// Whether an op of the host has to do with it.
    bool isOnHost = false;
    /// Its copy on the device, which can be in the caller's tensor itself, and
    /// the bytes of that copy, an expr. SINTER_NONE if there is no such copy.
    uint32_t twin = SINTER_NONE, copied = SINTER_NONE;
    /// The tensor of the run at hand, if it is on the device.
    char *device = nullptr;
    /// What the host reads or writes in place of a tensor on the device.
    Memory shadow;
    /// What the context gives of an output on the device.
    Memory memory;
  };
  void findPassages();
  void findTwins(uint32_t number, const Array<uint32_t> &writes);
  template <typename Visit> void forEachTwin(Visit visit) const {
    for (const Array<Passage> *passages : {&inputPassages, &outputPassages})
      for (const Passage &passage : *passages)
        if (passage.twin != SINTER_NONE)
          visit(passage);
  }
  char *aliasOf(const Passage &passage) const;
  char *home(uint32_t number) const;
  sinter_status fetchInputs(sinter_error *error);
  sinter_status deliverOutputs(sinter_error *error);
  /// Before the host uses its memory: what is on its way there arrives.
  sinter_status receive(sinter_error *error) const {
    return queue ? queue->receive(error) : SINTER_STATUS_OK;
  }
  sinter_status endOnDevice(sinter_status status, sinter_error *error);
  uint32_t storageOf(uint32_t number) const;
  sinter_status locateEnd(uint32_t number, Place &result, bool &isOnDevice,
                          sinter_error *error) const;

  /// Ops of `main` in a row that the device does alone, and in the same way in
  /// each run of the same sizes and tensors.
  struct Repeated {
    uint32_t first = 0, count = 0;
  };
  /// What is recorded of such runs.
  struct Recorded {
    Array<int64_t> symbols;
    Array<char *> aliases; // per twin; null: in the arena
    uint64_t runs = 0, lastUse = 0;
    Array<std::unique_ptr<Recording>> ranges;
  };
  void findRepeated();
  bool isRepeatable(const sinter_op &op) const;
  bool isFixed(uint32_t buffer) const;
  void chooseRecording();
  Recorded &recordedFor(std::span<char *const> tensors);
  void checkRecordings();
  /// Runs what begins with this op, if it is recorded or can be; `count` says
  /// how many ops that was, or 0.
  sinter_status repeat(uint32_t op, uint32_t &count, sinter_error *error);
  sinter_status record(const Repeated &range,
                       std::unique_ptr<Recording> &result, sinter_error *error);

  std::shared_ptr<const Model> model;
  const Plan &plan;
  ThreadPool pool;
  std::unique_ptr<DeviceQueue> queue; // null for models without a device
  bool evaluated = false;
  bool isDone = false; // the run before has given outputs
  std::atomic<bool> isCancelled = false;
  Array<int64_t> symbols;
  Array<int64_t> boundSymbols; // those that arena and values are for
  Array<int64_t> bound;        // of the bind at hand
  Array<SizeValue> values;     // per expr that does not change
  Array<char *> pointers;      // per buffer; null: not placed
  Array<int64_t> bytes;        // per buffer
  Array<void *> arguments;     // of the launch at hand
  Array<int64_t> sizes;        // of the launch at hand
  Array<Array<int64_t>> outputDims;
  Array<Memory> outputMemory;
  Array<bool> ownsOutput; // the run before has written to outputMemory
  Array<uint32_t> pieces; // per op: in so many a long launch asks to go on
  Array<sinter_tensor> storedInputs;
  Array<Array<int64_t>> storedDims;
  Array<Memory> keptInputs;               // by sinter_context_keep_input
  std::span<sinter_tensor> callerOutputs; // of the run at hand
  Array<Passage> inputPassages, outputPassages;
  Array<Repeated> repeated;
  Array<Recorded> recorded;
  uint64_t useCount = 0; // of `recorded`
  char *recordedArena = nullptr, *recordedScratch = nullptr;
  // Of the run at hand: tensors that twins are in, per twin; what is recorded
  // of it, or null; and what is to know that these tensors were met, or null.
  Array<char *> aliases;
  Recorded *recording = nullptr, *met = nullptr;
  Memory arena, deviceArena, scratch, deviceScratch;
  Array<Memory> slabs;
#ifdef SINTER_DEBUG_ARENA
  sinter_status placeApart(size_t number, sinter_error *error);
  Array<Memory> apart; // per buffer of the arena
#endif
};

} // namespace sinter::runtime
#endif
