#define _GNU_SOURCE

#include "file_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static int64_t nanoseconds(struct timespec time) {
    int64_t whole, sum;
    if (__builtin_mul_overflow((int64_t)time.tv_sec, INT64_C(1000000000), &whole)
        || __builtin_add_overflow(whole, (int64_t)time.tv_nsec, &sum)) {
        return time.tv_sec < 0 ? INT64_MIN : INT64_MAX;
    }
    return sum;
}

static int32_t told(int result, const struct stat *status, struct reeve_file_facts *facts) {
    if (result != 0) return errno;
    facts->device = status->st_dev;
    facts->inode = status->st_ino;
    facts->size = status->st_size;
    facts->modified = nanoseconds(status->st_mtim);
    facts->changed = nanoseconds(status->st_ctim);
    facts->owner = status->st_uid;
    facts->mode = status->st_mode;
    return 0;
}

int32_t reeve_facts_of_descriptor(int32_t descriptor, struct reeve_file_facts *facts) {
    struct stat status;
    return told(fstat(descriptor, &status), &status, facts);
}

int32_t reeve_facts_of_path(const char *path, struct reeve_file_facts *facts) {
    struct stat status;
    return told(lstat(path, &status), &status, facts);
}

int32_t reeve_facts_in_folder(int32_t folder, const char *name, struct reeve_file_facts *facts) {
    struct stat status;
    return told(fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW), &status, facts);
}
