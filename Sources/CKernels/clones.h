#ifndef GANGLION_CKERNELS_CLONES_H
#define GANGLION_CKERNELS_CLONES_H
// One source, compiled for three generations of x86-64 and chosen when the program is loaded, so that one binary
// serves a cluster of mixed processors. Elsewhere the compiler's own choice stands.
#if defined(__x86_64__)
#define CK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_CLONES
#endif
#define CK_INLINE static inline __attribute__((always_inline))

// Sixteen floats; the compiler splits them where registers are narrower. Loads and stores need no alignment.
typedef float ck_v16 __attribute__((vector_size(64), aligned(4)));
#endif
