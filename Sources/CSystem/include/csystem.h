#ifndef GANGLION_CSYSTEM_H
#define GANGLION_CSYSTEM_H
/// Asks that `signal` only be remembered (SA_RESTART). Returns 0, or -1 with errno set.
int csystem_remember_signal(int signal);
/// The last remembered signal, or 0.
int csystem_remembered_signal(void);
/// Line-buffers standard output: a rank that crashes would otherwise take its last lines with it.
void csystem_line_buffer_stdout(void);
/// Makes the allocator give large blocks back to the system when they are freed. By default it keeps them once it has
/// seen one, and checkpoints, which come from another thread, would leave the resident size a little larger each time.
void csystem_return_large_blocks(void);
/// Processors that this process may run on: those its launcher bound it to, or all.
int csystem_allowed_processors(void);
/// For the calling thread: its sleeps end in time. By itself Linux adds up to 50 µs.
void csystem_sleep_exactly(void);
/// For a thread that mostly sleeps: its sleeps end in time, and when it wakes it is served soon,
/// before threads that compute. A kernel without these abilities ignores it.
void csystem_wake_promptly(void);
/// Forks a server, to be called while the process has one thread. Returns twice. In the parent: the server's number, with
/// one end of a socket of packets in `channel`, or -1. In the server: 0, with the other end as its standard input and
/// nothing else open; it dies with the parent, handles signals as a fresh process does, and no terminal's keys reach it.
int csystem_fork_server(int *channel);
/// Leaves a process that holds this one's connections to other hosts open for so many seconds ("5"), whatever becomes of
/// this one, and does nothing else. It may be called by any thread.
void csystem_hold_connections(const char *seconds);
/// Forks a worker of a server. Returns twice: the worker's number, or -1; in the worker 0. It dies with the server, leaves
/// no core file, writes no file, and takes at most `bytes` of memory beyond what the server has.
int csystem_fork_worker(unsigned long bytes);
/// Ends this process by SIGXCPU once it has used so many more seconds of processor time, and by SIGALRM after so many
/// seconds. Returns 0, or -1.
int csystem_limit_time(unsigned processor_seconds, unsigned seconds);
#endif
