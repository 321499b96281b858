/* What the two programs of the bench share: the clock that both read, and the few parts of HTTP/1.1 that both need.
 *
 * Upstream and driver run on one machine, so CLOCK_MONOTONIC is one clock for both: a chunk carries the instant at which
 * it was sent as `sent:<nanoseconds>;`, and whoever reads it knows how long it was under way. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define SENT_MARK "sent:"

static inline uint64_t now_ns(void) {
    struct timespec instant;
    clock_gettime(CLOCK_MONOTONIC, &instant);
    return (uint64_t)instant.tv_sec * 1000000000u + (uint64_t)instant.tv_nsec;
}

static inline void stop_with(const char *what) {
    perror(what);
    exit(1);
}

static inline void *room_for(void *block, size_t bytes) {
    void *grown = realloc(block, bytes);
    if (!grown)
        stop_with("memory");
    return grown;
}

/* The length of a message's head with its empty line, or 0 while that has not arrived. */
static inline size_t head_length(const char *bytes, size_t count) {
    const char *end = memmem(bytes, count, "\r\n\r\n", 4);
    return end ? (size_t)(end - bytes) + 4 : 0;
}

/* The value of a header (RFC 9112, 5: names in any case), or NULL. `name` is written with its colon. */
static inline const char *header(const char *head, size_t length, const char *name) {
    size_t name_length = strlen(name);
    const char *line = head, *end = head + length;
    while ((line = memchr(line, '\n', (size_t)(end - line))) && ++line + name_length < end) {
        if (strncasecmp(line, name, name_length))
            continue;
        line += name_length;
        return line + strspn(line, " \t");
    }
    return NULL;
}

#endif
