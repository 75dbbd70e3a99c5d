// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/Conversions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace sinter::cpu {
namespace {

/// `like`, a scalar or a vector, with another element type.
Type withElement(Type like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like))
    return vector.clone(element);
  return element;
}

template <typename Op> struct Saturate : OpRewritePattern<Op> {
  Saturate(MLIRContext *context, llvm::StringRef intrinsic)
      : OpRewritePattern<Op>(context), intrinsic(intrinsic) {}

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::CallIntrinsicOp>(
        op, op.getType(), rewriter.getStringAttr(intrinsic),
        ValueRange(op.getIn()));
    return success();
  }

  llvm::StringRef intrinsic;
};

/// f64 to f16 or bf16 by way of f32, which is rounded to odd: so the second
/// rounding sees whether something was cut off.
struct NarrowDouble : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    Value value = op.getIn();
    Type to = getElementTypeOrSelf(op.getType());
    if (!getElementTypeOrSelf(value).isF64() || !(to.isF16() || to.isBF16()))
      return failure();
    Location loc = op.getLoc();
    Type wide = value.getType();
    Type single = withElement(wide, rewriter.getF32Type());
    Type integer = withElement(wide, rewriter.getI32Type());
    Value rounded = arith::TruncFOp::create(rewriter, loc, single, value);
    Value back = arith::ExtFOp::create(rewriter, loc, wide, rounded);
    auto compare = [&](arith::CmpFPredicate predicate, Value lhs, Value rhs) {
      Value holds = arith::CmpFOp::create(rewriter, loc, predicate, lhs, rhs);
      return arith::ExtUIOp::create(rewriter, loc, integer, holds);
    };
    Value grew = compare(arith::CmpFPredicate::OGT,
                         math::AbsFOp::create(rewriter, loc, back),
                         math::AbsFOp::create(rewriter, loc, value));
    Value differs = compare(arith::CmpFPredicate::ONE, back, value);
    Value bits = arith::BitcastOp::create(rewriter, loc, integer, rounded);
    bits = arith::SubIOp::create(rewriter, loc, bits, grew);
    bits = arith::OrIOp::create(rewriter, loc, bits, differs);
    Value odd = arith::BitcastOp::create(rewriter, loc, single, bits);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), odd);
    return success();
  }
};

/// bf16 to f64 by way of f32, which is exact.
struct WidenToDouble : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    Value value = op.getIn();
    if (!getElementTypeOrSelf(value).isBF16() ||
        !getElementTypeOrSelf(op.getType()).isF64())
      return failure();
    Type single = withElement(op.getType(), rewriter.getF32Type());
    Value middle = arith::ExtFOp::create(rewriter, op.getLoc(), single, value);
    rewriter.replaceOpWithNewOp<arith::ExtFOp>(op, op.getType(), middle);
    return success();
  }
};

/// Makes every bf16 an i16 of the same bits. LLVM would convert the operands of
/// its selects, masked loads and others to f32 and back, by a function of
/// compiler-rt. All arithmetic has been expanded: only moves are left.
void carryAsBits(ModuleOp kernels) {
  Type bits = IntegerType::get(kernels.getContext(), 16);
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](BFloat16Type) { return bits; });
  replacer.addReplacement([&](FloatAttr value) -> std::optional<Attribute> {
    if (!value.getType().isBF16())
      return std::nullopt;
    return IntegerAttr::get(bits, value.getValue().bitcastToAPInt());
  });
  replacer.addReplacement(
      [&](DenseElementsAttr value) -> std::optional<Attribute> {
        if (!value.getElementType().isBF16())
          return std::nullopt;
        return value.bitcast(bits);
      });
  replacer.recursivelyReplaceElementsIn(kernels, /*replaceAttrs=*/true,
                                        /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
  kernels.walk([](arith::BitcastOp op) {
    if (op.getIn().getType() != op.getType())
      return;
    op.replaceAllUsesWith(op.getIn());
    op.erase();
  });
}

} // namespace

LogicalResult expandConversions(ModuleOp kernels) {
  MLIRContext *context = kernels.getContext();
  RewritePatternSet patterns(context);
  patterns.add<NarrowDouble, WidenToDouble>(context);
  if (failed(applyPatternsGreedily(kernels, std::move(patterns))))
    return failure();

  arith::ArithEmulateUnsupportedFloatsOptions options;
  options.sourceTypeStrs = {"bf16"};
  options.targetTypeStr = "f32";
  PassManager emulation(context);
  emulation.addPass(arith::createArithEmulateUnsupportedFloats(options));
  if (failed(emulation.run(kernels)))
    return failure();

  RewritePatternSet last(context);
  arith::populateExpandBFloat16Patterns(last);
  last.add<Saturate<arith::FPToSIOp>>(context, "llvm.fptosi.sat");
  last.add<Saturate<arith::FPToUIOp>>(context, "llvm.fptoui.sat");
  if (failed(applyPatternsGreedily(kernels, std::move(last))))
    return failure();
  carryAsBits(kernels);
  return success();
}

} // namespace sinter::cpu
