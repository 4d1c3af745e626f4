/* Makes one call on files of one folder fail, as a disk does: the nth, once or from then on. Preloaded; told what to do through a
   file that both sides have mapped. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

enum { WRITE = 1, SYNC, TRUNCATE, OPEN, RENAME, LIE };
static volatile struct { int call, error, nth, sticky, count, fired; } *told;
static char folder[4096];
static unsigned char ours[65536];

__attribute__((constructor)) static void begin(void) {
    const char *control = getenv("FAULT_CONTROL"), *where = getenv("FAULT_DIR");
    if (!control || !where) return;
    strncpy(folder, where, sizeof folder - 1);
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    int file = real(control, O_RDWR);
    void *map = file < 0 ? MAP_FAILED : mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map != MAP_FAILED) told = map;
    if (file >= 0) close(file);
}

static int is_ours(int file) { return file >= 0 && file < 65536 && ours[file]; }

/* Whether this call is the one; errno is set. */
static int fails(int call) {
    if (!told || told->call != call) return 0;
    int number = __sync_add_and_fetch(&told->count, 1);
    if (number < told->nth || (!told->sticky && number != told->nth)) return 0;
    __sync_add_and_fetch(&told->fired, 1);
    errno = told->error;
    return 1;
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)

ssize_t write(int f, const void *b, size_t n) { REAL(write); return is_ours(f) && fails(WRITE) ? -1 : real(f, b, n); }
/* A disk that says yes and keeps nothing: what the control has to be caught at. */
static int lies(int f) { return is_ours(f) && told && told->call == LIE && __sync_add_and_fetch(&told->fired, 1); }
ssize_t pwrite(int f, const void *b, size_t n, off_t o) { REAL(pwrite); return is_ours(f) && fails(WRITE) ? -1 : lies(f) ? (ssize_t)n : real(f, b, n, o); }
ssize_t pwrite64(int f, const void *b, size_t n, off64_t o) { REAL(pwrite64); return is_ours(f) && fails(WRITE) ? -1 : lies(f) ? (ssize_t)n : real(f, b, n, o); }
int fsync(int f) { REAL(fsync); return is_ours(f) && fails(SYNC) ? -1 : real(f); }
int fdatasync(int f) { REAL(fdatasync); return is_ours(f) && fails(SYNC) ? -1 : real(f); }
int ftruncate(int f, off_t n) { REAL(ftruncate); return is_ours(f) && fails(TRUNCATE) ? -1 : real(f, n); }
int ftruncate64(int f, off64_t n) { REAL(ftruncate64); return is_ours(f) && fails(TRUNCATE) ? -1 : real(f, n); }
int rename(const char *a, const char *b) { REAL(rename); return folder[0] && strncmp(b, folder, strlen(folder)) == 0 && fails(RENAME) ? -1 : real(a, b); }
int close(int f) { REAL(close); if (f >= 0 && f < 65536) ours[f] = 0; return real(f); }

static int opened(const char *path, int file) {
    if (file >= 0 && file < 65536) ours[file] = folder[0] && strncmp(path, folder, strlen(folder)) == 0;
    return file;
}
#define OPENS(name) int name(const char *path, int flags, ...) { \
    REAL(name); mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
    if (folder[0] && strncmp(path, folder, strlen(folder)) == 0 && fails(OPEN)) return -1; \
    return opened(path, real(path, flags, mode)); }
OPENS(open)
OPENS(open64)
