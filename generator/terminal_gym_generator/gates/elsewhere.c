/* Another time and another directory order, for every program that loads this library.

   The wall clock is SHIFT seconds ahead, and directories are listed backwards. What depends on
   either gives another result under it. Built and loaded by independence.py. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += SHIFT;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now)
{
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (now)
        *now = precise.tv_sec;
    return precise.tv_sec;
}

/* A listing that was read to its end; entries are given from the last to the first. */
struct listing {
    DIR *dir;
    struct dirent64 **entries;
    size_t left, size;
    struct listing *next;
};

static struct listing *listings;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct listing *read_all(DIR *dir)
{
    struct dirent64 *(*next_entry)(DIR *) = dlsym(RTLD_NEXT, "readdir64");
    struct listing *made = calloc(1, sizeof *made);
    struct dirent64 *entry;
    size_t room = 0;
    made->dir = dir;
    while ((entry = next_entry(dir))) {
        if (made->size == room) {
            room = room ? 2 * room : 64;
            made->entries = realloc(made->entries, room * sizeof *made->entries);
        }
        made->entries[made->size] = malloc(entry->d_reclen);
        memcpy(made->entries[made->size++], entry, entry->d_reclen);
    }
    made->left = made->size;
    made->next = listings;
    listings = made;
    return made;
}

static void forget(DIR *dir)
{
    pthread_mutex_lock(&lock);
    for (struct listing **at = &listings; *at; at = &(*at)->next) {
        struct listing *found = *at;
        if (found->dir != dir)
            continue;
        *at = found->next;
        for (size_t i = 0; i < found->size; i++)
            free(found->entries[i]);
        free(found->entries);
        free(found);
        break;
    }
    pthread_mutex_unlock(&lock);
}

struct dirent64 *readdir64(DIR *dir)
{
    struct listing *found;
    pthread_mutex_lock(&lock);
    for (found = listings; found && found->dir != dir; found = found->next)
        ;
    if (!found)
        found = read_all(dir);
    pthread_mutex_unlock(&lock);
    return found->left ? found->entries[--found->left] : NULL;
}

struct dirent *readdir(DIR *dir)
{
    return (struct dirent *)readdir64(dir); /* one layout on 64-bit Linux */
}

int closedir(DIR *dir)
{
    int (*real)(DIR *) = dlsym(RTLD_NEXT, "closedir");
    forget(dir);
    return real(dir);
}

void rewinddir(DIR *dir)
{
    void (*real)(DIR *) = dlsym(RTLD_NEXT, "rewinddir");
    forget(dir);
    real(dir);
}
