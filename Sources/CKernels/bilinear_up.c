#include "ckernels_bilinear_up.h"

#include <string.h>

#include "clones.h"

CK_INLINE int64_t bounded(int64_t i, int64_t count) { return i < 0 ? 0 : i < count ? i : count - 1; }

CK_KERNEL(
    void, ck_bilinear_up_rows,
    (const float *restrict x, float *restrict y, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last),
    (x, y, h, w, c, first, last)) {
    for (int64_t i = first; i < last; i++) {
        const float *near_row = x + i / 2 * w * c, *far_row = x + bounded(i / 2 + (i % 2 ? 1 : -1), h) * w * c;
        for (int64_t j = 0; j < 2 * w; j++) {
            const int64_t near = j / 2 * c, far = bounded(j / 2 + (j % 2 ? 1 : -1), w) * c;
            float *restrict out = y + (i * 2 * w + j) * c;
            for (int64_t k = 0; k < c; k++)
                out[k] = FUSED(
                    0.5625f, near_row[near + k],
                    FUSED(0.1875f, near_row[far + k] + far_row[near + k], 0.0625f * far_row[far + k]));
        }
    }
}

CK_KERNEL(
    void, ck_bilinear_up_adjoint_rows,
    (const float *restrict y, float *restrict x, int64_t h, int64_t w, int64_t c, int64_t first, int64_t last),
    (y, x, h, w, c, first, last)) {
    // A pixel is seen by the two that lie in it, and by the next on either side: at the border those lie in itself.
    const float share[4] = {0.25f, 0.75f, 0.75f, 0.25f};
    for (int64_t i = first; i < last; i++)
        for (int64_t j = 0; j < w; j++) {
            float *restrict out = x + (i * w + j) * c;
            memset(out, 0, (size_t)c * sizeof(float));
            for (int64_t r = 0; r < 4; r++)
                for (int64_t s = 0; s < 4; s++) {
                    const int64_t row = bounded(2 * i - 1 + r, 2 * h), column = bounded(2 * j - 1 + s, 2 * w);
                    const float *restrict pixel = y + (row * 2 * w + column) * c;
                    const float factor = share[r] * share[s];
                    for (int64_t k = 0; k < c; k++) out[k] = FUSED(factor, pixel[k], out[k]);
                }
        }
}
