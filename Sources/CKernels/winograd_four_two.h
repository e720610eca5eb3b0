#ifndef GANGLION_CKERNELS_WINOGRAD_FOUR_TWO_H
#define GANGLION_CKERNELS_WINOGRAD_FOUR_TWO_H
#include "vectors.h"

// F(4, 2), the points 0, 1, −1, 2, ∞, along one axis: four outputs of a convolution with two taps take five products.
// The taps a, b become a/2, −(a + b)/2, (b − a)/6, a/6 + b/3, b. Strides are in vectors.

/// Five pixels to five frequencies.
CK_INLINE void four_two_input(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    o[0] = FUSED(2.0f, d[0] - d[2 * ds], -d[ds]) + d[3 * ds];
    o[os] = FUSED(-2.0f, d[ds], d[3 * ds] - d[2 * ds]);
    o[2 * os] = FUSED(2.0f, d[ds], -3 * d[2 * ds]) + d[3 * ds];
    o[3 * os] = d[3 * ds] - d[ds];
    o[4 * os] = FUSED(2.0f, d[ds] - d[3 * ds], -d[2 * ds]) + d[4 * ds];
}

/// Five frequencies to four pixels.
CK_INLINE void four_two_output(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    ck_v16 sum = d[ds] + d[2 * ds], difference = d[ds] - d[2 * ds];
    o[0] = d[0] + sum + d[3 * ds];
    o[os] = FUSED(2.0f, d[3 * ds], difference);
    o[2 * os] = FUSED(4.0f, d[3 * ds], sum);
    o[3 * os] = FUSED(8.0f, d[3 * ds], difference) + d[4 * ds];
}

/// The adjoint of `four_two_output`.
CK_INLINE void four_two_output_gradient(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    ck_v16 even = d[0] + d[2 * ds], odd = d[ds] + d[3 * ds];
    o[0] = d[0];
    o[os] = even + odd;
    o[2 * os] = even - odd;
    o[3 * os] = FUSED(8.0f, d[3 * ds], FUSED(4.0f, d[2 * ds], FUSED(2.0f, d[ds], d[0])));
    o[4 * os] = d[3 * ds];
}

/// The adjoint of `four_two_input`.
CK_INLINE void four_two_input_gradient(const ck_v16 *d, int ds, ck_v16 *o, int os) {
    o[0] = 2 * d[0];
    o[os] = FUSED(2.0f, d[2 * ds] + d[4 * ds] - d[ds], -d[0]) - d[3 * ds];
    o[2 * os] = FUSED(-3.0f, d[2 * ds], FUSED(-2.0f, d[0], -d[ds])) - d[4 * ds];
    o[3 * os] = FUSED(-2.0f, d[4 * ds], d[0] + d[ds] + d[2 * ds] + d[3 * ds]);
    o[4 * os] = d[4 * ds];
}
#endif
