#pragma once

#include <bson/bson.h>

// A bson_t must not be made in Swift, where its alignment of 128 is lost: these make it on C's stack.

/// Whether libbson takes the bytes for a document.
static inline bool cbson_is_valid(const uint8_t *data, size_t length, bson_validate_flags_t flags) {
    bson_t document;
    size_t offset;
    return bson_init_static(&document, data, length) && bson_validate(&document, flags, &offset);
}

/// The document as canonical extended JSON, to be freed with bson_free; NULL if it is malformed.
static inline char *cbson_canonical_json(const uint8_t *data, size_t length) {
    bson_t document;
    if (!bson_init_static(&document, data, length)) {
        return NULL;
    }
    return bson_as_canonical_extended_json(&document, NULL);
}

/// The sixteen bytes of a decimal as it stands in a document, in libbson's text (at most 43 bytes with NUL).
static inline void cbson_decimal_text(uint64_t high, uint64_t low, char *text) {
    bson_decimal128_t decimal;
    decimal.high = high;
    decimal.low = low;
    bson_decimal128_to_string(&decimal, text);
}

/// Reads a decimal as libbson does; false if it refuses the text.
static inline bool cbson_decimal_parse(const char *text, uint64_t *high, uint64_t *low) {
    bson_decimal128_t decimal;
    if (!bson_decimal128_from_string(text, &decimal)) {
        return false;
    }
    *high = decimal.high;
    *low = decimal.low;
    return true;
}
