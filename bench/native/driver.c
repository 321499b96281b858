/* The load: keep-alive connections in a closed loop, every latency kept, one thread, epoll.
 *
 *     driver PORT CONNECTIONS WARM_MS MEASURE_MS SPREAD_MS ONCE < request
 *
 * Each connection sends the request, reads the whole reply, and sends it again; with ONCE=1 it stops after one. Connections start evenly
 * over SPREAD_MS. What completes in the first WARM_MS is not counted. Percentiles are exact: of all samples, sorted, no buckets.
 * A stream counts as whole only when it brought a finish_reason and [DONE]. One JSON object on standard output. */
#define _GNU_SOURCE
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reply.h"

#define EVENTS_AT_ONCE 256
#define LARGEST_REQUEST (1u << 20)
#define FAILURES_BEFORE_GIVING_UP 1000

struct samples {
    uint64_t *values;
    size_t count, capacity;
};

struct connection {
    int fd, started, finished;
    uint64_t asked_at, first_chunk_at, start_at;
    struct reply reply;
};

static struct {
    struct sockaddr_in address;
    char *request;
    size_t request_length;
    int once, poll;
    uint64_t begun_at, counted_from, ends_at;
} plan;

static struct {
    struct samples latency, first_chunk, relay;
    size_t whole, failed, broken, refused, unfinished;
    char complaint[240];
} seen;

static void keep(struct samples *in, uint64_t value) {
    if (in->count == in->capacity) {
        in->capacity = in->capacity ? in->capacity * 2 : 65536;
        in->values = room_for(in->values, in->capacity * sizeof *in->values);
    }
    in->values[in->count++] = value;
}

static void complain(const char *why, const char *evidence) {
    if (seen.complaint[0])
        return;
    snprintf(seen.complaint, sizeof seen.complaint, "%s %s", why, evidence);
    for (char *byte = seen.complaint; *byte; byte++)
        if (*byte < ' ' || *byte > '~' || *byte == '"' || *byte == '\\')
            *byte = *byte == '"' ? '\'' : ' ';
}

static void ask(struct connection *with) {
    start_reply(&with->reply);
    with->first_chunk_at = 0;
    with->asked_at = now_ns();
    ssize_t sent = send(with->fd, plan.request, plan.request_length, MSG_NOSIGNAL);
    if (sent != (ssize_t)plan.request_length)
        complain("the request did not fit into the socket", "");
}

static void open_connection(struct connection *one) {
    int yes = 1;
    one->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(one->fd, (struct sockaddr *)&plan.address, sizeof plan.address)) {
        seen.refused++;
        complain("connection refused", "");
        close(one->fd);
        one->fd = -1;
        one->finished = 1;
        return;
    }
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event interest = {.events = EPOLLIN, .data.ptr = one};
    epoll_ctl(plan.poll, EPOLL_CTL_ADD, one->fd, &interest);
    ask(one);
}

static void start_again(struct connection *one) {
    close(one->fd);
    one->fd = -1;
    if (plan.once || seen.failed > FAILURES_BEFORE_GIVING_UP)
        one->finished = 1;
    else
        open_connection(one);
}

static void note_chunk(void *owner, uint64_t sent_at) {
    struct connection *from = owner;
    uint64_t now = now_ns();
    if (!from->first_chunk_at)
        from->first_chunk_at = now;
    if (now >= plan.counted_from)
        keep(&seen.relay, now - sent_at);
}

/* Counts a reply that has been read to its end, and asks again. */
static void take_reply(struct connection *from) {
    uint64_t now = now_ns();
    struct reply *reply = &from->reply;
    if (reply->status != 200) {
        seen.failed++;
        complain("an answer was not 200:", reply->opening);
    } else if (reply->is_stream && !(reply->saw_finish && reply->saw_done)) {
        seen.broken++;
        complain("a stream ended without finish_reason and [DONE]:", reply->opening);
    } else if (now >= plan.counted_from) {
        seen.whole++;
        keep(&seen.latency, now - from->asked_at);
        if (from->first_chunk_at)
            keep(&seen.first_chunk, from->first_chunk_at - from->asked_at);
    }
    from->finished = plan.once;
    if (seen.failed > FAILURES_BEFORE_GIVING_UP)
        from->finished = 1;
    else if (reply->closes)
        start_again(from);
    else if (!from->finished)
        ask(from);
}

static void read_from(struct connection *from) {
    char bytes[65536];
    ssize_t count = recv(from->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count <= 0) {
        if (!from->finished) {
            seen.failed++;
            complain("the connection was closed in the middle of", from->reply.is_stream ? "a stream" : "an answer");
            start_again(from);
        } else {
            epoll_ctl(plan.poll, EPOLL_CTL_DEL, from->fd, NULL);
        }
        return;
    }
    if (!from->finished && read_reply(&from->reply, bytes, (size_t)count, note_chunk, from))
        take_reply(from);
}

/* Starts those whose time has come; gives how many have not finished. */
static int start_due(struct connection *all, int count, uint64_t now) {
    int open = 0;
    for (int each = 0; each < count; each++) {
        if (!all[each].started && all[each].start_at <= now) {
            all[each].started = 1;
            open_connection(&all[each]);
        }
        open += !all[each].finished;
    }
    return open;
}

static void drive(struct connection *all, int count) {
    struct epoll_event ready[EVENTS_AT_ONCE];
    uint64_t look_at = 0, now;
    int open = count;
    while ((now = now_ns()) < plan.ends_at) {
        if (now >= look_at) {
            open = start_due(all, count, now);
            look_at = now + 1000000;
        }
        if (!open)
            break;
        int found = epoll_wait(plan.poll, ready, EVENTS_AT_ONCE, 1);
        for (int each = 0; each < found; each++)
            read_from(ready[each].data.ptr);
    }
    for (int each = 0; plan.once && each < count; each++)
        seen.unfinished += !all[each].finished;
}

static int by_value(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Percentiles by nearest rank. */
static void print_samples(const char *name, struct samples *of) {
    size_t n = of->count;
    if (n)
        qsort(of->values, n, sizeof *of->values, by_value);
#define RANK(percent) (n ? (double)of->values[(n * (percent) + 99) / 100 - 1] / 1e6 : 0.0)
    printf("\"%s\":{\"count\":%zu,\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"max_ms\":%.4f},", name, n, RANK(50), RANK(99), RANK(100));
#undef RANK
}

static void print_findings(double seconds) {
    putchar('{');
    print_samples("latency", &seen.latency);
    print_samples("first_chunk", &seen.first_chunk);
    print_samples("relay", &seen.relay);
    printf("\"seconds\":%.4f,\"whole\":%zu,\"failed\":%zu,\"broken\":%zu,\"refused\":%zu,\"unfinished\":%zu,", seconds, seen.whole,
           seen.failed, seen.broken, seen.refused, seen.unfinished);
    printf("\"complaint\":\"%s\"}\n", seen.complaint);
}

static void read_plan(char **arguments) {
    plan.address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    plan.address.sin_port = htons((uint16_t)atoi(arguments[1]));
    plan.once = atoi(arguments[6]);
    plan.request = room_for(NULL, LARGEST_REQUEST);
    plan.request_length = fread(plan.request, 1, LARGEST_REQUEST, stdin);
    plan.poll = epoll_create1(0);
    plan.begun_at = now_ns();
    plan.counted_from = plan.begun_at + strtoull(arguments[3], NULL, 10) * 1000000;
    plan.ends_at = plan.counted_from + strtoull(arguments[4], NULL, 10) * 1000000;
}

int main(int count, char **arguments) {
    if (count != 7)
        return fputs("usage: driver PORT CONNECTIONS WARM_MS MEASURE_MS SPREAD_MS ONCE < request\n", stderr), 2;
    read_plan(arguments);
    int connections = atoi(arguments[2]);
    uint64_t spread_ns = strtoull(arguments[5], NULL, 10) * 1000000;
    struct connection *all = room_for(NULL, sizeof *all * (size_t)connections);
    for (int each = 0; each < connections; each++)
        all[each] = (struct connection){.fd = -1, .start_at = plan.begun_at + spread_ns * (uint64_t)each / (uint64_t)connections};
    drive(all, connections);
    uint64_t ended_at = now_ns();
    print_findings(ended_at > plan.counted_from ? (double)(ended_at - plan.counted_from) / 1e9 : 0.0);
    return 0;
}
