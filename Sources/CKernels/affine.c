#include "ckernels_affine.h"

#include <string.h>

#include "clones.h"
#include "vectors.h"

// Lines of floats are worked on sixteen at a time: they are that much longer, and what lies behind their ends is never
// looked at, or zero where a filter looks.

CK_INLINE int64_t rounded(int64_t count) { return (count + 15) & ~(int64_t)15; }

/// Where everything lies in the scratch.
typedef struct {
    /// Even pixels of a row of the upsampled part, and as many odd ones.
    int64_t line;
    /// Zeros before and behind a line that a filter reads back.
    int64_t lead;
    /// A row that is upsampled across: even line, odd line.
    int64_t across;
    /// The same of the part that is upsampled both ways.
    int64_t both;
    /// Even or odd pixels of a row that is filtered down.
    int64_t half;
    /// A row that is filtered down across.
    int64_t down;
    float *padded, *across_rows, *both_rows, *halves, *down_rows, *row;
    int32_t *column_map, *row_map;
    int64_t count;
} ck_places;

CK_INLINE ck_places places(const ck_affine_map *m, float *scratch) {
    const int64_t c = m->block;
    ck_places p;
    p.line = m->columns * c;
    p.lead = 8 * c;
    p.across = 2 * rounded(p.line + 2 * p.lead + 16);
    p.both = 2 * rounded(p.line);
    p.half = rounded((m->width + 5 + 12) * c + 16);
    p.down = rounded((m->width + 12) * c + 16);
    p.count = 0;
    // Of no scratch only the length is asked for.
#define TAKE(type, length) ((type)(scratch ? scratch + p.count : 0)), p.count += (length)
    p.padded = TAKE(float *, rounded((m->columns + 14) * c + 16));
    p.across_rows = TAKE(float *, (m->height + 1) * p.across);
    p.both_rows = TAKE(float *, 2 * m->rows * p.both);
    p.halves = TAKE(float *, 2 * p.half);
    p.down_rows = TAKE(float *, (2 * m->height + 12) * p.down);
    p.row = TAKE(float *, p.down);
    p.column_map = TAKE(int32_t *, rounded(m->columns + 6));
    p.row_map = TAKE(int32_t *, rounded(m->rows + 6));
#undef TAKE
    return p;
}

int64_t ck_affine_scratch(const ck_affine_map *map) { return places(map, 0).count; }

/// Which pixel of the image there is at each of the image with its margins, from `first` on; −1 where there is none.
CK_INLINE void fill_map(
    int32_t *map, int64_t first, int64_t count, int64_t margin, int64_t padded, int64_t size, int repeats) {
    for (int64_t u = 0; u < count; u++) {
        int64_t i = first + u;
        if (i < 0 || i >= padded) {
            if (!repeats) {
                map[u] = -1;
                continue;
            }
            i = i < 0 ? 0 : padded - 1;
        }
        i -= margin;
        i = i < 0 ? -i : i;
        map[u] = (int32_t)(i < size ? i : 2 * (size - 1) - i);
    }
}

CK_INLINE void fill_maps(const ck_affine_map *m, const ck_places *p) {
    const int64_t reach = m->taps / 2;
    const int repeats = m->taps == 2;
    fill_map(
        p->column_map, m->column - reach, m->columns + 2 * reach, m->margin_columns, m->padded_width, m->width,
        repeats);
    fill_map(p->row_map, m->row - reach, m->rows + 2 * reach, m->margin_rows, m->padded_height, m->height, repeats);
}

/// The pairs that belong to the image with its margins.
CK_INLINE void inside(int64_t first, int64_t count, int64_t padded, int64_t *lower, int64_t *upper) {
    *lower = first < 0 ? -first : 0;
    *upper = first + count > padded ? padded - first : count;
    if (*lower > count) *lower = count;
    if (*upper < *lower) *upper = *lower;
}

/// The map's grid of places in one row: lower neighbours and weights of the upper ones.
typedef struct {
    int32_t x[16], y[16];
    float fx[16], fy[16];
} ck_points;

CK_INLINE void place_points(
    const ck_affine_map *m, int64_t first, int64_t step, float x, float y, float x_end, float y_end,
    ck_points *points) {
    const float along_x = (float)m->x_along, along_y = (float)m->y_along;
    for (int i = 0; i < 16; i++) {
        const float s = (float)(first + i * step);
        float px = FUSED(along_x, s, x), py = FUSED(along_y, s, y);
        px = px > 0 ? px : 0, py = py > 0 ? py : 0;
        px = px < x_end ? px : x_end, py = py < y_end ? py : y_end;
        points->x[i] = (int32_t)px, points->y[i] = (int32_t)py;
        points->fx[i] = px - (float)points->x[i], points->fy[i] = py - (float)points->y[i];
    }
}

/// One row of the pixels to be filtered down: those of even places, then those of odd ones.
CK_INLINE void gather(const ck_affine_map *m, const ck_places *p, int64_t r, const int64_t c) {
    const int64_t odd = p->both / 2, count = m->width + 5;
    const float x_end = (float)(2 * m->columns - 2), y_end = (float)(2 * m->rows - 2);
    const float x = (float)(m->x + m->x_down * (double)r), y = (float)(m->y + m->y_down * (double)r);
    for (int64_t half = 0; half < 2; half++) {
        float *out = p->halves + half * p->half;
        for (int64_t first = 0; first < count; first += 16) {
            ck_points q;
            place_points(m, 2 * first + half, 2, x, y, x_end, y_end, &q);
            const int64_t n = count - first < 16 ? count - first : 16;
            for (int64_t i = 0; i < n; i++, out += c) {
                const int64_t k = q.x[i];
                const float *a = p->both_rows + q.y[i] * p->both, *b = a + p->both;
                const int64_t left = (k & 1) * odd + (k >> 1) * c, right = ((k + 1) & 1) * odd + ((k + 1) >> 1) * c;
                if (c == 16) {
                    const ck_v16 fx = (ck_v16){0} + q.fx[i], fy = (ck_v16){0} + q.fy[i];
                    const ck_v16 top = FUSED(fx, LOAD(a + right) - LOAD(a + left), LOAD(a + left));
                    const ck_v16 bottom = FUSED(fx, LOAD(b + right) - LOAD(b + left), LOAD(b + left));
                    STORE(out, FUSED(fy, bottom - top, top));
                    continue;
                }
                for (int64_t j = 0; j < c; j++) {
                    const float top = FUSED(q.fx[i], a[right + j] - a[left + j], a[left + j]);
                    const float bottom = FUSED(q.fx[i], b[right + j] - b[left + j], b[left + j]);
                    out[j] = FUSED(q.fy[i], bottom - top, top);
                }
            }
        }
    }
}

/// The adjoint: adds to the upsampled part.
CK_INLINE void scatter(const ck_affine_map *m, const ck_places *p, int64_t r, const int64_t c) {
    const int64_t odd = p->both / 2, count = m->width + 5;
    const float x_end = (float)(2 * m->columns - 2), y_end = (float)(2 * m->rows - 2);
    const float x = (float)(m->x + m->x_down * (double)r), y = (float)(m->y + m->y_down * (double)r);
    for (int64_t half = 0; half < 2; half++) {
        const float *in = p->halves + half * p->half;
        for (int64_t first = 0; first < count; first += 16) {
            ck_points q;
            place_points(m, 2 * first + half, 2, x, y, x_end, y_end, &q);
            const int64_t n = count - first < 16 ? count - first : 16;
            for (int64_t i = 0; i < n; i++, in += c) {
                const int64_t k = q.x[i];
                float *a = p->both_rows + q.y[i] * p->both, *b = a + p->both;
                const int64_t left = (k & 1) * odd + (k >> 1) * c, right = ((k + 1) & 1) * odd + ((k + 1) >> 1) * c;
                if (c == 16) {
                    const ck_v16 g = LOAD(in), bottom = q.fy[i] * g, top = g - bottom;
                    const ck_v16 bottom_right = q.fx[i] * bottom, top_right = q.fx[i] * top;
                    STORE(a + left, LOAD(a + left) + (top - top_right));
                    STORE(a + right, LOAD(a + right) + top_right);
                    STORE(b + left, LOAD(b + left) + (bottom - bottom_right));
                    STORE(b + right, LOAD(b + right) + bottom_right);
                    continue;
                }
                for (int64_t j = 0; j < c; j++) {
                    const float bottom = q.fy[i] * in[j], top = in[j] - bottom;
                    const float bottom_right = q.fx[i] * bottom, top_right = q.fx[i] * top;
                    a[left + j] += top - top_right;
                    a[right + j] += top_right;
                    b[left + j] += bottom - bottom_right;
                    b[right + j] += bottom_right;
                }
            }
        }
    }
}

/// Rows of the image that are read.
CK_INLINE void used_rows(const ck_affine_map *m, const ck_places *p, int64_t *first, int64_t *last) {
    *first = m->height, *last = 0;
    for (int64_t u = 0; u < m->rows + 2 * (m->taps / 2); u++) {
        if (p->row_map[u] < 0) continue;
        if (p->row_map[u] < *first) *first = p->row_map[u];
        if (p->row_map[u] >= *last) *last = p->row_map[u] + 1;
    }
}

CK_INLINE void copy_channels(const float *from, float *to, int64_t count) {
    for (int64_t j = 0; j < count; j++) to[j] = from[j];
}

CK_INLINE void zero(float *p, int64_t count) { memset(p, 0, (size_t)count * sizeof(float)); }

CK_INLINE void up_across(const ck_affine_map *m, const ck_places *p, const float *x, const int taps, int64_t c) {
    const int64_t halves = p->across / 2;
    int64_t first, last, lower, upper;
    used_rows(m, p, &first, &last);
    inside(m->column, m->columns, m->padded_width, &lower, &upper);
    for (int64_t row = first; row < last; row++) {
        const float *source = x + row * m->width * m->channels;
        for (int64_t u = 0; u < m->columns + taps; u++) {
            const int32_t column = p->column_map[u];
            if (column < 0)
                for (int64_t j = 0; j < c; j++) p->padded[u * c + j] = 0;
            else
                copy_channels(source + column * m->channels, p->padded + u * c, c);
        }
        float *even = p->across_rows + row * p->across + p->lead, *odd = even + halves;
        for (int64_t i = 0; i < p->line; i += 16) {
            const float *in = p->padded + i;
            ck_v16 a = m->even[0] * LOAD(in), b = m->odd[0] * LOAD(in + c);
#pragma clang loop unroll(full)
            for (int t = 1; t < taps; t++) {
                a = FUSED((ck_v16){0} + m->even[t], LOAD(in + t * c), a);
                b = FUSED((ck_v16){0} + m->odd[t], LOAD(in + (t + 1) * c), b);
            }
            STORE(even + i, a);
            STORE(odd + i, b);
        }
        zero(even, lower * c), zero(odd, lower * c);
        zero(even + upper * c, p->line - upper * c), zero(odd + upper * c, p->line - upper * c);
    }
}

CK_INLINE void up_down(const ck_affine_map *m, const ck_places *p, const int taps) {
    const int64_t halves = p->across / 2;
    int64_t lower, upper;
    inside(m->row, m->rows, m->padded_height, &lower, &upper);
    float *nothing = p->across_rows + m->height * p->across;
    zero(nothing, p->across);
    for (int64_t q = 0; q < m->rows; q++) {
        float *even = p->both_rows + 2 * q * p->both, *odd = even + p->both;
        if (q < lower || q >= upper) {
            zero(even, 2 * p->both);
            continue;
        }
        const float *in[7];
        for (int t = 0; t <= taps; t++) {
            const int32_t row = p->row_map[q + t];
            in[t] = (row < 0 ? nothing : p->across_rows + row * p->across) + p->lead;
        }
        for (int64_t half = 0; half < 2; half++) {
            for (int64_t i = 0; i < p->line; i += 16) {
                const int64_t at = half * halves + i;
                ck_v16 a = m->even[0] * LOAD(in[0] + at), b = m->odd[0] * LOAD(in[1] + at);
#pragma clang loop unroll(full)
                for (int t = 1; t < taps; t++) {
                    a = FUSED((ck_v16){0} + m->even[t], LOAD(in[t] + at), a);
                    b = FUSED((ck_v16){0} + m->odd[t], LOAD(in[t + 1] + at), b);
                }
                STORE(even + half * (p->both / 2) + i, a);
                STORE(odd + half * (p->both / 2) + i, b);
            }
        }
    }
}

CK_INLINE void down_across(const ck_affine_map *m, const ck_places *p, int64_t c, float *out) {
    const float *even = p->halves, *odd = p->halves + p->half;
    for (int64_t i = 0; i < m->width * c; i += 16) {
        ck_v16 a = m->down[0] * LOAD(even + i);
        a = FUSED((ck_v16){0} + m->down[1], LOAD(odd + i), a);
#pragma clang loop unroll(full)
        for (int t = 1; t < 6; t++) {
            a = FUSED((ck_v16){0} + m->down[2 * t], LOAD(even + i + t * c), a);
            a = FUSED((ck_v16){0} + m->down[2 * t + 1], LOAD(odd + i + t * c), a);
        }
        STORE(out + i, a);
    }
}

CK_INLINE void down_down(const ck_affine_map *m, const ck_places *p, int64_t c, float *y) {
    const int64_t line = m->width * c;
    for (int64_t row = 0; row < m->height; row++) {
        for (int64_t i = 0; i < line; i += 16) {
            const float *in = p->down_rows + 2 * row * p->down + i;
            ck_v16 a = m->down[0] * LOAD(in);
#pragma clang loop unroll(full)
            for (int t = 1; t < 12; t++) a = FUSED((ck_v16){0} + m->down[t], LOAD(in + t * p->down), a);
            STORE(p->row + i, a);
        }
        float *target = y + row * m->width * m->channels;
        if (m->channels == c)
            memcpy(target, p->row, (size_t)line * sizeof(float));
        else
            for (int64_t s = 0; s < m->width; s++) copy_channels(p->row + s * c, target + s * m->channels, c);
    }
}

CK_INLINE void forward(
    const ck_affine_map *map, const float *x, float *y, float *scratch, const int taps, const int64_t c) {
    // A copy that no store can reach: taps stay in registers.
    const ck_affine_map copy = *map, *m = &copy;
    const ck_places p = places(m, scratch);
    fill_maps(m, &p);
    up_across(m, &p, x, taps, c);
    up_down(m, &p, taps);
    for (int64_t r = 0; r < 2 * (m->height + 5); r++) {
        gather(m, &p, r, c);
        down_across(m, &p, c, p.down_rows + r * p.down);
    }
    down_down(m, &p, c, y);
}

/// The adjoint of what filters down: from the result's gradients those of the upsampled part.
CK_INLINE void spread(const ck_affine_map *m, const ck_places *p, const float *y, int64_t c) {
    const int64_t line = m->width * c, lead = 5 * c;
    // Five rows of zeros before and behind those of the image.
    float *rows = p->down_rows + 5 * p->down;
    zero(p->down_rows, 5 * p->down);
    zero(rows + m->height * p->down, 5 * p->down);
    for (int64_t row = 0; row < m->height; row++) {
        const float *source = y + row * m->width * m->channels;
        float *target = rows + row * p->down;
        if (m->channels == c)
            memcpy(target, source, (size_t)line * sizeof(float));
        else
            for (int64_t s = 0; s < m->width; s++) copy_channels(source + s * m->channels, target + s * c, c);
        zero(target + line, p->down - line);
    }
    zero(p->row, p->down);
    for (int64_t r = 0; r < 2 * (m->height + 5); r++) {
        const float *in = rows + (r >> 1) * p->down, *taps = m->down + (r & 1);
        for (int64_t i = 0; i < line; i += 16) {
            ck_v16 a = taps[0] * LOAD(in + i);
#pragma clang loop unroll(full)
            for (int t = 1; t < 6; t++) a = FUSED((ck_v16){0} + taps[2 * t], LOAD(in + i - t * p->down), a);
            STORE(p->row + lead + i, a);
        }
        for (int64_t i = 0; i < (m->width + 5) * c; i += 16) {
            const float *row = p->row + lead + i;
            ck_v16 a = m->down[0] * LOAD(row), b = m->down[1] * LOAD(row);
#pragma clang loop unroll(full)
            for (int t = 1; t < 6; t++) {
                a = FUSED((ck_v16){0} + m->down[2 * t], LOAD(row - t * c), a);
                b = FUSED((ck_v16){0} + m->down[2 * t + 1], LOAD(row - t * c), b);
            }
            STORE(p->halves + i, a);
            STORE(p->halves + p->half + i, b);
        }
        scatter(m, p, r, c);
    }
}

/// The adjoint of `up_down`.
CK_INLINE void gather_down(const ck_affine_map *m, const ck_places *p, const int taps) {
    const int64_t halves = p->across / 2;
    int64_t lower, upper;
    inside(m->row, m->rows, m->padded_height, &lower, &upper);
    const float *nothing = p->across_rows + m->height * p->across;
    zero(p->across_rows, (m->height + 1) * p->across);
    for (int64_t u = lower; u < upper + taps; u++) {
        const int32_t row = p->row_map[u];
        if (row < 0) continue;
        float *sum = p->across_rows + row * p->across + p->lead;
        // Of even rows it was tap t of row u − t, of odd ones of the row before.
        const float *even[6], *odd[6];
        for (int t = 0; t < taps; t++) {
            const int64_t q = u - t, before = q - 1;
            even[t] = q >= lower && q < upper ? p->both_rows + 2 * q * p->both : nothing;
            odd[t] = before >= lower && before < upper ? p->both_rows + (2 * before + 1) * p->both : nothing;
        }
        for (int64_t half = 0; half < 2; half++) {
            for (int64_t i = 0; i < p->line; i += 16) {
                const int64_t at = half * (p->both / 2) + i;
                ck_v16 a = LOAD(sum + half * halves + i);
#pragma clang loop unroll(full)
                for (int t = 0; t < taps; t++) {
                    a = FUSED((ck_v16){0} + m->even[t], LOAD(even[t] + at), a);
                    a = FUSED((ck_v16){0} + m->odd[t], LOAD(odd[t] + at), a);
                }
                STORE(sum + half * halves + i, a);
            }
        }
    }
}

/// The adjoint of `up_across`.
CK_INLINE void gather_across(const ck_affine_map *m, const ck_places *p, float *x, const int taps, int64_t c) {
    const int64_t halves = p->across / 2;
    int64_t lower, upper;
    inside(m->column, m->columns, m->padded_width, &lower, &upper);
    for (int64_t row = 0; row < m->height; row++) {
        float *even = p->across_rows + row * p->across + p->lead, *odd = even + halves;
        zero(even, lower * c), zero(odd, lower * c);
        zero(even + upper * c, p->line - upper * c), zero(odd + upper * c, p->line - upper * c);
        for (int64_t i = 0; i < (m->columns + taps) * c; i += 16) {
            ck_v16 a = m->even[0] * LOAD(even + i);
            a = FUSED((ck_v16){0} + m->odd[0], LOAD(odd + i - c), a);
#pragma clang loop unroll(full)
            for (int t = 1; t < taps; t++) {
                a = FUSED((ck_v16){0} + m->even[t], LOAD(even + i - t * c), a);
                a = FUSED((ck_v16){0} + m->odd[t], LOAD(odd + i - (t + 1) * c), a);
            }
            STORE(p->padded + i, a);
        }
        float *target = x + row * m->width * m->channels;
        for (int64_t s = 0; s < m->width; s++)
            for (int64_t j = 0; j < c; j++) target[s * m->channels + j] = 0;
        for (int64_t u = 0; u < m->columns + taps; u++) {
            const int32_t column = p->column_map[u];
            if (column < 0) continue;
            for (int64_t j = 0; j < c; j++) target[column * m->channels + j] += p->padded[u * c + j];
        }
    }
}

CK_INLINE void adjoint(
    const ck_affine_map *map, const float *y, float *x, float *scratch, const int taps, const int64_t c) {
    const ck_affine_map copy = *map, *m = &copy;
    const ck_places p = places(m, scratch);
    fill_maps(m, &p);
    zero(p.both_rows, 2 * m->rows * p.both);
    spread(m, &p, y, c);
    gather_down(m, &p, taps);
    gather_across(m, &p, x, taps, c);
}

// Compiled for the usual numbers of channels: images, and blocks of feature maps.
#define FOR_EACH_KIND(function)                                       \
    if (map->taps == 6) switch (map->block) {                         \
        case 1: function(map, from, to, scratch, 6, 1); break;        \
        case 3: function(map, from, to, scratch, 6, 3); break;        \
        case 16: function(map, from, to, scratch, 6, 16); break;      \
        default: function(map, from, to, scratch, 6, map->block);     \
        }                                                             \
    else if (map->block == 16)                                        \
        function(map, from, to, scratch, 2, 16);                      \
    else                                                              \
        function(map, from, to, scratch, 2, map->block);

CK_KERNEL(
    void, ck_affine_forward, (const ck_affine_map *map, const float *from, float *to, float *scratch),
    (map, from, to, scratch)) {
    FOR_EACH_KIND(forward)
}

CK_KERNEL(
    void, ck_affine_adjoint, (const ck_affine_map *map, const float *from, float *to, float *scratch),
    (map, from, to, scratch)) {
    FOR_EACH_KIND(adjoint)
}
