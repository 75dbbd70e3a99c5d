// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs compiled models. C11; no globals, nothing is printed, nothing aborts or
// throws. Sizes are bytes unless said otherwise; element types are the numbers
// of ONNX TensorProto.DataType (1 = float32). Sub-byte types are packed.
//
// Functions that can fail return a sinter_status and, where `error` is not
// NULL, fill it on failure (it is untouched on success).
#ifndef SINTER_RUNTIME_H
#define SINTER_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#include "sinter/abi.h"

#ifdef SINTER_RUNTIME_SHARED
#define SINTER_API __attribute__((visibility("default")))
#else
#define SINTER_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sinter_status {
  SINTER_STATUS_OK = 0,
  SINTER_STATUS_BAD_ARGUMENT = 1, // NULL, wrong count, wrong number
  SINTER_STATUS_IO = 2,           // a file cannot be opened or read
  SINTER_STATUS_BAD_MODEL = 3,    // foreign, truncated, damaged, inconsistent
  SINTER_STATUS_VERSION = 4,      // the model needs a newer runtime
  SINTER_STATUS_CPU = 5,          // this machine lacks a feature of the model
  SINTER_STATUS_NO_MEMORY = 6,    //
  SINTER_STATUS_TYPE = 7,         // element type of a tensor
  SINTER_STATUS_SHAPE = 8,     // dims of an input, or a size computed of them
  SINTER_STATUS_TOO_SMALL = 9, // the caller's buffer for an output
  SINTER_STATUS_GUARD = 10,    // a condition of the model does not hold
  SINTER_STATUS_KERNEL = 11,   // a kernel reported an error
  SINTER_STATUS_UNSUPPORTED = 12, // the plan has an op this runtime lacks
  SINTER_STATUS_INTERNAL = 13,
  SINTER_STATUS_CANCELLED = 14, // by sinter_context_cancel
  SINTER_STATUS_DEVICE = 15     // no driver or GPU for the model, or it failed
} sinter_status;

typedef struct sinter_error {
  sinter_status status; // what the function returned
  char message[508];    // one line, NUL-terminated
} sinter_error;

// A compiled model: immutable, may be used by all threads at once.
typedef struct sinter_model sinter_model;
// What one run needs (arena, threads, a stream): used by one thread at a time.
// Contexts of one model are independent and may run at the same time.
typedef struct sinter_context sinter_context;

// An input or output. The strings live as long as the model is open.
typedef struct sinter_info {
  const char *name;          // UTF-8; the model's
  int32_t type;              // of an element
  int32_t rank;              // number of dims; 0: a scalar
  const int64_t *dims;       // `rank` sizes, the model's; -1: not a constant
  const char *const *labels; // per dim: its symbol, "?" for a computed one, or
                             // NULL for a constant
} sinter_info;

// Dense, row-major. Zero what is not set.
//
// `data` of a model for a GPU may be in that GPU's memory, by whichever
// allocator: such a tensor is used where it is if it begins at a multiple of
// SINTER_ALIGNMENT bytes, else it is copied within the GPU; it meets the host's
// memory only where the host has to know it. Memory of the host that is
// page-locked for the GPU is copied faster than other memory.
typedef struct sinter_tensor {
  void *data;          // not written to for inputs
  int32_t type;        // of an element
  int32_t rank;        // number of dims; 0: a scalar
  const int64_t *dims; // `rank` sizes; whose they are, each function says
  size_t bytes;        // of `data`
  uint32_t memory;     // sinter_memory that `data` is in; 0: the host's
  uint32_t reserved;   // 0
} sinter_tensor;

typedef enum sinter_log_level {
  SINTER_LOG_INFO = 0,   // what was done: a model opened, memory for new sizes
  SINTER_LOG_WARNING = 1 // what is likely not meant
} sinter_log_level;

// Told what a function does, in one line of UTF-8 that lives until it returns.
// Called in the thread that calls the function, never by a worker. It may not
// call functions on the same model or context.
typedef void (*sinter_log)(void *user, sinter_log_level level,
                           const char *message);

// How to open a model; 0 and NULL are the defaults.
typedef struct sinter_open_options {
  size_t struct_size; // sizeof(sinter_open_options)
  sinter_log log;     // of the model and its contexts, or NULL: no log. Called
                      // from all threads that open it or use its contexts
  void *log_user;     // the caller's, passed to log
  uint32_t threads;   // of the `init` block; 0: as in sinter_context_create
} sinter_open_options;

// A constant one-line text, never NULL. Thread-safe.
SINTER_API const char *sinter_status_text(sinter_status status);

// Opens a model file: checks its length, checksum, plan and CPU features, and
// runs its `init` block. Weights that have a file of their own are looked for
// in the folder of `path`. A model for a GPU needs none here: it is looked for
// by the first context. The files must not change while it is open, but may
// be replaced: it is loaded by its descriptor, through /proc/self/fd.
// Thread-safe. On success *model is owned by the caller, else it is NULL.
SINTER_API sinter_status sinter_model_open(const char *path,
                                           sinter_model **model,
                                           sinter_error *error);

// As sinter_model_open, with options, which are copied.
SINTER_API sinter_status
sinter_model_open_with(const char *path, const sinter_open_options *options,
                       sinter_model **model, sinter_error *error);

// Gives up the handle; contexts of it stay usable, and the memory goes with
// the last of them. NULL is allowed. No other thread may still use the handle.
SINTER_API void sinter_model_close(sinter_model *model);

// Thread-safe; 0 for NULL.
SINTER_API size_t sinter_model_input_count(const sinter_model *model);
SINTER_API size_t sinter_model_output_count(const sinter_model *model);

// Describes input or output `index`. Thread-safe; BAD_ARGUMENT if there is no
// such index.
SINTER_API sinter_status sinter_model_input_info(const sinter_model *model,
                                                 size_t index,
                                                 sinter_info *info);
SINTER_API sinter_status sinter_model_output_info(const sinter_model *model,
                                                  size_t index,
                                                  sinter_info *info);

// The version of the compiler that made the model; lives as long as it.
SINTER_API const char *sinter_model_compiler(const sinter_model *model);

// The descriptor of the model, see abi.h; lives as long as it. Its plan has
// been checked: every index is in range. Thread-safe; NULL for NULL.
SINTER_API const struct sinter_model_descriptor *
sinter_model_get_descriptor(const sinter_model *model);

// Makes a context with `threads` threads, the caller's included. 0: the
// environment's SINTER_THREADS, else the CPUs of the affinity mask within the
// cgroup's limit. The number never changes a result. A model for a GPU is
// loaded there with its first context. Thread-safe. On success
// *context is owned by the caller, else it is NULL.
SINTER_API sinter_status sinter_context_create(const sinter_model *model,
                                               uint32_t threads,
                                               sinter_context **context,
                                               sinter_error *error);

// Ends the threads and frees all outputs the context owns. NULL is allowed.
SINTER_API void sinter_context_destroy(sinter_context *context);

// The threads of the context, the caller's included; 0 for NULL.
SINTER_API uint32_t sinter_context_threads(const sinter_context *context);

// Sets input `index` for later runs that pass no inputs. `tensor->dims` is
// copied; `tensor->data` stays the caller's and must live until the last such
// run. TYPE, SHAPE (rank, negative dims, too few bytes) and BAD_ARGUMENT
// (memory that is not where it is said to be) are found here.
SINTER_API sinter_status sinter_context_set_input(sinter_context *context,
                                                  size_t index,
                                                  const sinter_tensor *tensor,
                                                  sinter_error *error);

// As sinter_context_set_input, but copies `tensor->data`, which is needed no
// longer afterwards: into the GPU's memory if the model is for a GPU, else the
// host's. The copy is the context's until the input is set again or it ends.
SINTER_API sinter_status sinter_context_keep_input(sinter_context *context,
                                                   size_t index,
                                                   const sinter_tensor *tensor,
                                                   sinter_error *error);

// A stream of the context's own; NULL is CUDA's default stream.
#define SINTER_OWN_STREAM ((void *)UINTPTR_MAX)

// Later runs put their work on `stream`, a CUstream or cudaStream_t of the
// primary CUDA context of the model's GPU, which must live until another one is
// set or the context ends; or on the context's own, as from the beginning.
//
// On the context's own stream a run returns when all is done, and what makes
// its inputs must be done before it is called. On the caller's, it comes after
// what was put there before, and returns when the host's memory is free to be
// changed or holds the outputs: if no tensor is in the host's memory, and no op
// of the plan needs the host, as soon as all is put there. An error of the GPU
// may then be the answer to a later call. What a run before has put on another
// stream is done first. BAD_ARGUMENT if the model is not for a GPU.
SINTER_API sinter_status sinter_context_set_stream(sinter_context *context,
                                                   void *stream,
                                                   sinter_error *error);

// Told after each op of the plan what it took, ops within it included: `op` is
// its number in the plan. Called in the thread that runs the model.
typedef void (*sinter_profile)(void *user, uint32_t op, uint64_t nanoseconds);

// Calls `profile` in later runs of the context; NULL ends that.
SINTER_API sinter_status sinter_context_set_profile(sinter_context *context,
                                                    sinter_profile profile,
                                                    void *user);

// The log of a context, in place of that of its model; NULL: none.
SINTER_API sinter_status sinter_context_set_log(sinter_context *context,
                                                sinter_log log, void *user);

// Asks the run at hand to end with CANCELLED, or the next run where there is
// none; the run that answers takes the request away. 0 withdraws a request that
// no run has answered. A run looks between ops of the plan, between rounds of
// loops, and within an op that took long when it ran last. Thread-safe, also
// while the context runs.
SINTER_API void sinter_context_cancel(sinter_context *context, int on);

// Describes a DLTensor of DLPack (the member `dl_tensor` of its managed
// tensors) as a tensor, of which data and dims stay where they are: the managed
// tensor must live as long as it is used. Memory of CUDA, managed or not, is
// the GPU's, page-locked one the host's. UNSUPPORTED if it is in any other
// memory, TYPE without such an element type (types of less than a byte have
// none), SHAPE if it is not dense and row-major. Thread-safe.
SINTER_API sinter_status sinter_tensor_from_dlpack(const void *dl_tensor,
                                                   sinter_tensor *tensor,
                                                   sinter_error *error);

// Gives an output away that the last run has put into the context's memory,
// without a copy, as DLPack's DLManagedTensor: the caller ends its life with
// its deleter, in any thread, also after the context's end. What described the
// output stays valid as long. One in the GPU's memory is complete when the
// stream of the run is. BAD_ARGUMENT if the last run failed, or the output is
// the caller's or given away already; TYPE as above.
struct DLManagedTensor;
SINTER_API sinter_status sinter_context_output_to_dlpack(
    sinter_context *context, size_t index, struct DLManagedTensor **result,
    sinter_error *error);

// Runs the model. `inputs` holds all inputs in the model's order, or is NULL
// with count 0 to use those of sinter_context_set_input. `outputs` holds all
// outputs: `data` and `bytes` say where to write; with NULL data the context
// gives a buffer in `memory`, 64-byte aligned, valid until its next run or its
// end. The other fields are set by the run: on OK and on TOO_SMALL type, rank,
// dims (the context's, valid until its next run) and `bytes`, the bytes of the
// result, describe all outputs: set `data` and `bytes` again before each run.
// An output may not overlap an input or another output, and is undefined until
// the run is done. Once a shape was run, running it again allocates nothing. On
// failure the content of outputs is undefined and the context stays usable.
SINTER_API sinter_status sinter_context_run(
    sinter_context *context, const sinter_tensor *inputs, size_t input_count,
    sinter_tensor *outputs, size_t output_count, sinter_error *error);

#ifdef __cplusplus
} // extern "C"
static_assert(sizeof(sinter_tensor) == 40);
#endif
#endif // SINTER_RUNTIME_H
