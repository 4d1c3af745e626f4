// Swift cannot call what takes a varying number of arguments. SQLite itself is linked by GRDB, whose module declares the rest.
extern int sqlite3_config(int option, ...);

/// Turns off the count of SQLite's own memory, which takes one lock for all threads at each allocation. Before the first
/// connection of the process only; gives SQLITE_MISUSE (21) afterwards.
static inline int sqlite_stop_counting_memory(void) {
    return sqlite3_config(9 /* SQLITE_CONFIG_MEMSTATUS */, 0);
}
