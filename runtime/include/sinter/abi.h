// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The contract between a compiled model and whoever loads it: C11, needs no
// other Sinter header. A model is an ELF shared object that exports the one
// symbol `sinter_model_query`, followed in the same file by its weights and a
// sinter_trailer. Numbers are in the byte order of the machine.
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

#define SINTER_ABI_VERSION 1u
#define SINTER_MODEL_MAGIC UINT64_C(0x314d5245544e4953)   // "SINTERM1"
#define SINTER_PLAN_MAGIC UINT64_C(0x31505245544e4953)    // "SINTERP1"
#define SINTER_TRAILER_MAGIC UINT64_C(0x31545245544e4953) // "SINTERT1"
#define SINTER_NONE UINT32_MAX                            // no expr, no text
#define SINTER_ALIGNMENT 64u // of arena, model memory, scratch and weights
#define SINTER_MAX_STACK 64u // of a size expression

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
  SINTER_SIZE_EXPR = 11 // push the value of expr number `value`, an earlier one
};

typedef struct sinter_size_step {
  uint32_t code; // sinter_size_code
  uint32_t reserved;
  int64_t value;
} sinter_size_step;

typedef struct sinter_size_expr {
  uint32_t first; // index into `steps`
  uint32_t count; // at least 1
} sinter_size_expr;

// A symbol takes its value from the first input dim whose expression is that
// symbol alone; each symbol must have one. Values outside [low, high]: an
// error.
typedef struct sinter_symbol {
  uint32_t name; // text
  uint32_t reserved;
  int64_t low, high;
} sinter_symbol;

// An input or output of the model.
typedef struct sinter_value_info {
  uint32_t name;   // text
  uint32_t type;   // number of ONNX TensorProto.DataType
  uint32_t rank;   //
  uint32_t dims;   // list of `rank` exprs
  uint32_t buffer; // the buffer of this input or output
  uint32_t reserved;
} sinter_value_info;

enum sinter_buffer_kind {
  SINTER_BUFFER_INPUT = 0,  // the caller's; offset is the number of the input
  SINTER_BUFFER_OUTPUT = 1, // offset is the number of the output
  SINTER_BUFFER_WEIGHT = 2, // offset is in bytes into the weights, read only
  SINTER_BUFFER_ARENA = 3,  // at offset_expr in the arena of the context
  SINTER_BUFFER_MODEL = 4   // offset into model memory; written by `init` only
};

typedef struct sinter_buffer {
  uint32_t kind;        // sinter_buffer_kind
  uint32_t type;        // number of ONNX TensorProto.DataType
  uint32_t size_expr;   // bytes
  uint32_t offset_expr; // bytes, arena only; else SINTER_NONE
  uint32_t rank;        //
  uint32_t dims;        // list of `rank` exprs
  int64_t offset;       // see the kind
} sinter_buffer;

enum sinter_op_kind {
  SINTER_OP_LAUNCH = 0, // kernels[kernel] over [0, extent), in parts
  SINTER_OP_GUARD = 1,  // the two exprs of `sizes` must be equal; else `text`
  SINTER_OP_COPY = 2,   // `extent` bytes from buffers[0] to buffers[1]
  // Reserved: a version 1 executor answers SINTER_STATUS_UNSUPPORTED.
  SINTER_OP_ROUTINE = 3,
  SINTER_OP_BIND = 4,
  SINTER_OP_IF = 5,
  SINTER_OP_LOOP = 6
};

typedef struct sinter_op {
  uint32_t kind;         // sinter_op_kind
  uint32_t kernel;       // launch: index into the kernels of the descriptor
  uint32_t buffers;      // list of buffer numbers
  uint32_t buffer_count; //
  uint32_t sizes;        // list of exprs
  uint32_t size_count;   //
  uint32_t extent;       // expr: iterations (launch) or bytes (copy)
  uint32_t scratch;      // expr: bytes for each thread, or SINTER_NONE
  uint32_t text;         // text: name of the kernel, or message of the guard
  uint32_t reserved;     //
  int64_t grain;         // at least 1; parts begin at multiples of it
} sinter_op;

// Blocks 0 and 1 are `init` (once per loaded model, may be empty, constant
// exprs only) and `main`; later ones are regions.
enum { SINTER_BLOCK_INIT = 0, SINTER_BLOCK_MAIN = 1 };

typedef struct sinter_block {
  uint32_t first, count; // in `ops`
  uint32_t arena_expr;   // bytes of the arena, or SINTER_NONE
  uint32_t reserved;
} sinter_block;

// Entries at a byte offset from the start of the plan, 8-byte aligned.
typedef struct sinter_table {
  uint64_t offset;
  uint64_t count;
} sinter_table;

typedef struct sinter_plan {
  uint64_t magic; // SINTER_PLAN_MAGIC
  uint32_t version;
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

typedef struct sinter_model_descriptor {
  uint64_t magic; // SINTER_MODEL_MAGIC
  uint32_t abi_version;
  uint32_t struct_size;    // sizeof(sinter_model_descriptor)
  const void *plan;        // a sinter_plan
  uint64_t plan_length;    // bytes
  uint64_t plan_checksum;  //
  uint64_t weights_offset; // in the file; 0: only the trailer knows it
  uint64_t weights_length; // bytes, as in the trailer
  const sinter_kernel *kernels;
  uint64_t kernel_count;
  const char *compiler_version;
  const char *const *cpu_features; // LLVM's names ("avx2"), NULL at the end
} sinter_model_descriptor;

// The last 64 bytes of the file.
typedef struct sinter_trailer {
  uint64_t magic;          // SINTER_TRAILER_MAGIC
  uint64_t file_length;    // bytes, this trailer included
  uint64_t checksum;       // of the bytes [0, weights_offset)
  uint64_t weights_offset; // a multiple of SINTER_ALIGNMENT
  uint64_t weights_length; // bytes; may be followed by padding
  uint64_t reserved[3];
} sinter_trailer;

// The one exported symbol. NULL if the model needs an ABI newer than
// max_version. The result is constant and lives as long as the object is
// loaded.
const sinter_model_descriptor *sinter_model_query(uint32_t max_version);

#ifdef __cplusplus
} // extern "C"
static_assert(sizeof(sinter_trailer) == 64 && sizeof(sinter_op) == 48 &&
              sizeof(sinter_buffer) == 32 && sizeof(sinter_plan) == 200);
#endif
#endif // SINTER_ABI_H
