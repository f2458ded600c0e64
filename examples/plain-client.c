// A plain client of MongoDB that knows nothing of Reeve: it sets one field of one node, as a person with a shell would.
// Without VALUE it prints the field.
//
//   cc plain-client.c -o plain-client $(pkg-config --cflags --libs libmongoc-1.0)
//   ./plain-client URI DATABASE NODE FIELD [VALUE]
#include <mongoc/mongoc.h>
#include <stdio.h>

int main(int count, char **words) {
    if (count < 5) {
        fprintf(stderr, "usage: plain-client URI DATABASE NODE FIELD [VALUE]\n");
        return 2;
    }
    mongoc_init();
    mongoc_client_t *client = mongoc_client_new(words[1]);
    if (!client) {
        fprintf(stderr, "that is no URI of a MongoDB\n");
        return 2;
    }
    mongoc_collection_t *nodes = mongoc_client_get_collection(client, words[2], "nodes");
    bson_t *filter = BCON_NEW("node_id", BCON_UTF8(words[3]));
    bson_error_t error;
    int failed = 0;
    if (count > 5) {
        bson_t *update = BCON_NEW("$set", "{", words[4], BCON_UTF8(words[5]), "}");
        failed = !mongoc_collection_update_one(nodes, filter, update, NULL, NULL, &error);
        bson_destroy(update);
    } else {
        bson_t *options = BCON_NEW("projection", "{", "_id", BCON_INT32(0), words[4], BCON_INT32(1), "}");
        mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(nodes, filter, options, NULL);
        const bson_t *document;
        while (mongoc_cursor_next(cursor, &document)) {
            char *text = bson_as_relaxed_extended_json(document, NULL);
            puts(text);
            bson_free(text);
        }
        failed = mongoc_cursor_error(cursor, &error);
        mongoc_cursor_destroy(cursor);
        bson_destroy(options);
    }
    if (failed) fprintf(stderr, "%s\n", error.message);
    bson_destroy(filter);
    mongoc_collection_destroy(nodes);
    mongoc_client_destroy(client);
    mongoc_cleanup();
    return failed;
}
