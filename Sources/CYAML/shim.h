#pragma once
#include <string.h>
#include <yaml.h>

/*
 * libyaml as a stream of flat events. `yaml_event_t` keeps its data in a union that depends on the event's type;
 * the view below has the same fields for every type, so that Swift never reads a union.
 */

/* What Swift sees of the event at hand. Pointers live until the next event. */
typedef struct reeve_yaml_view {
    yaml_event_type_t type;
    size_t line, column; /* where it starts: 0-based, column in characters */
    size_t end_index;    /* where it ends, in characters from the start of the stream */
    const char *anchor;  /* or NULL; of an alias: the name it refers to */
    const char *tag;     /* or NULL */
    const unsigned char *text;
    size_t length;
    yaml_scalar_style_t style;
    int implicit; /* the end of a document has no mark of its own */
} reeve_yaml_view;

/* The parser refers to this struct by its address: it must not move while it is open. */
typedef struct reeve_yaml_stream {
    yaml_parser_t parser;
    yaml_event_t event;
    reeve_yaml_view view;
    const unsigned char *bytes;
    size_t length;   /* of the input */
    size_t position; /* what libyaml has been given of it */
    size_t bound;    /* once this much is given, asking for more is an error */
} reeve_yaml_stream;

static inline int reeve_yaml_read(void *data, unsigned char *buffer, size_t size, size_t *size_read) {
    reeve_yaml_stream *stream = (reeve_yaml_stream *)data;
    size_t left = stream->length - stream->position;
    if (left > 0 && stream->position >= stream->bound) return 0;
    size_t count = left < size ? left : size;
    if (count > 0) memcpy(buffer, stream->bytes + stream->position, count);
    stream->position += count;
    *size_read = count;
    return 1;
}

/* 0: out of memory, and nothing is open. The bytes must outlive the stream. */
static inline int reeve_yaml_open(reeve_yaml_stream *stream, const unsigned char *bytes, size_t length) {
    memset(stream, 0, sizeof *stream);
    if (!yaml_parser_initialize(&stream->parser)) return 0;
    stream->bytes = bytes;
    stream->length = length;
    stream->bound = length;
    yaml_parser_set_encoding(&stream->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input(&stream->parser, reeve_yaml_read, stream);
    return 1;
}

static inline void reeve_yaml_close(reeve_yaml_stream *stream) {
    yaml_event_delete(&stream->event);
    yaml_parser_delete(&stream->parser);
}

/* 0: an error, described by the parser; the stream must not be advanced again. */
static inline int reeve_yaml_next(reeve_yaml_stream *stream) {
    yaml_event_t *event = &stream->event;
    reeve_yaml_view *view = &stream->view;
    yaml_event_delete(event);
    if (!yaml_parser_parse(&stream->parser, event)) return 0;
    view->type = event->type;
    view->line = event->start_mark.line;
    view->column = event->start_mark.column;
    view->end_index = event->end_mark.index;
    view->anchor = NULL;
    view->tag = NULL;
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        view->anchor = (const char *)event->data.alias.anchor;
        break;
    case YAML_SCALAR_EVENT:
        view->anchor = (const char *)event->data.scalar.anchor;
        view->tag = (const char *)event->data.scalar.tag;
        view->text = event->data.scalar.value;
        view->length = event->data.scalar.length;
        view->style = event->data.scalar.style;
        break;
    case YAML_SEQUENCE_START_EVENT:
        view->anchor = (const char *)event->data.sequence_start.anchor;
        view->tag = (const char *)event->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        view->anchor = (const char *)event->data.mapping_start.anchor;
        view->tag = (const char *)event->data.mapping_start.tag;
        break;
    case YAML_DOCUMENT_END_EVENT:
        view->implicit = event->data.document_end.implicit;
        break;
    default:
        break;
    }
    return 1;
}

/* What went wrong, after `reeve_yaml_next` returned 0. */
typedef struct reeve_yaml_problem {
    yaml_error_type_t type;
    const char *problem; /* or NULL */
    const char *context; /* or NULL */
    size_t line, column; /* 0-based */
    size_t context_line;
} reeve_yaml_problem;

static inline reeve_yaml_problem reeve_yaml_problem_of(const reeve_yaml_stream *stream) {
    const yaml_parser_t *parser = &stream->parser;
    /* Errors of the reader have no mark of their own: the scanner stands where it asked for more. */
    int placed = parser->error == YAML_SCANNER_ERROR || parser->error == YAML_PARSER_ERROR;
    yaml_mark_t mark = placed ? parser->problem_mark : parser->mark;
    reeve_yaml_problem problem = {parser->error, parser->problem, parser->context,
                                  mark.line,     mark.column,     parser->context_mark.line};
    return problem;
}
