/* A wall clock that one file sets for every process that is begun with this library.

   LD_PRELOAD names the library and CLOCK_FILE a file of eight bytes: seconds, signed, that are
   added to the wall clock (time, gettimeofday, clock_gettime of CLOCK_REALTIME). The monotonic
   clocks go on, as they do when an administrator sets a machine's clock. Deadlines by the wall
   clock are handed to the kernel in its own time. What asks the kernel without the C library, and
   the times of files, keep the true time. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *kept;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("CLOCK_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *found = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (found != MAP_FAILED)
        kept = found;
    close(file);
}

static int64_t offset(void) { return kept ? *kept : 0; }

int clock_gettime(clockid_t which, struct timespec *now) {
    static int (*of_system)(clockid_t, struct timespec *);
    if (!of_system)
        of_system = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int failed = of_system ? of_system(which, now) : (int)syscall(SYS_clock_gettime, which, now);
    if (!failed && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        now->tv_sec += offset();
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &precise))
        return -1;
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME_COARSE, &precise);
    if (now)
        *now = precise.tv_sec;
    return precise.tv_sec;
}

/* A deadline by a monotonic clock counts from the start of the machine, and is far smaller. */
static struct timespec of_kernel(const struct timespec *deadline) {
    struct timespec changed = *deadline;
    if (changed.tv_sec > 1000000000)
        changed.tv_sec -= offset();
    return changed;
}

int sem_timedwait(sem_t *restrict waited, const struct timespec *restrict deadline) {
    static int (*of_system)(sem_t *, const struct timespec *);
    if (!of_system)
        of_system = (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec changed = of_kernel(deadline);
    return of_system(waited, &changed);
}

int pthread_cond_timedwait(pthread_cond_t *restrict waited, pthread_mutex_t *restrict held,
                           const struct timespec *restrict deadline) {
    static int (*of_system)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (!of_system)
        of_system = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))dlvsym(
            RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    if (!of_system)
        of_system = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))dlsym(
            RTLD_NEXT, "pthread_cond_timedwait");
    struct timespec changed = of_kernel(deadline);
    return of_system(waited, held, &changed);
}
