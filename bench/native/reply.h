/* Reads one HTTP/1.1 reply as its bytes arrive: Content-Length or chunked (RFC 9112, 6 and 7), and of an event stream its lines.
 *
 * A proxy may cut and join the bytes anywhere, also inside a chunk's size or a time stamp; so lines are looked at when whole. */
#ifndef BENCH_REPLY_H
#define BENCH_REPLY_H

#include "wire.h"

#define LONGEST_HEAD 16384
#define LONGEST_LINE 16384

enum part { HEAD, BODY, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILER, WHOLE };

typedef void chunk_seen(void *owner, uint64_t sent_at_ns);

struct reply {
    enum part part;
    int status, is_stream, closes, saw_finish, saw_done;
    size_t left, head_held, line_held, opening_held;
    char head[LONGEST_HEAD], line[LONGEST_LINE], opening[161]; /* the opening is shown when the reply is not what it should be */
};

static inline void start_reply(struct reply *reply) {
    memset(reply, 0, offsetof(struct reply, head));
    reply->opening[0] = 0;
}

static inline void read_line(struct reply *reply, chunk_seen *seen, void *owner) {
    reply->line[reply->line_held] = 0;
    const char *mark = strstr(reply->line, SENT_MARK);
    if (mark)
        seen(owner, strtoull(mark + sizeof SENT_MARK - 1, NULL, 10));
    const char *finish = strstr(reply->line, "\"finish_reason\"");
    if (finish && finish[15 + strspn(finish + 15, ": ")] == '"')
        reply->saw_finish = 1;
    if (!strncmp(reply->line, "data: [DONE]", 12))
        reply->saw_done = 1;
}

static inline void read_body(struct reply *reply, const char *bytes, size_t count, chunk_seen *seen, void *owner) {
    size_t room = sizeof reply->opening - 1 - reply->opening_held, shown = count < room ? count : room;
    memcpy(reply->opening + reply->opening_held, bytes, shown);
    reply->opening_held += shown;
    reply->opening[reply->opening_held] = 0;
    if (!reply->is_stream)
        return;
    for (size_t each = 0; each < count; each++) {
        if (bytes[each] == '\n') {
            read_line(reply, seen, owner);
            reply->line_held = 0;
        } else if (reply->line_held < LONGEST_LINE - 1) {
            reply->line[reply->line_held++] = bytes[each];
        }
    }
}

static inline void understand_head(struct reply *reply, size_t length) {
    const char *size = header(reply->head, length, "content-length:");
    const char *type = header(reply->head, length, "content-type:");
    const char *connection = header(reply->head, length, "connection:");
    reply->status = atoi(reply->head + sizeof "HTTP/1.1");
    reply->is_stream = type && !strncasecmp(type, "text/event-stream", 17);
    reply->closes = connection && !strncasecmp(connection, "close", 5);
    reply->left = size ? strtoul(size, NULL, 10) : 0;
    if (header(reply->head, length, "transfer-encoding:"))
        reply->part = CHUNK_SIZE;
    else
        reply->part = reply->left ? BODY : WHOLE;
}

/* Takes bytes of the head; gives how many belonged to it. */
static inline size_t read_head(struct reply *reply, const char *bytes, size_t count) {
    size_t held = reply->head_held, room = LONGEST_HEAD - held, taken = count < room ? count : room;
    memcpy(reply->head + held, bytes, taken);
    reply->head_held += taken;
    size_t length = head_length(reply->head, reply->head_held);
    if (!length && taken == room)
        stop_with("a reply's head is too long");
    if (!length)
        return taken;
    understand_head(reply, length);
    return length - held;
}

/* One line of chunked framing: a size, the empty line behind a chunk, or a trailer. Uses the head's space, which is free by now. */
static inline void read_framing(struct reply *reply, char byte) {
    if (byte != '\n') {
        if (reply->head_held < LONGEST_HEAD - 1)
            reply->head[reply->head_held++] = byte;
        return;
    }
    reply->head[reply->head_held] = 0;
    int empty = reply->head[0] == '\r' || !reply->head[0];
    if (reply->part == CHUNK_SIZE) {
        reply->left = strtoul(reply->head, NULL, 16);
        reply->part = reply->left ? CHUNK : TRAILER;
    } else if (reply->part == CHUNK_END) {
        reply->part = CHUNK_SIZE;
    } else if (empty) {
        reply->part = WHOLE;
    }
    reply->head_held = 0;
}

/* Takes bytes as they came; true when the reply is whole. Nothing may follow it: requests are not pipelined. */
static inline int read_reply(struct reply *reply, const char *bytes, size_t count, chunk_seen *seen, void *owner) {
    while (count && reply->part != WHOLE) {
        size_t taken = 1;
        if (reply->part == HEAD) {
            taken = read_head(reply, bytes, count);
            if (reply->part != HEAD)
                reply->head_held = 0;
        } else if (reply->part == BODY || reply->part == CHUNK) {
            taken = count < reply->left ? count : reply->left;
            read_body(reply, bytes, taken, seen, owner);
            reply->left -= taken;
            if (!reply->left)
                reply->part = reply->part == BODY ? WHOLE : CHUNK_END;
        } else {
            read_framing(reply, *bytes);
        }
        bytes += taken;
        count -= taken;
    }
    return reply->part == WHOLE;
}

#endif
