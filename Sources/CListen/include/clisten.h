#ifndef GANGLION_CLISTEN_H
#define GANGLION_CLISTEN_H
// Nothing to call: `cluster/launch` has the library loaded before mpirun's and the ranks' own (LD_PRELOAD).
#endif
