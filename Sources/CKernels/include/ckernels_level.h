#ifndef GANGLION_CKERNELS_LEVEL_H
#define GANGLION_CKERNELS_LEVEL_H

/// Generations of processors that the kernels are compiled for.
enum { CK_SSE2, CK_AVX2, CK_AVX512 };

/// To be read by kernels only.
extern int ck_level_in_use;

/// The highest that this processor has, or says it has: the environment variable GANGLION_KERNELS (sse2, avx2) lowers it,
/// for trials of what a node with an older processor would do.
int ck_level_available(void);
/// The one in use: at first the highest.
int ck_level(void);
/// To be called before, not while, kernels run. A level that the processor lacks is a programming error.
void ck_set_level(int level);
#endif
