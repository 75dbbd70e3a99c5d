// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_KERNEL_TD
#define SINTER_PASSES_KERNEL_TD

include "mlir/Pass/PassBase.td"

def MaterializePadding : Pass<"materialize-padding", "::mlir::func::FuncOp"> {
  let summary = "Give a folded input its fill in memory, so that loops need no bounds";
  let description = [{
    A reduction reads the elements of a padded input many times. Where all of
    its coordinates are sums of iterators with positive factors and constants,
    a stage of its own writes the input with its border once, with the dim
    last along which the results of a vector lie. An input of a window that
    needs no fill but that order is copied too.

        %1 = kernel.stage ... maps [(d0, d1) -> (d0 + d1 - 1)] fills [0.0] ins(%0)
        =>
        %p = kernel.stage ... maps [(d0) -> (d0 - 1)] fills [0.0] ins(%0)
        %1 = kernel.stage ... maps [(d0, d1) -> (d0 + d1)] fills [unit] ins(%p)
  }];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def AlignChannels : Pass<"align-channels", "::mlir::func::FuncOp"> {
  let summary = "Give images of few channels zeros for more, side by side";
  let description = [{
    Where a sum of products runs over windows of an image that has fewer than
    `width` channels, as that of a camera has, a copy of the image has the
    channels last, and zeros up to `width`; the constant filter likewise. What
    is copied to the tensor cores then is whole pixels, not single elements.

        %1 = kernel.stage extents [.., 3] maps [.. -> (c, y + v), .. -> (c, v)] ins(%image, %filter)
        =>
        %i = kernel.stage maps [(y, c) -> (c, y)] fills [0.0] ins(%image)
        %f = kernel.stage maps [(c, v) -> (c, v)] fills [0.0] ins(%filter)
        %1 = kernel.stage extents [.., 4] maps [.. -> (y + v, c), .. -> (c, v)] ins(%i, %f)
  }];
  let options = [Option<"width", "width", "int64_t", "4",
                        "Channels of a pixel, at least">];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def WriteBorders : Pass<"write-borders", "::mlir::func::FuncOp"> {
  let summary = "Let a stage write the padding around its result";
  let description = [{
    Where the only user of a stage pads its result with one value, the stage
    writes it into the larger memory itself and the copy is gone.

        %1 = kernel.stage extents [d] ... -> tensor<d>
        %2 = kernel.stage extents [d + 2] maps [(d0) -> (d0 - 1)] fills [0.0] ins(%1)
        =>
        %2 = kernel.stage extents [d] border <low = [1] high = [1] value = 0.0> ... -> tensor<d + 2>
  }];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def FuseElementwise : Pass<"fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "Compute elementwise stages where their result is used";
  let description = [{
    A stage without reductions whose only use reads each of its elements once
    is inlined into the body of the user: the intermediate value is never
    stored. Folds that read an element many times keep it.
  }];
  let options = [Option<"maxInputs", "max-inputs", "unsigned", "12",
                        "Stop growing a stage at this many inputs">];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def FuseEpilogue : Pass<"fuse-epilogue", "::mlir::func::FuncOp"> {
  let summary = "Finish a fold with the elementwise stage that follows";
  let description = [{
    The only user of a fold, an elementwise stage over the same iterators,
    becomes the fold's `finish`: bias, activation, residual and conversion see
    the accumulator while it is in registers.

        %1 = kernel.stage ... init 0.0 ins(%x, %w)
        %2 = kernel.stage ... ins(%1, %bias) { max(%1 + %bias, 0) }
        =>
        %2 = kernel.stage ... init 0.0 ins(%x, %w) finish(%bias) { max(... }
  }];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def FoldScales : Pass<"fold-scales", "::mlir::func::FuncOp"> {
  let summary = "Multiply weights by what would scale their products";
  let description = [{
    A fold of products with constant weights whose finish begins with sums,
    differences and products with constants of each output channel (a
    normalization with known statistics) gets scaled weights and one offset:

        ((x * w - mean) * s + b)  =>  x * (w * s) + (b - mean * s)

    Results round otherwise.
  }];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def InvertDivisors : Pass<"invert-divisors", "::mlir::func::FuncOp"> {
  let summary = "Multiply a row by the inverse of what it is divided by";
  let description = [{
    Where a stage divides by an element that is the same along the last
    iterator, it multiplies by its inverse, which is then one division for a
    row. A quotient that is rounded to an integer stays, as its last bit decides
    on a whole step. Results round otherwise.

        arith.divf %x, %sum  =>  arith.mulf %x, (arith.divf 1.0, %sum)
  }];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def AssignLayouts : Pass<"assign-layouts", "::mlir::func::FuncOp"> {
  let summary = "Choose the order of the dims of each stage's result in memory";
  let description = [{
    A fold with constant weights makes its output channels the last dim, so that
    vectors run over them whatever the strides of its windows are. Other stages
    follow their largest operand. Users read through permuted maps, which costs
    nothing; the results of the function keep their order. Copies that become
    identities vanish.

        extents [N, 64, H, W, 32] maps [(n, o, h, w, c) -> (n, c, h, w), ...]
        =>
        extents [N, H, W, 64, 32] maps [(n, h, w, o, c) -> (n, h, w, c), ...]
  }];
  let options = [Option<"minChannels", "min-channels", "int64_t", "8",
                        "Folds with fewer output channels keep their order">];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def CollapseIterators : Pass<"collapse-iterators", "::mlir::func::FuncOp"> {
  let summary = "Make one loop of iterators that run over contiguous memory";
  let description = [{
    Iterators of extent 1 are dropped. Two neighbours become one where every
    operand either reads neither or has them as two neighbouring coordinates
    that are exactly its dims. Reshapes around the stage keep the types.

        extents [8, 4] maps [(d0, d1) -> (d0, d1)] ins(%a : tensor<8x4xf32>)
        =>
        extents [32] maps [(d0) -> (d0)] ins(%reshaped : tensor<32xf32>)
  }];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def PackOperands : Pass<"pack-operands", "::mlir::func::FuncOp"> {
  let summary = "Give a fold's operands in panels, in the order that its loops read";
  let description = [{
    A block of a fold's results is a panel: neighbours along the last parallel
    iterator. An operand that moves with this iterator is copied so that the
    elements of a panel lie side by side, the panels of all reductions behind
    each other. For constants, folding evaluates the copy; others are packed if
    they are not contiguous along the panel and are read more than once. With
    `products`, an operand that no other shares the iterator with has no panels:
    its last dims are the reductions.

        ins(%w : tensor<768x100xf32>) maps [(m, n, k) -> (k, n)]
        =>
        ins(%p : tensor<7x768x16xf32>) maps [(m, n, k) -> (n floordiv 16, k, n mod 16)]
  }];
  let options = [Option<"panel", "panel", "int64_t", "16",
                        "Results of a panel: a multiple of every block's">,
                 Option<"constants", "constants", "bool", "true",
                        "Pack constants">,
                 Option<"variables", "variables", "bool", "true",
                        "Pack what is no constant">,
                 Option<"products", "products", "bool", "false",
                        "Matrices have lines along the products">];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def UseWinograd : Pass<"use-winograd", "::mlir::func::FuncOp"> {
  let summary = "Compute 3x3 convolutions with a quarter of the products";
  let description = [{
    A convolution of f32 with a constant 3x3 filter, stride 1, no dilation, one
    group and known height and width becomes Winograd's F(4x4, 3x3): stages that
    transform filter and image, 36 products of matrices, and stages that
    transform the result. The filter's stages read constants only, so they run
    once for each loaded model.
  }];
  let options = [Option<"minTiles", "min-tiles", "int64_t", "12",
                        "Convolutions with fewer tiles stay direct">,
                 Option<"minChannels", "min-channels", "int64_t", "32",
                        "Those with fewer channels stay direct">];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def NarrowStorage : Pass<"narrow-storage", "::mlir::func::FuncOp"> {
  let summary = "Store what kernels pass on to each other in 16 bits";
  let description = [{
    An f32 value that a kernel makes and only kernels read is stored as f16 or
    bf16: the stage that makes it ends in a rounding, those that read it begin
    with a widening. Everything within a kernel stays f32: sums, softmax,
    normalizations. Sums of products get both factors narrow, by a copy where
    the value is no kernel's or has other users (inputs and outputs of the
    model, routines, loops). Large constants, and those of products, are
    rounded by stages that fold.

    f32 stay: values made of integers, sizes and small constants (positions,
    masks) unless products alone read them; results of few elements, and those
    of folds that read each element once (means, norms), unless products read
    them; constants with a number that the type does not reach.

        %1 = kernel.stage ... init 0.0 ins(%0, %w) {...} finish(%b) {...} -> f32
        =>
        %1 = kernel.stage ... init 0.0 ins(%0, %w) {extf, extf, ...} finish(%b) {..., truncf} -> f16
  }];
  let options = [Option<"type", "type", "std::string", "\"f16\"", "f16 or bf16">];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def FuseAttention : Pass<"fuse-attention", "::mlir::func::FuncOp"> {
  let summary = "Run an attention as one kernel, for targets that multiply matrices in 16 bits";
  let description = [{
    Products of queries and keys, elementwise stages, a softmax and products
    with values become a `kernel.fused` op that never stores the products of
    all queries and keys. It reads queries, keys and values where they were
    before they were copied into the order of the products, and writes its
    result in the order in which the next stage would have copied it. Between
    the products floats are f32, and constants are part of the bodies.

        %k = kernel.stage ... ins(%keys)                // [B, S, H, D] -> [B, H, S, D]
        %s = kernel.stage ... init 0.0 ins(%q, %k)      // scores
        %m, %e, %n, %p = ...                            // softmax
        %o = kernel.stage ... init 0.0 ins(%p, %v)
        %r = kernel.stage ... ins(%o)                   // [B, H, S, D] -> [B, S, H, D]
        =>
        %r = kernel.fused depth 3 ins(%queries, %keys, %values) { six stages }
  }];
  let options = [Option<"bits", "bits", "unsigned", "16",
                        "Bits that an element of queries, keys and values has at most, and one of weights or of the result">,
                 Option<"width", "width", "int64_t", "256",
                        "Elements that one of them has at most">];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

def FuseRows : Pass<"fuse-rows", "::mlir::func::FuncOp"> {
  let summary = "Run stages together that pass rows on to each other";
  let description = [{
    Stages that have their first iterators in common, and of which one reads the
    other's rows only, become a `kernel.fused` op: a softmax or a normalization
    runs row by row, and an attention never stores the products of all queries
    and keys. A matrix that serves all rows, as the weights of a product, keeps
    a stage out: it would be read again for every few rows.

        %1 = kernel.stage extents [M, N] ...             // max of each row
        %2 = kernel.stage extents [M, N] ... ins(%0, %1)
        =>
        %2 = kernel.fused depth 1 ins(%0) { both stages }
  }];
  let options = [Option<"products", "products", "bool", "true",
                        "Fuse products of matrices too">];
  let dependentDialects = ["::sinter::kernel::KernelDialect"];
}

#endif // SINTER_PASSES_KERNEL_TD
