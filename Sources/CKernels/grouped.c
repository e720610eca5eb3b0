#include "ckernels_grouped.h"

#include "vectors.h"

// A group's pixels lie on pages of their own where channels are many: whoever brings them together asks memory for those
// to come.
static const int64_t ahead = 4;

/// How a group lies once it is brought together.
typedef struct {
    /// Floats from a pixel to the next and from a row to the next.
    int64_t pixel, line;
    /// Fours of pixels in a row, of which the last may end beyond the image.
    int64_t quads;
} place;

CK_INLINE place place_of(const ck_grouped *s) {
    const int64_t quads = (s->w + 3) / 4, pixel = (s->n + 3) / 4 * 4;
    return (place){pixel, (4 * quads + 2) * pixel, quads};
}

int64_t ck_grouped_gathered(const ck_grouped *strip) { return (strip->rows + 2) * place_of(strip).line; }

CK_INLINE void clear(int64_t pixel, float *out, int64_t pixels) {
    for (int64_t q = 0; q < pixels; q++, out += pixel)
        for (int64_t i = 0; i < pixel; i++) out[i] = 0;
}

CK_INLINE void gather(
    int64_t n, int64_t pixel, const float *image, const ck_grouped *s, int64_t channel, int64_t groups, float *out) {
    const place at = place_of(s);
    const int64_t size = (s->rows + 2) * at.line, width = 4 * at.quads + 2;
    for (int64_t r = 0; r < s->rows + 2; r++, out += at.line) {
        const int64_t row = s->first + r - 1;
        const int is_inside = row >= 0 && row < s->h;
        for (int64_t g = 0; g < groups; g++) {
            clear(pixel, out + g * size, is_inside ? 1 : width);
            if (is_inside) clear(pixel, out + g * size + (s->w + 1) * pixel, width - s->w - 1);
        }
        if (!is_inside) continue;
        // All groups of a pixel lie side by side.
        const float *p = image + row * s->w * s->c + channel;
        for (int64_t q = 1; q <= s->w; q++, p += s->c)
            for (int64_t g = 0; g < groups; g++) {
                float *o = out + g * size + q * pixel;
                __builtin_prefetch(p + ahead * s->c + g * n);
                for (int64_t i = 0; i < n; i++) o[i] = p[g * n + i];
                for (int64_t i = n; i < pixel; i++) o[i] = 0;
            }
    }
}

CK_KERNEL(
    void, ck_grouped_gather,
    (const float *image, const ck_grouped *strip, int64_t channel, int64_t groups, float *out),
    (image, strip, channel, groups, out)) {
    if (strip->n == 16) gather(16, 16, image, strip, channel, groups, out);
    else gather(strip->n, place_of(strip).pixel, image, strip, channel, groups, out);
}

CK_KERNEL(
    void, ck_grouped_gather_gradients,
    (const float *image, const ck_grouped *strip, int64_t channel, float *out),
    (image, strip, channel, out)) {
    const int64_t pixels = strip->rows * strip->w;
    for (int64_t o = 0; o < strip->n; o += 16, out += pixels * 16) {
        const float *p = image + strip->first * strip->w * strip->c + channel + o;
        const int count = strip->n - o < 16 ? (int)(strip->n - o) : 16;
        for (int64_t i = 0; i < pixels; i++, p += strip->c) {
            ck_v16 v;
            __builtin_prefetch(p + ahead * strip->c);
            load_channels(&v, p, count);
            STORE(out + i * 16, v);
        }
    }
}

CK_KERNEL(
    void, ck_grouped_weights,
    (const float *w, int64_t c, int64_t n, int64_t channel, int adjoint, float *out),
    (w, c, n, channel, adjoint, out)) {
    for (int64_t o = 0; o < n; o += 16)
        for (int64_t t = 0; t < 9; t++, out += n * 16) {
            const int count = n - o < 16 ? (int)(n - o) : 16;
            if (!adjoint) {
                for (int64_t i = 0; i < n; i++) {
                    ck_v16 v;
                    load_channels(&v, w + (t * n + i) * c + channel + o, count);
                    STORE(out + i * 16, v);
                }
            } else if (n == 16) {
                ck_v16 v[16];
#pragma clang loop unroll(full)
                for (int i = 0; i < 16; i++) v[i] = LOAD(w + ((8 - t) * 16 + i) * c + channel);
                transpose(v);
#pragma clang loop unroll(full)
                for (int i = 0; i < 16; i++) STORE(out + i * 16, v[i]);
            } else {
                for (int64_t i = 0; i < n; i++)
                    for (int64_t k = 0; k < 16; k++)
                        out[i * 16 + k] = k < count ? w[((8 - t) * n + o + k) * c + channel + i] : 0;
            }
        }
}

CK_KERNEL(
    void, ck_grouped_weights_back,
    (const float *sums, int64_t c, int64_t n, int64_t channel, int accumulate, float *w),
    (sums, c, n, channel, accumulate, w)) {
    const int64_t fours = (n + 3) / 4 * 4;
    for (int64_t o = 0; o < n; o += 16)
        for (int64_t t = 0; t < 9; t++, sums += fours * 16)
            for (int64_t i = 0; i < n; i++) {
                float *p = w + (t * n + i) * c + channel + o;
                const int count = n - o < 16 ? (int)(n - o) : 16;
                put_channels(p, LOAD(sums + i * 16), count, accumulate);
            }
}

/// Sixteen outputs of some fours of pixels, whose neighbourhoods begin at `from`. To each output one product after
/// another is added, tap by tap: however many fours, the same bits.
CK_INLINE void fours(
    int count, int64_t n, int64_t pixel, int64_t line, const float *const *from, const float *weights,
    ck_v16 (*sum)[4]) {
#pragma clang loop unroll(full)
    for (int q = 0; q < count; q++)
#pragma clang loop unroll(full)
        for (int j = 0; j < 4; j++) sum[q][j] = (ck_v16){0};
    for (int t = 0; t < 9; t++) {
        const float *p[4];
#pragma clang loop unroll(full)
        for (int q = 0; q < count; q++) p[q] = from[q] + t / 3 * line + t % 3 * pixel;
        // Unrolled, it would go through one four after another, and wait for the sums of each.
#pragma clang loop unroll(disable)
        for (int64_t i = 0; i < n; i++, weights += 16) {
            const ck_v16 factor = LOAD(weights);
#pragma clang loop unroll(full)
            for (int q = 0; q < count; q++)
#pragma clang loop unroll(full)
                for (int j = 0; j < 4; j++) sum[q][j] = FUSED(p[q][i + j * pixel], factor, sum[q][j]);
        }
    }
}

/// Some fours of a strip's pixels from a place on, which moves behind them.
CK_INLINE void next_fours(
    int count, int64_t n, int64_t pixel, int64_t line, const float *gathered, const float *weights,
    const ck_grouped *s, int64_t *row, int64_t *column, int outputs, const ck_epilogue_terms *terms,
    const ck_terms16 *t, float *image) {
    const float *from[4];
    int64_t position[4], pixels[4];
    ck_v16 sum[4][4];
#pragma clang loop unroll(full)
    for (int q = 0; q < count; q++) {
        from[q] = gathered + *row * line + *column * pixel;
        position[q] = *row * s->w + *column;
        pixels[q] = s->w - *column;
        *column += 4;
        if (*column >= s->w) {
            *column = 0;
            *row += 1;
        }
    }
    fours(count, n, pixel, line, from, weights, sum);
#pragma clang loop unroll(full)
    for (int q = 0; q < count; q++)
#pragma clang loop unroll(full)
        for (int j = 0; j < 4; j++) {
            if (j >= pixels[q]) continue;
            if (terms) finish(&sum[q][j], terms, t, position[q] + j);
            store_channels(image + (position[q] + j) * s->c, &sum[q][j], outputs);
        }
}

CK_INLINE void rows(
    int64_t n, int64_t pixel, int outputs, const float *gathered, const float *weights, const ck_grouped *s,
    int64_t channel, const ck_epilogue_terms *terms, float *image) {
    const place at = place_of(s);
    int64_t left = s->rows * at.quads, row = 0, column = 0;
    ck_terms16 t;
    if (terms) load_terms(&t, terms, (int)channel, outputs);
#define FOURS(count) \
    for (; left >= count; left -= count) \
        next_fours(count, n, pixel, at.line, gathered, weights, s, &row, &column, outputs, terms, &t, image);
    if (WIDE()) {
        FOURS(4)
        FOURS(2)
    }
    FOURS(1)
#undef FOURS
}

CK_KERNEL(
    void, ck_grouped_rows,
    (const float *gathered, const float *weights, const ck_grouped *strip, int64_t channel,
     const ck_epilogue_terms *terms, float *image),
    (gathered, weights, strip, channel, terms, image)) {
    const int64_t n = strip->n;
    float *out = image + strip->first * strip->w * strip->c + channel;
    for (int64_t o = 0; o < n; o += 16) {
        const float *own = weights + o * 9 * n;
        if (n == 16) rows(16, 16, 16, gathered, own, strip, channel + o, terms, out + o);
        else if (n - o >= 16) rows(n, (n + 3) / 4 * 4, 16, gathered, own, strip, channel + o, terms, out + o);
        else rows(n, (n + 3) / 4 * 4, (int)(n - o), gathered, own, strip, channel + o, terms, out + o);
    }
}

/// The weights of some fours of inputs at one tap, to sixteen outputs: pixel by pixel, row by row.
CK_INLINE void weight_sums(
    int count, int64_t pixel, int64_t line, const float *x, const float *g, int64_t height, int64_t width,
    float *sums) {
    ck_v16 sum[16];
#pragma clang loop unroll(full)
    for (int i = 0; i < 4 * count; i++) sum[i] = LOAD(sums + i * 16);
    for (int64_t r = 0; r < height; r++, x += line) {
        const float *p = x;
        for (int64_t q = 0; q < width; q++, p += pixel, g += 16) {
            const ck_v16 factor = LOAD(g);
#pragma clang loop unroll(full)
            for (int i = 0; i < 4 * count; i++) sum[i] = FUSED(p[i], factor, sum[i]);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 4 * count; i++) STORE(sums + i * 16, sum[i]);
}

CK_KERNEL(
    void, ck_grouped_weight_sums,
    (const float *gathered, const float *gradients, const ck_grouped *strip, float *sums),
    (gathered, gradients, strip, sums)) {
    const place at = place_of(strip);
    const int64_t pixels = strip->rows * strip->w;
    for (int64_t o = 0; o < strip->n; o += 16, gradients += pixels * 16)
        for (int64_t t = 0; t < 9; t++) {
            const float *x = gathered + t / 3 * at.line + t % 3 * at.pixel;
            int64_t i = 0;
            if (WIDE())
                for (; i + 16 <= at.pixel; i += 16, sums += 256)
                    weight_sums(4, at.pixel, at.line, x + i, gradients, strip->rows, strip->w, sums);
            for (; i < at.pixel; i += 4, sums += 64)
                weight_sums(1, at.pixel, at.line, x + i, gradients, strip->rows, strip->w, sums);
        }
}
