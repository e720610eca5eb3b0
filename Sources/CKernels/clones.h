#ifndef GANGLION_CKERNELS_CLONES_H
#define GANGLION_CKERNELS_CLONES_H
#include "ckernels_level.h"

#define CK_INLINE static inline __attribute__((always_inline))

// One source, compiled for three generations of x86-64, of which the level set at start chooses when a kernel is called:
// one binary serves a cluster of mixed processors, and all its ranks can be held to what the oldest of them can do.
//
// CK_KERNEL(type, name, (parameters), (arguments)) { body }
#if defined(__x86_64__)
#define CK_KERNEL(type, name, parameters, arguments) \
    CK_INLINE type name##_body parameters; \
    __attribute__((target("arch=x86-64-v4"), min_vector_width(512))) static type name##_avx512 parameters { return name##_body arguments; } \
    __attribute__((target("arch=x86-64-v3"))) static type name##_avx2 parameters { return name##_body arguments; } \
    static type name##_sse2 parameters { return name##_body arguments; } \
    type name parameters { \
        switch (ck_level_in_use) { \
        case CK_AVX512: return name##_avx512 arguments; \
        case CK_AVX2: return name##_avx2 arguments; \
        default: return name##_sse2 arguments; \
        } \
    } \
    CK_INLINE type name##_body parameters
#else
#define CK_KERNEL(type, name, parameters, arguments) type name parameters
#endif

// The bits of a kernel are in its source, not left to a compiler, whose versions would choose otherwise: no product is
// fused with a sum but by this, and no sum is taken in an order that is not written down.

/// a · b + c, rounded once where the processor can (AVX2 and later), else twice. Of floats, doubles or vectors of them.
#define FUSED(a, b, c) \
    ({ \
        const __auto_type fused_a = (a); \
        const __auto_type fused_b = (b); \
        const __auto_type fused_c = (c); \
        ({ _Pragma("clang fp contract(on)") fused_a * fused_b + fused_c; }); \
    })

// Sixteen floats; the compiler splits them where registers are narrower. Loads and stores need no alignment.
typedef float ck_v16 __attribute__((vector_size(64), aligned(4)));
#endif
