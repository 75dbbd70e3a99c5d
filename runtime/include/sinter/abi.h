// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The contract between a compiled model and whoever loads it: C11, needs no
// other Sinter header. A model is an ELF shared object that exports the one
// symbol `sinter_model_query`, followed in the same file by its weights and a
// sinter_trailer. Its weights may lie in a file of their own beside it, which
// ends with a sinter_trailer too. Numbers are in the byte order of the machine.
//
// The plan is data: one block of bytes without pointers, 8-byte aligned, that
// starts with a sinter_plan. In it
//   expr   is an index into `exprs`,
//   text   is a byte offset into `text`, of a NUL-terminated UTF-8 string,
//   list   is a first index into `indices`; its length stands beside it.
// Reserved fields are 0. Checksums are FNV-1a 64 over bytes.
#ifndef SINTER_ABI_H
#define SINTER_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SINTER_ABI_VERSION 3u
#define SINTER_MODEL_MAGIC UINT64_C(0x314d5245544e4953)   // "SINTERM1"
#define SINTER_PLAN_MAGIC UINT64_C(0x31505245544e4953)    // "SINTERP1"
#define SINTER_TRAILER_MAGIC UINT64_C(0x31545245544e4953) // "SINTERT1"
#define SINTER_WEIGHTS_MAGIC UINT64_C(0x31575245544e4953) // "SINTERW1"
#define SINTER_NONE UINT32_MAX                            // no expr, no text
#define SINTER_ALIGNMENT 64u  // of arena, model memory, scratch and weights
#define SINTER_MAX_STACK 64u  // of a size expression
#define SINTER_MAX_DEPTH 256u // of regions in `main`

// Does the iterations [begin, end) of a launch. `buffers` and `sizes` are the
// lists of its op; `scratch` belongs to the calling thread, its content is
// undefined. What an iteration computes must not depend on begin and end.
// Buffers of kind input and output are aligned to their element only, all
// others and scratch to SINTER_ALIGNMENT. Nonzero is an error and ends the run.
typedef int32_t (*sinter_kernel)(void *const *buffers, const int64_t *sizes,
                                 void *scratch, int64_t begin, int64_t end);

// One step of a size expression: postfix code over a stack of int64. Overflow,
// division by zero and an impossible broadcast are errors, never wrap.
enum sinter_size_code {
  SINTER_SIZE_CONST = 0,  // push value
  SINTER_SIZE_SYMBOL = 1, // push symbol number `value`
  SINTER_SIZE_ADD = 2,
  SINTER_SIZE_SUB = 3,
  SINTER_SIZE_MUL = 4,
  SINTER_SIZE_FLOORDIV = 5, // rounds towards minus infinity
  SINTER_SIZE_CEILDIV = 6,  // rounds towards plus infinity
  SINTER_SIZE_MOD = 7,      // a - b * floordiv(a, b)
  SINTER_SIZE_MIN = 8,
  SINTER_SIZE_MAX = 9,
  SINTER_SIZE_BCAST = 10, // equal, or one of them 1: the other
  SINTER_SIZE_EXPR = 11   // push expr number `value`, an earlier one whose
                          // symbols are all of inputs
};

typedef struct sinter_size_step {
  uint32_t code;     // sinter_size_code
  uint32_t reserved; // 0
  int64_t value;     // const: it; symbol, expr: a number; else 0
} sinter_size_step;

typedef struct sinter_size_expr {
  uint32_t first; // index into `steps`
  uint32_t count; // at least 1
} sinter_size_expr;

enum sinter_symbol_origin {
  // The first input dim whose expression is that symbol alone; there must be
  // one.
  SINTER_SYMBOL_INPUT = 0,
  // Operations of kind bind and loop, while the model runs.
  SINTER_SYMBOL_RUN = 1
};

// A symbol takes its value from its origin. Values outside [low, high]: an
// error.
typedef struct sinter_symbol {
  uint32_t name;     // text
  uint32_t origin;   // sinter_symbol_origin
  int64_t low, high; // sizes, both allowed
} sinter_symbol;

// An input or output of the model.
typedef struct sinter_value_info {
  uint32_t name;     // text
  uint32_t type;     // number of ONNX TensorProto.DataType
  uint32_t rank;     // number of dims; 0: a scalar
  uint32_t dims;     // list of `rank` exprs
  uint32_t buffer;   // the buffer of this input or output
  uint32_t reserved; // 0
} sinter_value_info;

enum sinter_memory {
  SINTER_MEMORY_HOST = 0,
  SINTER_MEMORY_DEVICE = 1 // of the model's GPU
};

enum sinter_buffer_kind {
  SINTER_BUFFER_INPUT = 0,  // the caller's; offset is the number of the input
  SINTER_BUFFER_OUTPUT = 1, // offset is the number of the output
  SINTER_BUFFER_WEIGHT = 2, // offset is in bytes into the weights, read only
  SINTER_BUFFER_ARENA = 3,  // at offset_expr in the arena of the context
  SINTER_BUFFER_MODEL = 4,  // offset into model memory; written by `init` only
  // In slab number `offset` of the context. A slab belongs to the buffer that
  // was placed in it last: by the op that writes the buffer, or by `place`. All
  // buffers of a slab are in one memory.
  SINTER_BUFFER_DYNAMIC = 5,
  // At offset_expr in buffer number `offset`, which is no view itself.
  SINTER_BUFFER_VIEW = 6,
  // What a loop carries: see SINTER_OP_LOOP. `offset` is its slab.
  SINTER_BUFFER_CARRY = 7
};

// Sizes and offsets of buffers in arena, weights and model memory, and dims of
// inputs, are made of symbols of inputs; those of other buffers may use all.
// Arena, weights and model memory are there once in each memory that has
// buffers of that kind, weights with the same content. Inputs and outputs are
// on the host. A view is where its buffer is.

typedef struct sinter_buffer {
  uint16_t kind;        // sinter_buffer_kind
  uint16_t memory;      // sinter_memory
  uint32_t type;        // number of ONNX TensorProto.DataType
  uint32_t size_expr;   // bytes
  uint32_t offset_expr; // bytes, arena and view only; else SINTER_NONE
  uint32_t rank;        // number of dims
  uint32_t dims;        // list of `rank` exprs
  int64_t offset;       // see the kind
} sinter_buffer;

enum sinter_op_kind {
  // kernels[kernel] over [0, extent), in parts, on the host. The last `results`
  // of the buffers are written: those that are dynamic, and outputs of a size
  // that depends on symbols of the run, are placed first.
  SINTER_OP_LAUNCH = 0,
  // The two exprs of `sizes` must be equal or, if there are none, the bool in
  // buffers[0] true; else `text`.
  SINTER_OP_GUARD = 1,
  // `extent` bytes from buffers[0] to buffers[1], which is placed first.
  SINTER_OP_COPY = 2,
  // The symbols take their values, all at once: first those of `sizes`, then
  // the int64 elements in `buffers`, one for each. `text` says what they are.
  SINTER_OP_BIND = 3,
  // Runs blocks[0] if the bool in buffers[0], on the host, is true, else
  // blocks[1].
  SINTER_OP_IF = 4,
  // Runs blocks[0] while symbols[0], which counts from 0, is less than `extent`
  // (if not SINTER_NONE) and the condition holds. Afterwards symbols[0] is the
  // number of runs. `buffers` are `results` triples (first, carry, next) and
  // then, if there are two more, bools: the condition of the first run, and
  // that of the next, which the block writes. A carry is its first in the
  // first run and before it; with each end of the block it becomes its next, a
  // dynamic buffer that the block writes anew: their slabs change places.
  SINTER_OP_LOOP = 5,
  // Places the buffers, with undefined content.
  SINTER_OP_PLACE = 6,
  // Puts the bytes of buffers[0] at byte `extent` of the dynamic buffers[1],
  // which grows if it must and keeps what is before.
  SINTER_OP_APPEND = 7,
  // device_kernels[kernel] over [0, extent), with buffers on the device:
  // otherwise as launch. `scratch` is for each block.
  SINTER_OP_DEVICE_LAUNCH = 8
};

typedef struct sinter_op {
  uint32_t kind;         // sinter_op_kind
  uint32_t kernel;       // launch: index into the kernels of the descriptor
  uint32_t buffers;      // list of buffer numbers
  uint32_t buffer_count; // entries of the list
  uint32_t sizes;        // list of exprs
  uint32_t size_count;   // entries of the list
  uint32_t extent;  // expr: iterations (launch, loop), bytes (copy, append)
  uint32_t scratch; // expr: bytes for each thread, or SINTER_NONE
  uint32_t text;    // text: name of the kernel, or message
  uint32_t results; // launch, loop: see there
  int64_t grain;    // at least 1; parts begin at multiples of it
  uint32_t symbols; // bind, loop: list of symbol numbers
  uint32_t symbol_count; // entries of the list
  uint32_t blocks[2];    // if, loop: regions; SINTER_NONE for none
} sinter_op;

// Blocks 0 and 1 are `init` (once per loaded model, may be empty, constant
// exprs only; launches, copies and guards only) and `main`; later ones are
// regions. Each region belongs to one op, of an earlier block; they nest at
// most SINTER_MAX_DEPTH deep.
enum { SINTER_BLOCK_INIT = 0, SINTER_BLOCK_MAIN = 1 };

typedef struct sinter_block {
  uint32_t first, count; // in `ops`
  // Bytes of the arena in each memory, or SINTER_NONE; regions use main's. That
  // on the device counts in a model with device kernels only.
  uint32_t arena_expr, device_arena_expr;
} sinter_block;

// Entries at a byte offset from the start of the plan, 8-byte aligned.
typedef struct sinter_table {
  uint64_t offset; // bytes from the start of the plan
  uint64_t count;  // entries, not bytes
} sinter_table;

typedef struct sinter_plan {
  uint64_t magic;        // SINTER_PLAN_MAGIC
  uint32_t version;      // SINTER_ABI_VERSION
  uint32_t struct_size;  // sizeof(sinter_plan)
  int64_t model_bytes;   // model memory, filled by `init`
  sinter_table text;     // char, the last one NUL
  sinter_table indices;  // uint32_t
  sinter_table steps;    // sinter_size_step
  sinter_table exprs;    // sinter_size_expr
  sinter_table symbols;  // sinter_symbol
  sinter_table inputs;   // sinter_value_info
  sinter_table outputs;  // sinter_value_info
  sinter_table buffers;  // sinter_buffer
  sinter_table ops;      // sinter_op
  sinter_table blocks;   // sinter_block
  sinter_table reserved; // empty
} sinter_plan;

#define SINTER_MAP_COUNT 8u // most tensor maps of a kernel
#define SINTER_MAP_RANK 5u  // most dims of a tensor map
#define SINTER_MAP_AXES 3u  // most axes of an image in one

// `factor` times sizes[size] of the launch, or `factor` alone if `size` is
// SINTER_NONE.
typedef struct sinter_map_size {
  int64_t factor;    // elements or bytes, see there
  uint32_t size;     // index into the sizes of the launch, or SINTER_NONE
  uint32_t reserved; // 0
} sinter_map_size;

// How the GPU's tensor copies (a CUtensorMap of the driver) find elements in a
// buffer. Dims are listed from the one that is contiguous on; entries from
// `rank` on are not used. Shared memory has lines of 128 bytes, swizzled;
// elements that are outside of the dims are 0. A run ends with an error where a
// dim is not in [1, 2^32], a stride not a positive multiple of 16 below 2^40,
// or the first element not at a multiple of 16 bytes.
typedef struct sinter_tensor_map {
  uint32_t buffer; // index into the buffers of the launch
  // TensorProto.DataType: FLOAT16, BFLOAT16, or FLOAT, which the copy rounds to
  // tf32
  uint32_t type;
  uint32_t rank; // 2 to SINTER_MAP_RANK
  // 0: a copy is a box of elements. Else, 1 to 1024: it is so many pixels of an
  // image with rank - 2 axes, 1 to SINTER_MAP_AXES, with box[0] channels each,
  // as a convolution reads them. Dims are channels, axes from the innermost on,
  // images.
  uint32_t pixels;
  int64_t offset;                           // bytes, of the first element; >= 0
  sinter_map_size dims[SINTER_MAP_RANK];    // elements
  sinter_map_size strides[SINTER_MAP_RANK]; // bytes; strides[0] is not used
  uint32_t box[SINTER_MAP_RANK];            // elements of a copy, 1 to 256
  uint32_t steps[SINTER_MAP_RANK];          // between pixels, 1 to 8; else 1
  // Of images: the first and last pixel that a filter's first tap meets, from
  // the first and last of an axis, the innermost axis first.
  int32_t lower[SINTER_MAP_AXES], upper[SINTER_MAP_AXES];
} sinter_tensor_map;

// A kernel for a GPU: a CUDA binary with the function SINTER_DEVICE_KERNEL,
// whose parameters are the buffers (pointers), the sizes (int64_t), the extent
// (int64_t), if the op has scratch, a pointer to that of all blocks, and the
// tensor maps (128 bytes, aligned to 64). Block b of g does the items b, b + g,
// b + 2 * g... It may begin while kernels before it are at work: each thread
// executes griddepcontrol.wait before it touches memory that others write or
// read, and in any case.
#define SINTER_DEVICE_KERNEL "kernel"
typedef struct sinter_device_kernel {
  const void *image;             // the binary
  uint64_t length;               // bytes
  uint32_t threads;              // of a block
  uint32_t shared_bytes;         // of dynamic shared memory
  uint32_t most_blocks;          // of a launch; 0: no limit
  uint32_t most_bytes;           // of a buffer; 0: no limit
  const sinter_tensor_map *maps; // `map_count` of them
  uint64_t map_count;            // at most SINTER_MAP_COUNT
} sinter_device_kernel;

// All that it points to is in the loaded object, and lives as long as that.
typedef struct sinter_model_descriptor {
  uint64_t magic;                  // SINTER_MODEL_MAGIC
  uint32_t abi_version;            // SINTER_ABI_VERSION of the compiler
  uint32_t struct_size;            // sizeof(sinter_model_descriptor)
  const void *plan;                // a sinter_plan
  uint64_t plan_length;            // bytes
  uint64_t plan_checksum;          // of the plan's bytes
  uint64_t weights_offset;         // in the file; 0: only the trailer knows it
  uint64_t weights_length;         // bytes, as in the trailer of their file
  const sinter_kernel *kernels;    // `kernel_count` of them
  uint64_t kernel_count;           // launches name kernels by number
  const char *compiler_version;    // UTF-8, for people; never NULL
  const char *const *cpu_features; // LLVM's names ("avx2"), NULL at the end
  // The name, without a '/', of the file with the weights, which lies in the
  // folder of the model; NULL: they are in the model's file.
  const char *weights_file;
  const sinter_device_kernel *device_kernels; // by number
  uint64_t device_kernel_count;               // 0: all is done on the host
  const char *device; // what they are for, "sm_90a"; NULL if there are none
  // What arithmetic on f32 was changed, as the compiler's option of this name:
  // "fp32", "fp16"; NULL if that is not known.
  const char *precision;
} sinter_model_descriptor;

// The last 64 bytes of a model, and of a file of weights.
typedef struct sinter_trailer {
  uint64_t magic;          // SINTER_TRAILER_MAGIC, or SINTER_WEIGHTS_MAGIC
  uint64_t file_length;    // bytes, this trailer included
  uint64_t checksum;       // of the bytes [0, weights_offset)
  uint64_t weights_offset; // a multiple of SINTER_ALIGNMENT
  // Bytes; may be followed by padding. 0 if they are in another file.
  uint64_t weights_length;
  // Of the weights if they have a file of their own, the same number in the
  // trailers of both files: it tells that they belong together. Else 0.
  uint64_t weights_checksum;
  uint64_t reserved[2]; // 0
} sinter_trailer;

// The one exported symbol. NULL if the model needs an ABI newer than
// max_version. The result is constant and lives as long as the object is
// loaded.
const sinter_model_descriptor *sinter_model_query(uint32_t max_version);

#ifdef __cplusplus
} // extern "C"
static_assert(sizeof(sinter_trailer) == 64 && sizeof(sinter_op) == 64 &&
              sizeof(sinter_buffer) == 32 && sizeof(sinter_plan) == 200 &&
              sizeof(sinter_tensor_map) == 248 &&
              sizeof(sinter_device_kernel) == 48);
#endif
#endif // SINTER_ABI_H
