#ifndef GANGLION_CKERNELS_PADDING_H
#define GANGLION_CKERNELS_PADDING_H
#include <stdint.h>

/// How a map goes on beyond its border: with zeros, from its opposite side, mirrored at its outermost pixels, or with these
/// repeated.
enum { CK_ZERO, CK_PERIODIC, CK_REFLECT, CK_REPEAT };

/// The pixel, of n along an axis, that stands at place i, no more than `reach` beyond the border; −1 for none.
static inline int64_t ck_place(int padding, int64_t i, int64_t n, int64_t reach) {
    if (i >= 0 && i < n) return i;
    if (padding == CK_ZERO || i < -reach || i >= n + reach) return -1;
    if (padding == CK_REPEAT) return i < 0 ? 0 : n - 1;
    if (n == 1) return 0;
    const int64_t period = padding == CK_PERIODIC ? n : 2 * (n - 1), place = (i % period + period) % period;
    return place < n ? place : period - place;
}
#endif
