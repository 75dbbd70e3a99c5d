// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What every generated CUDA kernel includes: element types and the scalar
// operations of stages. It is compiled by NVRTC and uses no other header.
#pragma once

#define SINTER_DEVICE static __device__ __forceinline__

/// How many blocks a multiprocessor shall hold at once. Where that takes more
/// registers than there are, a kernel is compiled anew, without the wish.
#ifdef SINTER_ANY_BLOCKS
#define SINTER_BLOCKS(count) 1
#else
#define SINTER_BLOCKS(count) count
#endif

typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

//===- Kernels that overlap -----------------------------------------------===//

/// Waits until all kernels before this one are done, and sees what they wrote.
/// Each thread calls it before it touches memory of buffers, and in any case.
SINTER_DEVICE void waitForEarlier() {
  asm volatile("griddepcontrol.wait;" ::: "memory");
}

/// The kernel after this one may begin, up to its own waitForEarlier. Once all
/// blocks have called it: by then they are on multiprocessors, and what is next
/// takes no room from them.
SINTER_DEVICE void launchLater() {
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
}

//===- Half precision -----------------------------------------------------===//

/// Rounded to odd, so that a second rounding sees whether something was cut
/// off.
SINTER_DEVICE float toOdd(double x) {
  float rounded = __double2float_rn(x);
  double back = rounded;
  bool grew = fabs(back) > fabs(x);
  bool differs = back != x && x == x;
  return __uint_as_float((__float_as_uint(rounded) - grew) | differs);
}

struct f16 {
  u16 bits;
  f16() = default;
  __device__ explicit f16(float x) {
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  }
  __device__ explicit f16(double x) : f16(toOdd(x)) {}
  __device__ operator float() const {
    float x;
    asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
    return x;
  }
};

struct bf16 {
  u16 bits;
  bf16() = default;
  __device__ explicit bf16(float x) {
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  }
  __device__ explicit bf16(double x) : bf16(toOdd(x)) {}
  __device__ operator float() const { return __uint_as_float(u32(bits) << 16); }
};

#define SINTER_HALF(type)                                                      \
  SINTER_HALF_BINARY(type, operator+, "add.rn." #type)                         \
  SINTER_HALF_BINARY(type, operator-, "sub.rn." #type)                         \
  SINTER_HALF_BINARY(type, operator*, "mul.rn." #type)                         \
  SINTER_HALF_BINARY(type, minimum, "min.NaN." #type)                          \
  SINTER_HALF_BINARY(type, maximum, "max.NaN." #type)                          \
  SINTER_HALF_UNARY(type, operator-, "neg." #type)                             \
  SINTER_HALF_UNARY(type, fabs, "abs." #type)
#define SINTER_HALF_BINARY(type, name, instruction)                            \
  SINTER_DEVICE type name(type a, type b) {                                    \
    type x;                                                                    \
    asm(instruction " %0, %1, %2;" : "=h"(x.bits) : "h"(a.bits), "h"(b.bits)); \
    return x;                                                                  \
  }
#define SINTER_HALF_UNARY(type, name, instruction)                             \
  SINTER_DEVICE type name(type a) {                                            \
    type x;                                                                    \
    asm(instruction " %0, %1;" : "=h"(x.bits) : "h"(a.bits));                  \
    return x;                                                                  \
  }
SINTER_HALF(f16)
SINTER_HALF(bf16)

//===- Scalar operations --------------------------------------------------===//

template <typename T> struct UnsignedOf;
template <> struct UnsignedOf<bool> {
  using type = bool;
};
template <> struct UnsignedOf<i8> {
  using type = u8;
};
template <> struct UnsignedOf<i16> {
  using type = u16;
};
template <> struct UnsignedOf<i32> {
  using type = u32;
};
template <> struct UnsignedOf<i64> {
  using type = u64;
};
template <typename T> using Unsigned = typename UnsignedOf<T>::type;

// Integers wrap around.
template <typename T> SINTER_DEVICE T addInt(T a, T b) {
  return T(u64(a) + u64(b));
}
template <typename T> SINTER_DEVICE T subInt(T a, T b) {
  return T(u64(a) - u64(b));
}
template <typename T> SINTER_DEVICE T mulInt(T a, T b) {
  return T(u64(a) * u64(b));
}
SINTER_DEVICE i32 addInt(i32 a, i32 b) { return i32(u32(a) + u32(b)); }
SINTER_DEVICE i32 subInt(i32 a, i32 b) { return i32(u32(a) - u32(b)); }
SINTER_DEVICE i32 mulInt(i32 a, i32 b) { return i32(u32(a) * u32(b)); }

SINTER_DEVICE double minimum(double a, double b) {
  bool isBelow = a < b || (a == b && __double_as_longlong(a) < 0);
  return a != a ? a : b != b ? b : isBelow ? a : b;
}
SINTER_DEVICE double maximum(double a, double b) {
  bool isBelow = a < b || (a == b && __double_as_longlong(a) < 0);
  return a != a ? a : b != b ? b : isBelow ? b : a;
}
SINTER_DEVICE float minimum(float a, float b) {
  float x;
  asm("min.NaN.f32 %0, %1, %2;" : "=f"(x) : "f"(a), "f"(b));
  return x;
}
SINTER_DEVICE float maximum(float a, float b) {
  float x;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(x) : "f"(a), "f"(b));
  return x;
}
/// Saturates; NaN is 0.
template <typename To> SINTER_DEVICE To toSigned(double x) {
  const double limit = double(u64(1) << (sizeof(To) * 8 - 1));
  const To highest = To(Unsigned<To>(-1) >> 1);
  return x != x        ? To(0)
         : x >= limit  ? highest
         : x <= -limit ? To(-highest - 1)
                       : To(i64(x));
}
template <typename To> SINTER_DEVICE To toUnsigned(double x) {
  const double limit = 2.0 * double(u64(1) << (sizeof(To) * 8 - 1));
  return !(x > 0) ? To(0) : x >= limit ? To(-1) : To(u64(x));
}
template <> __device__ __forceinline__ bool toUnsigned<bool>(double x) {
  return x >= 1;
}

template <typename To, typename From> SINTER_DEVICE To bitCast(From x) {
  return __builtin_bit_cast(To, x);
}

// Kernels that give 16 bits may define SINTER_FAST_QUOTIENTS: quotients of
// floats are off by up to two units in the last place, and 0 below 2^-126.
template <typename T> SINTER_DEVICE T divide(T a, T b) { return a / b; }
#ifdef SINTER_FAST_QUOTIENTS
SINTER_DEVICE float divide(float a, float b) {
  float q;
  asm("div.full.ftz.f32 %0, %1, %2;" : "=f"(q) : "f"(a), "f"(b));
  return q;
}
#endif

/// Divisions that round towards minus infinity.
template <typename T> SINTER_DEVICE T floorDiv(T a, T b) {
  T q = a / b;
  return q - (a % b != 0 && (a < 0) != (b < 0));
}
template <typename T> SINTER_DEVICE T floorMod(T a, T b) {
  return a - floorDiv(a, b) * b;
}

//===- Memory -------------------------------------------------------------===//

/// Neighbours in memory that are read or written at once.
template <typename T, int N> struct alignas(sizeof(T) * N) Pack {
  T at[N];
};
template <int N, typename T> SINTER_DEVICE Pack<T, N> readPack(const T *from) {
  return *reinterpret_cast<const Pack<T, N> *>(from);
}
template <typename T, int N>
SINTER_DEVICE void writePack(T *to, Pack<T, N> pack) {
  *reinterpret_cast<Pack<T, N> *>(to) = pack;
}

//===- Folds by several threads -------------------------------------------===//

template <int Size> struct BitsOf;
template <> struct BitsOf<1> {
  using type = u8;
};
template <> struct BitsOf<2> {
  using type = u16;
};
template <> struct BitsOf<4> {
  using type = u32;
};
template <> struct BitsOf<8> {
  using type = u64;
};

template <typename T> SINTER_DEVICE T exchange(T x, int mask) {
  using Bits = typename BitsOf<sizeof(T)>::type;
  if constexpr (sizeof(T) == 8)
    return bitCast<T>(u64(__shfl_xor_sync(~0u, bitCast<u64>(x), mask)));
  else
    return bitCast<T>(Bits(__shfl_xor_sync(~0u, u32(bitCast<Bits>(x)), mask)));
}

/// Combines what `Threads` neighbours of a warp have; all of them get the
/// result.
template <int Threads = 32, typename T, typename Combine>
SINTER_DEVICE T foldWarp(T x, Combine combine) {
  for (int mask = Threads / 2; mask != 0; mask /= 2)
    x = combine(x, exchange(x, mask));
  return x;
}

/// The same for a block of `Threads`, a multiple of 32 that is no warp.
template <int Threads, typename T, typename Combine>
SINTER_DEVICE T foldBlock(T x, T neutral, Combine combine) {
  __shared__ T parts[32];
  x = foldWarp(x, combine);
  __syncthreads();
  if (threadIdx.x % 32 == 0)
    parts[threadIdx.x / 32] = x;
  __syncthreads();
  x = threadIdx.x % 32 < Threads / 32 ? parts[threadIdx.x % 32] : neutral;
  return foldWarp(x, combine);
}
