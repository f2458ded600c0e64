#ifndef REEVE_FILE_FACTS_H
#define REEVE_FILE_FACTS_H

#include <stdint.h>

/// What the system says of a file.
///
/// `struct stat` stays in C: which Swift module it belongs to depends on what else a program imports that includes
/// <sys/stat.h>, and on the order of its files. So no header of the system's stands here either.
struct reeve_file_facts {
    uint64_t device;
    uint64_t inode;
    int64_t size;
    /// Nanoseconds since 1970; of a year that does not fit, the first or the last that does.
    int64_t modified;
    int64_t changed;
    uint32_t owner;
    /// Its kind (`S_IFMT`), and who may do what with it.
    uint32_t mode;
};

/// Each returns 0, or the error number. Links are not followed.
int32_t reeve_facts_of_descriptor(int32_t descriptor, struct reeve_file_facts *facts);
int32_t reeve_facts_of_path(const char *path, struct reeve_file_facts *facts);
int32_t reeve_facts_in_folder(int32_t folder, const char *name, struct reeve_file_facts *facts);

#endif
