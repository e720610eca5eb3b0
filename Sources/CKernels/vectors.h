#ifndef GANGLION_CKERNELS_VECTORS_H
#define GANGLION_CKERNELS_VECTORS_H
#include "ckernels_convolution.h"
#include "clones.h"

// Whether a vector is one register, of which there are 32.
#if defined(__x86_64__)
#define WIDE() (ck_level_in_use == CK_AVX512)
#else
#define WIDE() 0
#endif

// Sixteen channels, or as many of them as there are. A count that is not constant takes the vector apart, and with it
// keeps its neighbours out of registers: loops over channels are compiled twice, once for whole vectors alone.

#define LOAD(p) (*(const ck_v16 *)(p))
#define STORE(p, v) (*(ck_v16 *)(p) = (v))

CK_INLINE void load_channels(ck_v16 *v, const float *p, int count) {
    if (count >= 16) {
        *v = LOAD(p);
        return;
    }
    *v = (ck_v16){0};
    for (int i = 0; i < count; i++) (*v)[i] = p[i];
}

CK_INLINE void store_channels(float *p, const ck_v16 *v, int count) {
    if (count >= 16) {
        STORE(p, *v);
        return;
    }
    for (int i = 0; i < count; i++) p[i] = (*v)[i];
}

/// Stores v, or adds it to what is there.
CK_INLINE void put_channels(float *p, ck_v16 v, int count, int accumulate) {
    if (accumulate) {
        ck_v16 before;
        load_channels(&before, p, count);
        v += before;
    }
    store_channels(p, &v, count);
}

typedef int ck_i16 __attribute__((vector_size(64), aligned(4)));

#define CHOOSE(condition, a, b) ((ck_v16)(((condition) & (ck_i16)(a)) | (~(condition) & (ck_i16)(b))))

/// Of a 16×16 block: dealing the upper half's rows and the lower half's into each other turns an element's eight bits
/// of position, row before column, by one; four times exchanges row and column.
CK_INLINE void transpose(ck_v16 *v) {
#pragma clang loop unroll(full)
    for (int turn = 0; turn < 4; turn++) {
        ck_v16 next[16];
#pragma clang loop unroll(full)
        for (int i = 0; i < 8; i++) {
            next[2 * i] = __builtin_shufflevector(
                v[i], v[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            next[2 * i + 1] = __builtin_shufflevector(
                v[i], v[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < 16; i++) v[i] = next[i];
    }
}

/// 16×16 values with rows `line` apart to rows 16 apart, exchanged; missing ones are zero.
CK_INLINE void transposed(const float *w, size_t line, int rows, int columns, float *out) {
    if (rows == 16 && columns == 16) {
        ck_v16 v[16];
#pragma clang loop unroll(full)
        for (int c = 0; c < 16; c++) v[c] = LOAD(w + c * line);
        transpose(v);
#pragma clang loop unroll(full)
        for (int k = 0; k < 16; k++) STORE(out + k * 16, v[k]);
        return;
    }
    for (int c = 0; c < 16; c++)
        for (int k = 0; k < 16; k++) out[k * 16 + c] = c < rows && k < columns ? w[c * line + k] : 0;
}

/// The terms of an epilogue for sixteen channels.
typedef struct {
    ck_v16 scale, bias;
} ck_terms16;

CK_INLINE void load_terms(ck_terms16 *t, const ck_epilogue_terms *terms, int first, int count) {
    *t = (ck_terms16){(ck_v16){0} + 1, (ck_v16){0}};
    if (terms->scale) load_channels(&t->scale, terms->scale + first, count);
    if (terms->bias) load_channels(&t->bias, terms->bias + first, count);
}

/// Applies the terms to sixteen channels of one pixel.
CK_INLINE void finish(ck_v16 *y, const ck_epilogue_terms *terms, const ck_terms16 *t, ptrdiff_t position) {
    const ck_activation a = terms->activation;
    const float shift = terms->noise ? terms->noise[position] * terms->strength : 0;
    const ck_v16 x = FUSED(*y, t->scale, shift + t->bias);
    ck_v16 v = CHOOSE(x > 0, x, a.slope * x) * a.gain;
    if (a.clamp >= 0) {
        const ck_v16 bound = (ck_v16){0} + a.clamp;
        v = CHOOSE(v < -bound, -bound, v);
        v = CHOOSE(v > bound, bound, v);
    }
    *y = v;
}
#endif
