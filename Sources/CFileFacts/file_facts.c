#include "file_facts.h"

#include <errno.h>
#include <sys/stat.h>

int32_t reeve_file_facts(int32_t descriptor, struct reeve_file_facts *facts) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return errno;
    facts->owner = status.st_uid;
    facts->permissions = status.st_mode & 07777;
    facts->is_directory = S_ISDIR(status.st_mode);
    return 0;
}

int32_t reeve_name_is_taken(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}
