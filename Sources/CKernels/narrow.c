#include "ckernels_narrow.h"

#include "clones.h"

CK_INLINE void gather(
    int64_t n, const float *image, int64_t h, int64_t w, int64_t first, int64_t last, float *patches) {
    for (int64_t j = first; j < last; j++)
        for (int64_t q = 0; q < w; q++, patches += 9 * n) {
            // Of three pixels side by side those that there are.
            const int64_t skipped = q == 0 ? n : 0, end = q + 1 == w ? 2 * n : 3 * n;
            for (int64_t t = 0; t < 3; t++) {
                float *o = patches + t * 3 * n;
                const int64_t row = j + t - 1;
                const float *p = image + (row * w + q - 1) * n;
                if (row < 0 || row >= h)
                    for (int64_t i = 0; i < 3 * n; i++) o[i] = 0;
                else if (skipped == 0 && end == 3 * n)
                    for (int64_t i = 0; i < 3 * n; i++) o[i] = p[i];
                else
                    for (int64_t i = 0; i < 3 * n; i++) o[i] = i >= skipped && i < end ? p[i] : 0;
            }
        }
}

CK_KERNEL(
    void, ck_narrow_gather,
    (const float *image, int64_t h, int64_t w, int64_t n, int64_t first, int64_t last, float *patches),
    (image, h, w, n, first, last, patches)) {
    switch (n) {
    case 1: gather(1, image, h, w, first, last, patches); break;
    case 3: gather(3, image, h, w, first, last, patches); break;
    default: gather(n, image, h, w, first, last, patches);
    }
}

CK_INLINE void scatter(
    int64_t n, const float *patches, int64_t h, int64_t w, int64_t first, int64_t last, float *image) {
    const int64_t start = first > 0 ? first - 1 : 0, line = w * 9 * n;
    for (int64_t j = first; j < last; j++)
        for (int64_t q = 0; q < w; q++)
            for (int64_t i = 0; i < n; i++) {
                float sum = 0;
                // Neighbours in the order of reading; this pixel is at the opposite tap of each.
                for (int64_t t = 0; t < 3; t++) {
                    const int64_t row = j + t - 1;
                    if (row < 0 || row >= h) continue;
                    const float *p = patches + (row - start) * line + (q - 1) * 9 * n + (2 - t) * 3 * n + i;
                    if (q > 0) sum += p[2 * n];
                    sum += p[9 * n + n];
                    if (q + 1 < w) sum += p[18 * n];
                }
                image[(j * w + q) * n + i] = sum;
            }
}

CK_KERNEL(
    void, ck_narrow_scatter,
    (const float *patches, int64_t h, int64_t w, int64_t n, int64_t first, int64_t last, float *image),
    (patches, h, w, n, first, last, image)) {
    switch (n) {
    case 1: scatter(1, patches, h, w, first, last, image); break;
    case 3: scatter(3, patches, h, w, first, last, image); break;
    default: scatter(n, patches, h, w, first, last, image);
    }
}
