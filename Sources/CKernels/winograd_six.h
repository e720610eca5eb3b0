#ifndef GANGLION_CKERNELS_WINOGRAD_SIX_H
#define GANGLION_CKERNELS_WINOGRAD_SIX_H
#include "vectors.h"

// What Winograd's transforms of six points, 0, ±1, ±2, ∞, make of pixels, whether for four outputs of a convolution with
// three taps or for three of one with four.

/// o = Bᵀ d, along one axis: six values to six.
CK_INLINE void six_input(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    ck_v16 even1 = FUSED(4.0f, -d[2 * ds], d[4 * ds]), odd1 = FUSED(4.0f, -d[ds], d[3 * ds]);
    ck_v16 even2 = d[4 * ds] - d[2 * ds], odd2 = d[3 * ds] - d[ds];
    o[0] = FUSED(4.0f, d[0], -5 * d[2 * ds]) + d[4 * ds];
    o[os] = even1 + odd1;
    o[2 * os] = even1 - odd1;
    o[3 * os] = FUSED(2.0f, odd2, even2);
    o[4 * os] = FUSED(2.0f, -odd2, even2);
    o[5 * os] = FUSED(4.0f, d[ds], -5 * d[3 * ds]) + d[5 * ds];
}

/// o = B d, along one axis: the adjoint of `six_input`.
CK_INLINE void six_input_gradient(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    ck_v16 sum1 = d[ds] + d[2 * ds], difference1 = d[ds] - d[2 * ds];
    ck_v16 sum2 = d[3 * ds] + d[4 * ds], difference2 = d[3 * ds] - d[4 * ds];
    o[0] = 4 * d[0];
    o[os] = FUSED(4.0f, d[5 * ds] - difference1, -2 * difference2);
    o[2 * os] = FUSED(-5.0f, d[0], FUSED(-4.0f, sum1, -sum2));
    o[3 * os] = FUSED(-5.0f, d[5 * ds], FUSED(2.0f, difference2, difference1));
    o[4 * os] = d[0] + sum1 + sum2;
    o[5 * os] = d[5 * ds];
}
#endif
