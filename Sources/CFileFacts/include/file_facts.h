#ifndef REEVE_FILE_FACTS_H
#define REEVE_FILE_FACTS_H

#include <stdint.h>

/// What the system says of an open file.
///
/// `struct stat` stays in C: which Swift module it belongs to depends on what else a program imports that includes
/// <sys/stat.h>, and on the order of its files. So no header of the system's stands here either.
struct reeve_file_facts {
    uint32_t owner;
    /// Who may do what with it: the lowest twelve bits of its mode.
    uint32_t permissions;
    int32_t is_directory;
};

/// 0, or the error number.
int32_t reeve_file_facts(int32_t descriptor, struct reeve_file_facts *facts);

/// Whether there is anything of that name, be it a link to nothing. What can't be told counts as nothing.
int32_t reeve_name_is_taken(const char *path);

#endif
