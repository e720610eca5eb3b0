#include "ckernels_window_adjoint.h"

#include <string.h>

#include "clones.h"

CK_KERNEL(
    void, ck_window_scatter,
    (const float *restrict patches, const ck_window *window, int64_t out_height, int64_t line, int64_t first,
     int64_t last, float *restrict image),
    (patches, window, out_height, line, first, last, image)) {
    const ck_window w = *window;
    memset(image + first * w.width * w.channels, 0, (size_t)((last - first) * w.width * w.channels) * sizeof(float));
    for (int64_t row = first; row < last; row++)
        for (int64_t i = 0; i < w.kernel_height; i++) {
            const int64_t top = row + w.pad_rows - i, place = top / w.stride;
            if (top < 0 || top % w.stride != 0 || place >= out_height) continue;
            for (int64_t q = 0; q < w.out_width; q++) {
                const int64_t left = q * w.stride - w.pad_columns;
                const int64_t from = left < 0 ? -left : 0;
                const int64_t to = w.width - left < w.kernel_width ? w.width - left : w.kernel_width;
                // Pixels side by side are one piece of memory.
                const int64_t count = (to - from) * w.channels;
                const float *restrict held =
                    patches + (place * w.out_width + q) * line + (i * w.kernel_width + from) * w.channels;
                float *restrict pixels = image + (row * w.width + left + from) * w.channels;
                for (int64_t c = 0; c < count; c++) pixels[c] += held[c];
            }
        }
}
