#include "ckernels_predicted.h"

#include <string.h>

#include "clones.h"

CK_KERNEL(
    void, ck_predicted_rows,
    (const float *restrict x, const float *restrict kernels, float *restrict y, int64_t h, int64_t w, int64_t c,
     int64_t first, int64_t last),
    (x, kernels, y, h, w, c, first, last)) {
    for (int64_t i = first; i < last; i++)
        for (int64_t j = 0; j < w; j++) {
            const float *restrict own = kernels + (i * w + j) * c * 9;
            float *restrict out = y + (i * w + j) * c;
            memset(out, 0, (size_t)c * sizeof(float));
            for (int64_t t = 0; t < 9; t++) {
                const int64_t row = i + t / 3 - 1, column = j + t % 3 - 1;
                if (row < 0 || row >= h || column < 0 || column >= w) continue;
                const float *restrict pixel = x + (row * w + column) * c;
                for (int64_t k = 0; k < c; k++) out[k] = FUSED(own[9 * k + t], pixel[k], out[k]);
            }
        }
}

CK_KERNEL(
    void, ck_predicted_input_rows,
    (const float *restrict g, const float *restrict kernels, float *restrict gx, int64_t h, int64_t w, int64_t c,
     int64_t first, int64_t last),
    (g, kernels, gx, h, w, c, first, last)) {
    for (int64_t i = first; i < last; i++)
        for (int64_t j = 0; j < w; j++) {
            float *restrict out = gx + (i * w + j) * c;
            memset(out, 0, (size_t)c * sizeof(float));
            for (int64_t t = 0; t < 9; t++) {
                // The pixel whose tap t lies here.
                const int64_t row = i + 1 - t / 3, column = j + 1 - t % 3;
                if (row < 0 || row >= h || column < 0 || column >= w) continue;
                const float *restrict its = kernels + (row * w + column) * c * 9;
                const float *restrict gradient = g + (row * w + column) * c;
                for (int64_t k = 0; k < c; k++) out[k] = FUSED(its[9 * k + t], gradient[k], out[k]);
            }
        }
}

CK_KERNEL(
    void, ck_predicted_kernel_rows,
    (const float *restrict x, const float *restrict g, float *restrict gk, int64_t h, int64_t w, int64_t c,
     int64_t first, int64_t last),
    (x, g, gk, h, w, c, first, last)) {
    for (int64_t i = first; i < last; i++)
        for (int64_t j = 0; j < w; j++) {
            const float *restrict gradient = g + (i * w + j) * c;
            float *restrict own = gk + (i * w + j) * c * 9;
            for (int64_t t = 0; t < 9; t++) {
                const int64_t row = i + t / 3 - 1, column = j + t % 3 - 1;
                if (row < 0 || row >= h || column < 0 || column >= w) {
                    for (int64_t k = 0; k < c; k++) own[9 * k + t] = 0;
                    continue;
                }
                const float *restrict pixel = x + (row * w + column) * c;
                for (int64_t k = 0; k < c; k++) own[9 * k + t] = pixel[k] * gradient[k];
            }
        }
}
