#ifndef GANGLION_CTURBOJPEG_SHIM_H
#define GANGLION_CTURBOJPEG_SHIM_H
#include <turbojpeg.h>
// Flags with which a decoder gives up at the first warning, and after so many scans that only a forger would have written
// them; older versions lack one or the other.
static inline int ctj_strict_flags(void) {
    int flags = 0;
#ifdef TJFLAG_STOPONWARNING
    flags |= TJFLAG_STOPONWARNING;
#endif
#ifdef TJFLAG_LIMITSCANS
    flags |= TJFLAG_LIMITSCANS;
#endif
    return flags;
}
#endif
