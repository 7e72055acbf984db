// A library that is loaded before a program and kills it at the n-th call that changes something in one folder: for
// write, rename and the like, numbered over all threads. Before the call, after it, or, for a write, after half of it.
// Without a number it notes the calls. Calls of fsync are none of these: a killed process loses nothing that was written.
//
// KILL_FOLDER the folder; KILL_AT the number, from 1; KILL_WHEN before, half or after; KILL_TRACE a file that gets the
// name of each call, a line each.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static int is_inside(const char *path) {
    const char *folder = getenv("KILL_FOLDER");
    size_t length = folder ? strlen(folder) : 0;
    return length > 0 && path != NULL && strncmp(path, folder, length) == 0;
}

static int is_inside_fd(int fd) {
    char name[64], path[PATH_MAX];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_inside(path);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/** Whether this is the call: counts it, notes it, and ends the process if it is to end before the call. */
static int is_last(const char *name, const char **when) {
    long number = atomic_fetch_add(&calls, 1) + 1;
    const char *trace = getenv("KILL_TRACE"), *at = getenv("KILL_AT");
    if (trace != NULL) {
        char line[64];
        int length = snprintf(line, sizeof line, "%s\n", name);
        int fd = syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_CREAT | O_APPEND, 0600);
        syscall(SYS_write, fd, line, length);
        syscall(SYS_close, fd);
    }
    if (at == NULL || atol(at) != number) return 0;
    *when = getenv("KILL_WHEN");
    if (*when == NULL || strcmp(*when, "before") == 0) die();
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define CALL(inside, name, ...)                                        \
    do {                                                               \
        const char *when;                                              \
        if (!(inside)) return REAL(name)(__VA_ARGS__);                 \
        if (!is_last(#name, &when)) return REAL(name)(__VA_ARGS__);    \
        REAL(name)(__VA_ARGS__);                                       \
        die();                                                         \
        __builtin_unreachable();                                       \
    } while (0)
/** `half` writes half of it. */
#define WRITE(fd, name, half, ...)                                     \
    do {                                                               \
        const char *when;                                              \
        if (!is_inside_fd(fd)) return REAL(name)(__VA_ARGS__);         \
        if (!is_last(#name, &when)) return REAL(name)(__VA_ARGS__);    \
        if (strcmp(when, "half") == 0) { half; }                       \
        else REAL(name)(__VA_ARGS__);                                  \
        die();                                                         \
        __builtin_unreachable();                                       \
    } while (0)

ssize_t write(int fd, const void *bytes, size_t count) {
    WRITE(fd, write, REAL(write)(fd, bytes, count / 2), fd, bytes, count);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    WRITE(fd, pwrite, REAL(pwrite)(fd, bytes, count / 2, at), fd, bytes, count, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    WRITE(fd, pwrite64, REAL(pwrite64)(fd, bytes, count / 2, at), fd, bytes, count, at);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    WRITE(fd, writev, REAL(writev)(fd, parts, count / 2), fd, parts, count);
}
int ftruncate(int fd, off_t length) { CALL(is_inside_fd(fd), ftruncate, fd, length); }
int ftruncate64(int fd, off64_t length) { CALL(is_inside_fd(fd), ftruncate64, fd, length); }
int rename(const char *from, const char *to) { CALL(is_inside(to), rename, from, to); }
int renameat(int at, const char *from, int into, const char *to) {
    CALL(is_inside(to), renameat, at, from, into, to);
}
int link(const char *from, const char *to) { CALL(is_inside(to), link, from, to); }
int linkat(int at, const char *from, int into, const char *to, int flags) {
    CALL(is_inside(to), linkat, at, from, into, to, flags);
}
int unlink(const char *path) { CALL(is_inside(path), unlink, path); }
int unlinkat(int at, const char *path, int flags) {
    CALL(is_inside(path) || is_inside_fd(at), unlinkat, at, path, flags);
}
int rmdir(const char *path) { CALL(is_inside(path), rmdir, path); }
int mkdir(const char *path, mode_t mode) { CALL(is_inside(path), mkdir, path, mode); }

#define OPEN(name, path, flags, ...)                                       \
    do {                                                                   \
        va_list rest;                                                      \
        va_start(rest, flags);                                             \
        mode_t mode = (flags) & O_CREAT ? va_arg(rest, mode_t) : 0;        \
        va_end(rest);                                                      \
        CALL(((flags) & (O_CREAT | O_TRUNC)) && is_inside(path), name, __VA_ARGS__, mode); \
    } while (0)

int open(const char *path, int flags, ...) { OPEN(open, path, flags, path, flags); }
int open64(const char *path, int flags, ...) { OPEN(open64, path, flags, path, flags); }
int openat(int at, const char *path, int flags, ...) { OPEN(openat, path, flags, at, path, flags); }
int openat64(int at, const char *path, int flags, ...) { OPEN(openat64, path, flags, at, path, flags); }
