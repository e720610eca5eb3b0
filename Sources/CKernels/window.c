#include "ckernels_window.h"

#include <string.h>

#include "clones.h"

typedef struct {
    int64_t top, left, first_row, last_row, first_column, last_column;
} place;

/// Where the window lies at one of its places, and which of its rows and columns are inside the image.
CK_INLINE place at(const ck_window *w, int64_t index) {
    place p;
    p.top = index / w->out_width * w->stride - w->pad_rows;
    p.left = index % w->out_width * w->stride - w->pad_columns;
    p.first_row = p.top < 0 ? -p.top : 0;
    p.first_column = p.left < 0 ? -p.left : 0;
    p.last_row = w->height - p.top < w->kernel_height ? w->height - p.top : w->kernel_height;
    p.last_column = w->width - p.left < w->kernel_width ? w->width - p.left : w->kernel_width;
    return p;
}

void ck_window_gather(
    const float *image, const ck_window *window, int64_t first, int64_t count, float *out, int64_t line) {
    const ck_window w = *window;
    const size_t pixel = (size_t)w.channels * sizeof(float), row = (size_t)w.kernel_width * pixel;
    for (int64_t index = first; index < first + count; index++, out += line) {
        const place p = at(&w, index);
        float *patches = out;
        for (int64_t i = 0; i < w.kernel_height; i++, patches += w.kernel_width * w.channels) {
            if (i < p.first_row || i >= p.last_row || p.first_column >= p.last_column) {
                memset(patches, 0, row);
                continue;
            }
            // Pixels side by side are one piece of memory.
            const float *source = image + ((p.top + i) * w.width + p.left + p.first_column) * w.channels;
            float *target = patches + p.first_column * w.channels;
            const size_t bytes = (size_t)(p.last_column - p.first_column) * pixel;
            if (bytes == row) {
                memcpy(patches, source, row);
                continue;
            }
            memset(patches, 0, (size_t)p.first_column * pixel);
            memcpy(target, source, bytes);
            memset(patches + p.last_column * w.channels, 0, (size_t)(w.kernel_width - p.last_column) * pixel);
        }
    }
}

CK_KERNEL(
    void, ck_window_finish,
    (const float *restrict sums, const float *restrict bias, int rectifies, float *restrict y, int64_t line,
     int64_t rows, int64_t k),
    (sums, bias, rectifies, y, line, rows, k)) {
    for (int64_t r = 0; r < rows; r++, sums += k, y += line) {
        if (!bias) memcpy(y, sums, (size_t)k * sizeof(float));
        else if (rectifies)
            for (int64_t i = 0; i < k; i++) {
                const float v = sums[i] + bias[i];
                y[i] = v > 0 ? v : 0;
            }
        else
            for (int64_t i = 0; i < k; i++) y[i] = sums[i] + bias[i];
    }
}

CK_INLINE void pool(
    int is_mean, const float *restrict image, const ck_window *window, int64_t first, int64_t count,
    float *restrict out, int64_t line) {
    const ck_window w = *window;
    for (int64_t index = first; index < first + count; index++, out += line) {
        const place p = at(&w, index);
        int64_t seen = 0;
        for (int64_t i = p.first_row; i < p.last_row; i++)
            for (int64_t j = p.first_column; j < p.last_column; j++, seen++) {
                const float *restrict x = image + ((p.top + i) * w.width + p.left + j) * w.channels;
                if (seen == 0) memcpy(out, x, (size_t)w.channels * sizeof(float));
                else if (is_mean)
                    for (int64_t c = 0; c < w.channels; c++) out[c] += x[c];
                else
                    for (int64_t c = 0; c < w.channels; c++) out[c] = x[c] > out[c] ? x[c] : out[c];
            }
        if (is_mean)
            for (int64_t c = 0; c < w.channels; c++) out[c] /= (float)seen;
    }
}

CK_KERNEL(
    void, ck_window_maximum,
    (const float *image, const ck_window *window, int64_t first, int64_t count, float *out, int64_t line),
    (image, window, first, count, out, line)) {
    pool(0, image, window, first, count, out, line);
}

CK_KERNEL(
    void, ck_window_mean,
    (const float *image, const ck_window *window, int64_t first, int64_t count, float *out, int64_t line),
    (image, window, first, count, out, line)) {
    pool(1, image, window, first, count, out, line);
}
