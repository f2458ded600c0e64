#pragma once
#include <mongoc/mongoc.h>
#include <stdlib.h>
#include <sys/prctl.h>

// What Swift cannot import or must not do itself. A bson_t is only ever made in C: its alignment of 128 bytes is lost
// on import.

// Storage for a reply that a mongoc function fills in. It is a valid empty document until then.
static inline bson_t *reeve_reply_new(void) {
    bson_t *reply = aligned_alloc(_Alignof(bson_t), sizeof(bson_t));
    if (!reply) {
        abort();
    }
    bson_init(reply);
    return reply;
}

static inline void reeve_reply_destroy(bson_t *reply) {
    bson_destroy(reply);
    free(reply);
}

static inline uint32_t reeve_bson_length(const bson_t *document) {
    return document->len;
}

static inline mongoc_session_opt_t *reeve_session_options(void) {
    mongoc_session_opt_t *options = mongoc_session_opts_new();
    mongoc_session_opts_set_causal_consistency(options, false);
    return options;
}

// Majority writes with a time limit, reads from the primary with the given read concern.
static inline mongoc_transaction_opt_t *reeve_transaction_options(const char *read_concern, int64_t wtimeout_ms) {
    mongoc_transaction_opt_t *options = mongoc_transaction_opts_new();
    mongoc_write_concern_t *write = mongoc_write_concern_new();
    mongoc_read_concern_t *read = mongoc_read_concern_new();
    mongoc_read_prefs_t *preference = mongoc_read_prefs_new(MONGOC_READ_PRIMARY);
    mongoc_write_concern_set_w(write, MONGOC_WRITE_CONCERN_W_MAJORITY);
    mongoc_write_concern_set_wtimeout_int64(write, wtimeout_ms);
    mongoc_read_concern_set_level(read, read_concern);
    mongoc_transaction_opts_set_write_concern(options, write);
    mongoc_transaction_opts_set_read_concern(options, read);
    mongoc_transaction_opts_set_read_prefs(options, preference);
    mongoc_write_concern_destroy(write);
    mongoc_read_concern_destroy(read);
    mongoc_read_prefs_destroy(preference);
    return options;
}

// Names the calling thread for tools; the kernel keeps 15 bytes.
static inline void reeve_name_thread(const char *name) {
    prctl(PR_SET_NAME, name);
}
