// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// PlanBuilder, whose parts are in PlanBuilder.cpp (inputs, outputs, buffers),
// PlanStages.cpp (launches and guards) and PlanControl.cpp (regions).
#pragma once

#include "compiler/ArenaLayout.h"
#include "compiler/PlanBuilder.h"
#include "dialects/graph/Interfaces.h"
#include "dialects/graph/Regions.h"
#include "dialects/graph/ops/Bind.h"
#include "dialects/graph/ops/Constant.h"
#include "dialects/graph/ops/If.h"
#include "dialects/graph/ops/Loop.h"
#include "dialects/graph/ops/Reshape.h"
#include "dialects/graph/ops/Slice.h"
#include "llvm/ADT/StringSet.h"

namespace sinter {

class PlanBuilder {
public:
  PlanBuilder(mlir::func::FuncOp main, const onnx::BlobStore &blobs,
              Backends backends);

  mlir::FailureOr<Plan> run();

private:
  using Value = mlir::Value;
  using DimAttr = graph::DimAttr;
  /// Symbols, and the dims whose values they take.
  using Binding = llvm::SmallVector<std::pair<llvm::StringRef, DimAttr>>;
  using Buffer = mlir::FailureOr<uint32_t>;

  /// A value that is to be in a buffer when its block ends.
  struct Delivery {
    Value value;
    uint32_t buffer = 0;
    /// What must be bound before the buffer has its size.
    Binding binding;
  };
  /// A block of the plan in the making.
  struct Region {
    uint32_t number = 0;
    std::vector<sinter_op> ops;
    /// Deliveries that are no kernel's result.
    llvm::SmallVector<Delivery> copies;
    /// Whose copies in the other memory are made in this region.
    llvm::SmallVector<Value> others;
  };

  mlir::LogicalResult addInputs();
  mlir::LogicalResult addInputCopies();
  mlir::LogicalResult addOutputs();
  mlir::LogicalResult addOps(mlir::Block &block);
  mlir::LogicalResult addOp(mlir::Operation *op);
  mlir::LogicalResult addCopies();
  mlir::LogicalResult addCopy(Value value, uint32_t from, uint32_t to);

  // Buffers.
  mlir::LogicalResult addConstant(graph::ConstantOp op);
  mlir::LogicalResult addSlice(graph::SliceOp op);
  mlir::LogicalResult addStorage(Value value);
  /// Where it is within storage of its kind: see sinter_buffer.
  struct Position {
    int64_t offset = 0;
    uint32_t expr = SINTER_NONE;
  };
  Buffer addBuffer(Value value, uint16_t kind, Memory memory,
                   Position position);
  Buffer addView(Value value, uint32_t base, DimAttr byteOffset);
  Buffer addStorage(Value value, DimAttr bytes, Memory memory);
  /// Where the value is.
  Buffer bufferOf(Value value);
  /// In this memory, after a copy if it is elsewhere.
  Buffer bufferIn(Memory memory, Value value);
  bool isInMemory(uint32_t buffer, Memory memory) const {
    return plan.table.buffers[buffer].memory == static_cast<uint16_t>(memory);
  }
  mlir::FailureOr<sinter_value_info>
  describe(Value value, mlir::StringAttr name, uint32_t buffer);
  mlir::FailureOr<DimAttr> bytesOf(mlir::Type type);
  mlir::FailureOr<std::pair<uint32_t, uint32_t>>
  addDims(llvm::ArrayRef<DimAttr> dims);
  /// Whether the dim has a symbol that no input gives.
  bool changes(DimAttr dim);
  bool isDynamic(uint32_t buffer);

  // Launches and guards.
  mlir::LogicalResult addKernel(mlir::Operation *op);
  bool isOfModel(mlir::Operation *op);
  bool isAligned(mlir::Operation *op);
  /// A launch of the kernel `number` in a memory.
  struct Launch {
    Memory memory;
    uint32_t number = 0;
    codegen::Kernel kernel;
  };
  mlir::LogicalResult addModelLaunch(mlir::Operation *op, Launch launch);
  mlir::LogicalResult addRoutine(graph::RoutineInterface op);
  mlir::LogicalResult addLaunch(mlir::Operation *op, Launch launch);
  mlir::LogicalResult addReshape(graph::ReshapeOp op);
  mlir::LogicalResult addInputGuards(kernel::StageOp op);
  mlir::LogicalResult addBroadcastGuard(kernel::StageOp op, DimAttr dim,
                                        mlir::AffineExpr coordinate);
  mlir::LogicalResult addGuard(mlir::Operation *op, DimAttr lhs, DimAttr rhs);
  llvm::StringRef labelOf(mlir::Operation *op);
  sinter_op makeOp(uint32_t kind, mlir::Operation *op);

  // Regions.
  mlir::LogicalResult addIf(graph::IfOp op);
  mlir::LogicalResult addLoop(graph::LoopOp op);
  mlir::LogicalResult addBind(graph::BindOp op);
  mlir::LogicalResult addCheck(graph::CheckOp op);
  mlir::LogicalResult addBinding(mlir::Operation *op, const Binding &binding);
  uint32_t addRunSymbol(llvm::StringRef name);
  /// Starts a block; the caller ends it.
  Region beginRegion();
  void endRegion(Region outer);
  void deliver(Delivery delivery, mlir::Block *block);
  bool isMadeIn(Value root, mlir::Block *block);
  mlir::LogicalResult placeStacked(graph::LoopOp op);
  mlir::FailureOr<llvm::SmallVector<uint32_t>> addLoopInits(graph::LoopOp op);
  mlir::LogicalResult addLoopBody(graph::LoopOp op, sinter_op &loop,
                                  llvm::ArrayRef<uint32_t> firsts);
  mlir::LogicalResult deliverSlices(graph::LoopOp op);
  mlir::LogicalResult appendSlices(graph::LoopOp op);
  mlir::LogicalResult rebindCarried(graph::LoopOp op);

  mlir::func::FuncOp main;
  const onnx::BlobStore &blobs;
  Backends backends;
  KernelSet hostKernels, deviceKernels;
  Placement placement;
  mlir::MLIRContext *context;
  Plan plan;
  ArenaLayout arena;
  Region region;
  std::vector<std::vector<sinter_op>> blocks;
  llvm::StringSet<> inputSymbols;
  /// By root.
  llvm::DenseMap<Value, uint32_t> buffers;
  /// Copies in the other memory, by root, as long as they hold.
  llvm::DenseMap<Value, uint32_t> otherBuffers;
  /// The byte offset of each view.
  llvm::DenseMap<uint32_t, DimAttr> viewOffsets;
  /// Symbols of the buffer that an op is to write.
  llvm::DenseMap<mlir::Operation *, Binding> bindings;
  llvm::DenseMap<uint64_t, uint64_t> weightOffsets;
};

/// Whether a loop writes the slices of this stacked result in their place: the
/// number of runs and the dims are known before.
bool isStackedInPlace(graph::LoopOp op, unsigned index);

} // namespace sinter
