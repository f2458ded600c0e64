// The raw client that Reeve is measured beside: libmongoc and nothing else. Prints one line of JSON.
//
//   raw replay URI FROM TO COLLECTION…  inserts FROM's documents into TO's (empty) collections, 1,000 a bulk, unordered, majority
//   raw read URI DATABASE COLLECTION…   reads all documents
//   raw change URI DATABASE COUNT       changes one declaration after another and waits until `status` says it was seen
//   raw alone URI DATABASE COUNT        the same writes and reads as for `change`, Reeve's own done by this client as well
//   raw settle URI DATABASE COUNT       waits until COUNT statuses stand and all of them are Synced
//   raw reconciled URI DATABASE KEY N   waits until the status of KEY has seen its generation N
//   raw writes URI DATABASE             how often each collection was written to since the server started
//   raw dump URI DATABASE COLLECTION    prints every document, as an array
//   raw insert URI DATABASE COLLECTION FILE  inserts the documents of a file, one a line as extended JSON
//   raw size URI DATABASE COLLECTION    counts documents, and the bytes that they and their indexes take on the disk
//   raw load URI DATABASE SECONDS       every node beats each 15 s, and those in use are sampled with a load of their pool's
//   raw set URI DATABASE NODE FIELD INT sets a field of a node behind Reeve's back
#define _GNU_SOURCE
#include <math.h>
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void nap(long microseconds) {
    struct timespec time = {0, microseconds * 1000};
    nanosleep(&time, NULL);
}

static void check(bool good, const bson_error_t *error, const char *what) {
    if (good) return;
    fprintf(stderr, "raw: %s: %s\n", what, error->message);
    exit(1);
}

static mongoc_client_t *client;
static const char *database;

static mongoc_collection_t *collection(const char *name) {
    return mongoc_client_get_collection(client, database, name);
}

// Documents of one collection, in memory.
struct documents {
    bson_t **all;
    size_t count, room;
};

static struct documents read_all(const char *from, const char *name) {
    struct documents read = {NULL, 0, 0};
    mongoc_collection_t *source = mongoc_client_get_collection(client, from, name);
    bson_t filter = BSON_INITIALIZER;
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(source, &filter, NULL, NULL);
    const bson_t *document;
    while (mongoc_cursor_next(cursor, &document)) {
        if (read.count == read.room) {
            read.room = read.room ? read.room * 2 : 1024;
            read.all = realloc(read.all, read.room * sizeof *read.all);
        }
        read.all[read.count++] = bson_copy(document);
    }
    bson_error_t error;
    check(!mongoc_cursor_error(cursor, &error), &error, name);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(source);
    return read;
}

static void free_all(struct documents documents) {
    for (size_t i = 0; i < documents.count; i++) bson_destroy(documents.all[i]);
    free(documents.all);
}

static double insert_all(const char *name, struct documents documents) {
    mongoc_collection_t *target = collection(name);
    bson_t *options = BCON_NEW("ordered", BCON_BOOL(false), "writeConcern", "{", "w", BCON_UTF8("majority"), "}");
    double began = now();
    for (size_t first = 0; first < documents.count; first += 1000) {
        mongoc_bulk_operation_t *bulk = mongoc_collection_create_bulk_operation_with_opts(target, options);
        bson_error_t error;
        for (size_t i = first; i < documents.count && i < first + 1000; i++)
            check(mongoc_bulk_operation_insert_with_opts(bulk, documents.all[i], NULL, &error), &error, name);
        check(mongoc_bulk_operation_execute(bulk, NULL, &error), &error, name);
        mongoc_bulk_operation_destroy(bulk);
    }
    double took = now() - began;
    bson_destroy(options);
    mongoc_collection_destroy(target);
    return took;
}

static void replay(const char *from, char **names, int count) {
    double took = 0;
    size_t documents = 0;
    for (int i = 0; i < count; i++) {
        struct documents read = read_all(from, names[i]);
        took += insert_all(names[i], read);
        documents += read.count;
        free_all(read);
    }
    printf("{\"documents\": %zu, \"seconds\": %.6f}\n", documents, took);
}

static void read_collections(char **names, int count) {
    double began = now();
    size_t documents = 0;
    for (int i = 0; i < count; i++) {
        struct documents read = read_all(database, names[i]);
        documents += read.count;
        free_all(read);
    }
    printf("{\"documents\": %zu, \"seconds\": %.6f}\n", documents, now() - began);
}

static void insert_file(const char *name, const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "raw: %s can't be read\n", path);
        exit(1);
    }
    struct documents documents = {NULL, 0, 0};
    char line[4096];
    while (fgets(line, sizeof line, file)) {
        if (documents.count == documents.room) {
            documents.room = documents.room ? documents.room * 2 : 1024;
            documents.all = realloc(documents.all, documents.room * sizeof *documents.all);
        }
        bson_error_t error;
        bson_t *document = bson_new_from_json((const uint8_t *)line, -1, &error);
        check(document, &error, path);
        documents.all[documents.count++] = document;
    }
    fclose(file);
    printf("{\"seconds\": %.6f}\n", insert_all(name, documents));
    free_all(documents);
}

static double number(const bson_t *document, const char *key) {
    bson_iter_t place;
    return bson_iter_init_find(&place, document, key) ? bson_iter_as_double(&place) : 0;
}

static void size(const char *name) {
    bson_t command = BSON_INITIALIZER, reply;
    BSON_APPEND_UTF8(&command, "collStats", name);
    bson_error_t error;
    check(mongoc_client_command_simple(client, database, &command, NULL, &reply, &error), &error, name);
    printf("{\"documents\": %.0f, \"bytes\": %.0f, \"stored\": %.0f, \"indexes\": %.0f}\n", number(&reply, "count"),
           number(&reply, "size"), number(&reply, "storageSize"), number(&reply, "totalIndexSize"));
    bson_destroy(&reply);
    bson_destroy(&command);
}

// One open transaction.
struct transaction {
    mongoc_client_session_t *session;
    bson_t options;
};

static struct transaction begin(mongoc_client_session_t *session) {
    struct transaction transaction = {session, BSON_INITIALIZER};
    bson_error_t error;
    check(mongoc_client_session_start_transaction(session, NULL, &error), &error, "start");
    check(mongoc_client_session_append(session, &transaction.options, &error), &error, "session");
    return transaction;
}

static bool commit(struct transaction *transaction) {
    bson_t reply;
    bson_error_t error;
    bool good = mongoc_client_session_commit_transaction(transaction->session, &reply, &error);
    bson_destroy(&reply);
    bson_destroy(&transaction->options);
    return good;
}

// False when the transaction lost against another one.
static bool update(struct transaction *transaction, mongoc_collection_t *target, bson_t *filter, bson_t *change) {
    bson_t reply;
    bson_error_t error;
    bool good = mongoc_collection_update_one(target, filter, change, &transaction->options, &reply, &error);
    if (!good && !mongoc_error_has_label(&reply, "TransientTransactionError")) check(good, &error, "update");
    bson_destroy(&reply);
    bson_destroy(filter);
    bson_destroy(change);
    return good;
}

static bson_t *find_one(mongoc_collection_t *source, bson_t *filter, const bson_t *options) {
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(source, filter, options, NULL);
    const bson_t *found;
    bson_t *copy = mongoc_cursor_next(cursor, &found) ? bson_copy(found) : NULL;
    bson_error_t error;
    check(!mongoc_cursor_error(cursor, &error), &error, "find");
    mongoc_cursor_destroy(cursor);
    bson_destroy(filter);
    return copy;
}

static int64_t integer(const bson_t *document, const char *path) {
    bson_iter_t iterator, found;
    if (document && bson_iter_init(&iterator, document) && bson_iter_find_descendant(&iterator, path, &found))
        return bson_iter_as_int64(&found);
    return -1;
}

// A change of one declaration as `apply` writes it: the counter, the declaration, what it replaced.
static int64_t declare(mongoc_client_session_t *session, const char *key, const bson_t *before, int sessions) {
    mongoc_collection_t *desired = collection("desired"), *counter = collection("revision");
    mongoc_collection_t *revisions = collection("desired_revisions");
    int64_t generation = integer(before, "generation") + 1;
    bool done = false;
    while (!done) {
        bson_t *value = find_one(counter, BCON_NEW("_id", BCON_UTF8("desired")), NULL);
        int64_t revision = integer(value, "value") + 1;
        bson_destroy(value);
        struct transaction open = begin(session);
        bool good = update(&open, counter, BCON_NEW("_id", BCON_UTF8("desired")),
                           BCON_NEW("$inc", "{", "value", BCON_INT64(1), "}"));
        good = good && update(&open, desired, BCON_NEW("_id", BCON_UTF8(key)),
                              BCON_NEW("$set", "{", "spec.configuration.max_sessions", BCON_INT64(sessions), "generation",
                                       BCON_INT64(generation), "revision", BCON_INT64(revision), "}"));
        if (good) {
            bson_t kept = BSON_INITIALIZER;
            char id[256];
            snprintf(id, sizeof id, "raw/%s/%lld/%lld", key, (long long)generation, (long long)revision);
            bson_append_utf8(&kept, "_id", -1, id, -1);
            bson_copy_to_excluding_noinit(before, &kept, "_id", NULL);
            bson_error_t error;
            check(mongoc_collection_insert_one(revisions, &kept, &open.options, NULL, &error), &error, "desired_revisions");
            bson_destroy(&kept);
            done = commit(&open);
        } else {
            mongoc_client_session_abort_transaction(session, NULL);
            bson_destroy(&open.options);
        }
    }
    mongoc_collection_destroy(desired);
    mongoc_collection_destroy(counter);
    mongoc_collection_destroy(revisions);
    return generation;
}

// What the daemon does about it: three reads, and a fenced transaction on the document and its status.
static void reconcile(mongoc_client_session_t *session, const char *key, int64_t generation) {
    mongoc_collection_t *desired = collection("desired"), *nodes = collection("nodes"), *status = collection("status");
    mongoc_collection_t *fences = collection("fences");
    bson_t *declared = find_one(desired, BCON_NEW("_id", BCON_UTF8(key)), NULL);
    const char *id = strchr(key, '/') + 1;
    bson_destroy(find_one(nodes, BCON_NEW("node_id", BCON_UTF8(id)), NULL));
    bson_destroy(find_one(status, BCON_NEW("_id", BCON_UTF8(key)), NULL));
    int64_t sessions = integer(declared, "spec.configuration.max_sessions");
    bson_destroy(declared);
    bool done = false;
    while (!done) {
        struct transaction open = begin(session);
        bool good = update(&open, fences, BCON_NEW("_id", BCON_INT32(0)), BCON_NEW("$inc", "{", "writes", BCON_INT64(1), "}"));
        good = good && update(&open, nodes, BCON_NEW("node_id", BCON_UTF8(id)),
                              BCON_NEW("$set", "{", "configuration.max_sessions", BCON_INT64(sessions), "}", "$currentDate",
                                       "{", "updated_at", BCON_BOOL(true), "}"));
        good = good && update(&open, status, BCON_NEW("_id", BCON_UTF8(key)),
                              BCON_NEW("$set", "{", "observed_generation", BCON_INT64(generation),
                                       "conditions.0.observed_generation", BCON_INT64(generation),
                                       "conditions.1.observed_generation", BCON_INT64(generation), "}"));
        if (good) {
            done = commit(&open);
        } else {
            mongoc_client_session_abort_transaction(session, NULL);
            bson_destroy(&open.options);
        }
    }
    mongoc_collection_destroy(desired);
    mongoc_collection_destroy(nodes);
    mongoc_collection_destroy(status);
    mongoc_collection_destroy(fences);
}

static void await_status(const char *key, int64_t generation) {
    mongoc_collection_t *status = collection("status");
    bson_t *options = BCON_NEW("projection", "{", "observed_generation", BCON_INT32(1), "}");
    double deadline = now() + 30;
    for (;;) {
        bson_t *found = find_one(status, BCON_NEW("_id", BCON_UTF8(key)), options);
        int64_t seen = integer(found, "observed_generation");
        if (found) bson_destroy(found);
        if (seen >= generation) break;
        if (now() > deadline) {
            fprintf(stderr, "raw: %s was not reconciled within 30 s\n", key);
            exit(1);
        }
        nap(200);
    }
    bson_destroy(options);
    mongoc_collection_destroy(status);
}

// Prints when each change began and how long it took.
static void change(int count, bool alone) {
    mongoc_collection_t *desired = collection("desired");
    bson_t *options = BCON_NEW("limit", BCON_INT64(count), "sort", "{", "_id", BCON_INT32(1), "}");
    bson_t *filter = BCON_NEW("kind", BCON_UTF8("Node"));
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(desired, filter, options, NULL);
    struct documents keys = {calloc((size_t)count, sizeof(bson_t *)), 0, (size_t)count};
    const bson_t *document;
    while (mongoc_cursor_next(cursor, &document)) keys.all[keys.count++] = bson_copy(document);
    mongoc_cursor_destroy(cursor);
    bson_error_t error;
    mongoc_client_session_t *session = mongoc_client_start_session(client, NULL, &error);
    check(session != NULL, &error, "session");
    printf("[");
    for (size_t i = 0; i < keys.count; i++) {
        bson_iter_t iterator;
        bson_iter_init_find(&iterator, keys.all[i], "_id");
        const char *key = bson_iter_utf8(&iterator, NULL);
        int sessions = (int)(integer(keys.all[i], "spec.configuration.max_sessions") + 1);
        double began = now();
        int64_t generation = declare(session, key, keys.all[i], sessions < 1 ? 1 : sessions);
        if (alone) reconcile(session, key, generation);
        await_status(key, generation);
        printf("%s[%.6f, %.6f]", i ? ", " : "", began, now() - began);
        nap(2000);
    }
    printf("]\n");
    mongoc_client_session_destroy(session);
    free_all(keys);
    bson_destroy(options);
    bson_destroy(filter);
    mongoc_collection_destroy(desired);
}

static void settle(int64_t count) {
    mongoc_collection_t *status = collection("status");
    bson_t *unsettled = BCON_NEW("conditions", "{", "$not", "{", "$elemMatch", "{", "type", BCON_UTF8("Synced"), "status",
                                 BCON_UTF8("True"), "}", "}", "}");
    bson_t *one = BCON_NEW("limit", BCON_INT64(1), "projection", "{", "_id", BCON_INT32(1), "}");
    bson_error_t error;
    double deadline = now() + 300;
    for (;;) {
        int64_t standing = mongoc_collection_estimated_document_count(status, NULL, NULL, NULL, &error);
        check(standing >= 0, &error, "status");
        if (standing >= count) {
            bson_t *found = find_one(status, bson_copy(unsettled), one);
            if (!found) break;
            bson_destroy(found);
        }
        if (now() > deadline) {
            fprintf(stderr, "raw: %lld of %lld statuses after 300 s\n", (long long)standing, (long long)count);
            exit(1);
        }
        nap(2000);
    }
    printf("{\"at\": %.6f}\n", now());
    bson_destroy(unsettled);
    bson_destroy(one);
    mongoc_collection_destroy(status);
}

static void count_writes(void) {
    bson_t *command = BCON_NEW("top", BCON_INT32(1));
    bson_t reply;
    bson_error_t error;
    check(mongoc_client_command_simple(client, "admin", command, NULL, &reply, &error), &error, "top");
    bson_iter_t iterator, totals, collections;
    bson_iter_init(&iterator, &reply);
    bson_iter_find_descendant(&iterator, "totals", &totals);
    bson_iter_recurse(&totals, &collections);
    size_t length = strlen(database);
    const char *separator = "";
    printf("{");
    while (bson_iter_next(&collections)) {
        const char *name = bson_iter_key(&collections);
        if (strncmp(name, database, length) || name[length] != '.') continue;
        bson_iter_t inside, found;
        int64_t writes = 0;
        for (int i = 0; i < 3; i++) {
            static const char *paths[] = {"insert.count", "update.count", "remove.count"};
            bson_iter_recurse(&collections, &inside);
            if (bson_iter_find_descendant(&inside, paths[i], &found)) writes += bson_iter_as_int64(&found);
        }
        printf("%s\"%s\": %lld", separator, name + length + 1, (long long)writes);
        separator = ", ";
    }
    printf("}\n");
    bson_destroy(&reply);
    bson_destroy(command);
}

static void dump(const char *name) {
    struct documents read = read_all(database, name);
    printf("[");
    for (size_t i = 0; i < read.count; i++) {
        char *text = bson_as_relaxed_extended_json(read.all[i], NULL);
        printf("%s%s", i ? ",\n" : "", text);
        bson_free(text);
    }
    printf("]\n");
    free_all(read);
}

static void set(const char *node, const char *field, int64_t value) {
    mongoc_collection_t *nodes = collection("nodes");
    bson_t *filter = BCON_NEW("node_id", BCON_UTF8(node));
    bson_t *update = BCON_NEW("$set", "{", field, BCON_INT64(value), "}");
    bson_error_t error;
    check(mongoc_collection_update_one(nodes, filter, update, NULL, NULL, &error), &error, "set");
    printf("{\"at\": %.6f}\n", now());
    bson_destroy(filter);
    bson_destroy(update);
    mongoc_collection_destroy(nodes);
}

// A pool's load in fully used nodes: one in ten rises and falls within ten minutes, the others keep between the
// thresholds as long as they have ten nodes in use.
static double load_of(unsigned pool, double at) {
    double wave = sin(2 * M_PI * (at / 600 + pool % 97 / 97.0));
    return pool % 10 == 0 ? 7 + 6 * wave : 7 + 0.3 * wave;
}

// One pool's nodes: beats, and samples of those in use. Returns how many samples.
static int64_t play_pool(const char *pool_id, unsigned pool) {
    mongoc_collection_t *nodes = collection("nodes"), *metrics = collection("resource_metrics");
    bson_t *filter = BCON_NEW("pool_id", BCON_UTF8(pool_id));
    bson_t *beat = BCON_NEW("$currentDate", "{", "last_heartbeat", BCON_BOOL(true), "}");
    bson_t *weak = BCON_NEW("writeConcern", "{", "w", BCON_INT32(1), "}");
    bson_t *fields = BCON_NEW("projection", "{", "node_id", BCON_INT32(1), "status", BCON_INT32(1), "}");
    bson_error_t error;
    check(mongoc_collection_update_many(nodes, filter, beat, weak, NULL, &error), &error, "beat");
    char active[64][64];
    int64_t count = 0;
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(nodes, filter, fields, NULL);
    const bson_t *node;
    while (mongoc_cursor_next(cursor, &node) && count < 64) {
        bson_iter_t id, status;
        if (!bson_iter_init_find(&status, node, "status") || !BSON_ITER_HOLDS_UTF8(&status)) continue;
        if (strcmp(bson_iter_utf8(&status, NULL), "active") || !bson_iter_init_find(&id, node, "node_id")) continue;
        snprintf(active[count++], sizeof active[0], "%s", bson_iter_utf8(&id, NULL));
    }
    check(!mongoc_cursor_error(cursor, &error), &error, "nodes");
    int64_t at = (int64_t)(now() * 1000);
    double usage = count ? 100 * load_of(pool, now()) / (double)count : 0;
    if (usage > 100) usage = 100;
    mongoc_bulk_operation_t *bulk = mongoc_collection_create_bulk_operation_with_opts(metrics, weak);
    for (int64_t i = 0; i < count; i++) {
        bson_t *sample =
            BCON_NEW("node_id", BCON_UTF8(active[i]), "timestamp", BCON_DATE_TIME(at), "cpu", "{", "usage_percent",
                     BCON_DOUBLE(usage), "}", "memory", "{", "used_bytes", BCON_INT64(1LL << 34), "total_bytes",
                     BCON_INT64(1LL << 37), "}");
        mongoc_bulk_operation_insert(bulk, sample);
        bson_destroy(sample);
    }
    if (count) check(mongoc_bulk_operation_execute(bulk, NULL, &error), &error, "resource_metrics");
    mongoc_bulk_operation_destroy(bulk);
    mongoc_cursor_destroy(cursor);
    bson_destroy(filter);
    bson_destroy(beat);
    bson_destroy(weak);
    bson_destroy(fields);
    mongoc_collection_destroy(nodes);
    mongoc_collection_destroy(metrics);
    return count;
}

// Pools take turns within the 15 seconds, so that the load on the server is even.
static void play(double seconds) {
    struct documents pools = read_all(database, "node_pools");
    double began = now(), longest = 0;
    int64_t samples = 0;
    for (size_t turn = 0; now() - began < seconds; turn++) {
        double due = began + 15.0 * (double)turn / (double)pools.count;
        while (now() < due) nap(1000);
        if (now() - due > longest) longest = now() - due;
        bson_iter_t id;
        size_t pool = turn % pools.count;
        if (!bson_iter_init_find(&id, pools.all[pool], "pool_id")) continue;
        samples += play_pool(bson_iter_utf8(&id, NULL), (unsigned)pool);
    }
    printf("{\"samples\": %lld, \"seconds\": %.3f, \"latest\": %.3f}\n", (long long)samples, now() - began, longest);
    free_all(pools);
}

int main(int count, char **words) {
    if (count < 4) {
        fprintf(stderr, "usage: raw replay|read|change|alone|settle|reconciled|writes|dump|set URI DATABASE …\n");
        return 2;
    }
    mongoc_init();
    bson_error_t error;
    mongoc_uri_t *uri = mongoc_uri_new_with_error(words[2], &error);
    check(uri != NULL, &error, "uri");
    mongoc_write_concern_t *majority = mongoc_write_concern_new();
    mongoc_write_concern_set_w(majority, MONGOC_WRITE_CONCERN_W_MAJORITY);
    mongoc_uri_set_write_concern(uri, majority);
    client = mongoc_client_new_from_uri(uri);
    mongoc_client_set_error_api(client, 2);
    database = words[3];
    if (!strcmp(words[1], "replay") && count > 5) {
        database = words[4];
        replay(words[3], words + 5, count - 5);
    } else if (!strcmp(words[1], "read") && count > 4) {
        read_collections(words + 4, count - 4);
    } else if (!strcmp(words[1], "change") && count == 5) {
        change(atoi(words[4]), false);
    } else if (!strcmp(words[1], "alone") && count == 5) {
        change(atoi(words[4]), true);
    } else if (!strcmp(words[1], "settle") && count == 5) {
        settle(atoll(words[4]));
    } else if (!strcmp(words[1], "reconciled") && count == 6) {
        await_status(words[4], atoll(words[5]));
        printf("{\"at\": %.6f}\n", now());
    } else if (!strcmp(words[1], "writes")) {
        count_writes();
    } else if (!strcmp(words[1], "dump") && count == 5) {
        dump(words[4]);
    } else if (!strcmp(words[1], "insert") && count == 6) {
        insert_file(words[4], words[5]);
    } else if (!strcmp(words[1], "size") && count == 5) {
        size(words[4]);
    } else if (!strcmp(words[1], "load") && count == 5) {
        play(atof(words[4]));
    } else if (!strcmp(words[1], "set") && count == 7) {
        set(words[4], words[5], atoll(words[6]));
    } else {
        fprintf(stderr, "raw: what is %s?\n", words[1]);
        return 2;
    }
    mongoc_write_concern_destroy(majority);
    mongoc_uri_destroy(uri);
    mongoc_client_destroy(client);
    mongoc_cleanup();
    return 0;
}
