// RUN: sinter-opt %s --mlir-disable-threading --emit-cuda | FileCheck %s

// All ops of bodies, of all types. Integers wrap around; half precision is rounded after each op.
#map = affine_map<(d0) -> (d0)>

// CHECK-LABEL: // body
func.func @body(%a: tensor<16xi32>, %b: tensor<16xi8>, %c: tensor<16xf16>, %d: tensor<16xbf16>, %e: tensor<16xf64>, %f: tensor<16xi1>, %t: tensor<4xi64>) -> tensor<16xi64, #graph.type<[16]>> {
  %0 = kernel.stage extents [#graph.dim<16>] maps [#map, #map, #map, #map, #map, #map] fills [unit, unit, unit, unit, unit, unit] ins(%a, %b, %c, %d, %e, %f : tensor<16xi32>, tensor<16xi8>, tensor<16xf16>, tensor<16xbf16>, tensor<16xf64>, tensor<16xi1>) tables(%t : tensor<4xi64>) -> tensor<16xi64, #graph.type<[16]>> {
  ^bb0(%x: i32, %y: i8, %h: f16, %q: bf16, %w: f64, %p: i1):
    %i = kernel.index 0
    %c3 = arith.constant 3 : index
    %low = arith.minsi %i, %c3 : index
    // CHECK: b6[
    %l = kernel.load 0 [%low] : i64
    // CHECK: addInt(
    %0 = arith.addi %x, %x : i32
    %1 = arith.muli %0, %x : i32
    %c5 = arith.constant -5 : i32
    %2 = arith.subi %1, %c5 : i32
    // CHECK: i32(Unsigned<i32>({{.*}}) / Unsigned<i32>(
    %3 = arith.divui %2, %c5 : i32
    %4 = arith.divsi %3, %c5 : i32
    %5 = arith.remsi %4, %c5 : i32
    %6 = arith.remui %5, %c5 : i32
    %7 = arith.andi %6, %x : i32
    %8 = arith.ori %7, %x : i32
    %9 = arith.xori %8, %x : i32
    %10 = arith.shli %9, %x : i32
    %11 = arith.shrui %10, %x : i32
    %12 = arith.shrsi %11, %x : i32
    %13 = arith.minsi %12, %x : i32
    %14 = arith.maxsi %13, %x : i32
    %15 = arith.minui %14, %x : i32
    %16 = arith.maxui %15, %x : i32
    %17 = arith.cmpi ult, %16, %x : i32
    %18 = arith.cmpi sge, %16, %x : i32
    %19 = arith.andi %17, %18 : i1
    %20 = arith.xori %19, %p : i1
    %21 = arith.extsi %y : i8 to i32
    %22 = arith.extui %y : i8 to i32
    %23 = arith.trunci %22 : i32 to i8
    %24 = arith.extsi %20 : i1 to i32
    // CHECK: const f16 [[S:v[0-9]+]] = v2 + v2;
    // CHECK: const f16 {{v[0-9]+}} = [[S]] * v2;
    %25 = arith.addf %h, %h : f16
    %26 = arith.mulf %25, %h : f16
    %27 = arith.maximumf %26, %h : f16
    %28 = arith.negf %27 : f16
    %29 = math.absf %28 : f16
    %30 = arith.divf %q, %q : bf16
    %inf = arith.constant 0x7F80 : bf16
    %31 = arith.minimumf %30, %inf : bf16
    %32 = arith.extf %31 : bf16 to f32
    %33 = arith.truncf %32 : f32 to f16
    %34 = arith.truncf %w : f64 to bf16
    %35 = arith.subf %32, %32 : f32
    // CHECK: fma(
    %36 = arith.mulf %35, %32 : f32
    %37 = arith.subf %36, %35 : f32
    %38 = kernel.math pow(%37, %32) : f32
    %39 = arith.cmpf une, %38, %32 : f32
    %40 = arith.cmpf ugt, %38, %32 : f32
    %41 = arith.cmpf ord, %38, %32 : f32
    %42 = arith.select %39, %40, %41 : i1
    %43 = arith.fptosi %38 : f32 to i8
    %44 = arith.fptoui %w : f64 to i64
    %45 = arith.fptoui %38 : f32 to i1
    %46 = arith.sitofp %44 : i64 to f16
    %47 = arith.uitofp %44 : i64 to f64
    %48 = arith.bitcast %38 : f32 to i32
    %49 = arith.index_cast %44 : i64 to index
    %50 = arith.addi %49, %low : index
    %51 = arith.index_cast %50 : index to i64
    // CHECK: if (
    // CHECK: } else {
    %52 = scf.if %42 -> i64 {
      %60 = arith.addi %51, %l : i64
      scf.yield %60 : i64
    } else {
      %61 = arith.extsi %48 : i32 to i64
      %62 = arith.extsi %24 : i32 to i64
      %63 = arith.addi %61, %62 : i64
      scf.yield %63 : i64
    }
    %53 = arith.extf %46 : f16 to f64
    %54 = arith.maximumf %53, %47 : f64
    %55 = arith.extf %34 : bf16 to f64
    %56 = arith.minimumf %54, %55 : f64
    %57 = arith.extf %33 : f16 to f64
    %58 = arith.addf %56, %57 : f64
    %59 = arith.fptosi %58 : f64 to i64
    %64 = arith.addi %59, %52 : i64
    %65 = arith.extsi %43 : i8 to i64
    %66 = arith.extui %45 : i1 to i64
    %67 = arith.select %p, %65, %66 : i64
    %68 = arith.addi %64, %67 : i64
    %69 = arith.extsi %21 : i32 to i64
    %70 = arith.extsi %23 : i8 to i64
    %71 = arith.addi %69, %70 : i64
    %72 = arith.fptosi %29 : f16 to i64
    %73 = arith.addi %71, %72 : i64
    %74 = arith.addi %68, %73 : i64
    kernel.yield %74 : i64
  }
  return %0 : tensor<16xi64, #graph.type<[16]>>
}
