// Swift cannot call what takes a varying number of arguments. SQLite itself is linked by GRDB, whose module declares the rest.
extern int sqlite3_config(int option, ...);

/// Turns off the count of SQLite's own memory, which takes one lock for all threads at each allocation, and the mutex of each
/// connection, which each call of it takes: every connection here is used by one thread at a time. Before the first connection
/// of the process only; gives SQLITE_MISUSE (21) afterwards.
static inline int sqlite_without_locks(void) {
    int counted = sqlite3_config(9 /* SQLITE_CONFIG_MEMSTATUS */, 0);
    int shared = sqlite3_config(2 /* SQLITE_CONFIG_MULTITHREAD */);
    return counted ? counted : shared;
}
