/* An OpenAI-shaped upstream that costs nearly nothing: one thread, epoll, canned bytes.
 *
 *     upstream CHUNKS PERIOD_MS
 *
 * listens on a port of its own choosing on loopback and prints it. `GET` lists two models. A call of `bench` is answered at
 * once: as JSON, or with "stream":true as FULL_SPEED_CHUNKS chunks written one after the other. A stream of `bench-paced` has CHUNKS
 * chunks, the first at once and then one each PERIOD_MS. It is a load generator's other half, not a server: a
 * request body needs Content-Length, and a reply must fit into the socket's buffer. */
#define _GNU_SOURCE
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define FULL_SPEED_CHUNKS 50
#define LARGEST_REQUEST (8u << 20)
#define EVENTS_AT_ONCE 256

#define COMMON "\"id\":\"chatcmpl-bench\",\"created\":1,\"model\":\"bench\","
#define CHUNK COMMON "\"object\":\"chat.completion.chunk\",\"choices\":"
#define USAGE "\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":50,\"total_tokens\":62}"

static const char MODELS[] =
    "{\"object\":\"list\",\"data\":[{\"id\":\"bench\",\"object\":\"model\",\"created\":1,\"owned_by\":\"bench\"},"
    "{\"id\":\"bench-paced\",\"object\":\"model\",\"created\":1,\"owned_by\":\"bench\"}]}";
static const char ANSWER[] =
    "{" COMMON "\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
    "\"A short answer, of the length that a question in passing gets: one sentence, and a second one after it.\"},"
    "\"finish_reason\":\"stop\"}]," USAGE "}";
static const char STREAM_HEAD[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
static const char ROLE[] = "data: {" CHUNK
                           "[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";
static const char FINISH[] = "data: {" CHUNK "[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
static const char TOTALS[] = "data: {" CHUNK "[]," USAGE "}\n\n";
static const char DONE[] = "data: [DONE]\n\n";

struct connection {
    int fd;
    char *request;
    size_t held, capacity;
    int chunks_left, wants_usage, queued;
    uint64_t next_at_ns;
    struct connection *behind;
};

/* Streams between two chunks. All have one period, so whoever joins last is due last: a queue is in order of time. */
static struct connection *first_due, *last_due;
static int paced_chunks;
static uint64_t period_ns;

static void send_whole(struct connection *to, const char *bytes, size_t count) {
    if (to->fd < 0 || send(to->fd, bytes, count, MSG_NOSIGNAL) == (ssize_t)count)
        return;
    close(to->fd); /* gone, or so slow that its buffer is full: either way its stream is broken, and the driver says so */
    to->fd = -1;
}

static void send_events(struct connection *to, const char *events) {
    char framed[2048];
    int count = snprintf(framed, sizeof framed, "%zx\r\n%s\r\n", strlen(events), events);
    send_whole(to, framed, (size_t)count);
}

static void send_content(struct connection *to) {
    char event[512];
    snprintf(event, sizeof event,
             "data: {" CHUNK "[{\"index\":0,\"delta\":{\"content\":\"" SENT_MARK "%llu; \"},\"finish_reason\":null}]}\n\n",
             (unsigned long long)now_ns());
    send_events(to, event);
    to->chunks_left--;
}

static void send_end(struct connection *to) {
    char events[1024];
    snprintf(events, sizeof events, "%s%s%s", FINISH, to->wants_usage ? TOTALS : "", DONE);
    send_events(to, events);
    send_whole(to, "0\r\n\r\n", 5);
}

static void put_in_queue(struct connection *stream) {
    stream->behind = NULL;
    stream->queued = 1;
    if (first_due)
        last_due->behind = stream;
    else
        first_due = stream;
    last_due = stream;
}

static void leave(struct connection *who) {
    if (who->fd >= 0)
        close(who->fd);
    who->fd = -1;
    if (who->queued)
        return; /* the queue still points here and frees it when its turn comes */
    free(who->request);
    free(who);
}

/* Sends what is due; gives the milliseconds until more is, or -1. */
static int send_due(void) {
    while (first_due) {
        struct connection *stream = first_due;
        uint64_t now = now_ns();
        if (stream->next_at_ns > now)
            return (int)((stream->next_at_ns - now + 999999) / 1000000);
        first_due = stream->behind;
        stream->queued = 0;
        send_content(stream);
        stream->next_at_ns += period_ns;
        if (stream->fd < 0)
            leave(stream);
        else if (stream->chunks_left > 0)
            put_in_queue(stream);
        else
            send_end(stream);
    }
    return -1;
}

static void start_stream(struct connection *to, int paced) {
    send_whole(to, STREAM_HEAD, sizeof STREAM_HEAD - 1);
    send_events(to, ROLE);
    to->chunks_left = paced ? paced_chunks : FULL_SPEED_CHUNKS;
    do
        send_content(to);
    while (!paced && to->chunks_left > 0);
    if (to->chunks_left <= 0) {
        send_end(to);
        return;
    }
    to->next_at_ns = now_ns() + period_ns;
    put_in_queue(to);
}

static void send_json(struct connection *to, const char *json) {
    char reply[2048];
    int count = snprintf(reply, sizeof reply,
                         "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", strlen(json), json);
    send_whole(to, reply, (size_t)count);
}

static int asks_for_stream(const char *body, size_t count) {
    const char *name = memmem(body, count, "\"stream\"", 8);
    if (!name)
        return 0;
    const char *value = name + 8 + strspn(name + 8, " \t\r\n:");
    return *value == 't';
}

static void answer(struct connection *from, size_t head, size_t body) {
    const char *content = from->request + head;
    if (!strncmp(from->request, "GET ", 4)) {
        send_json(from, MODELS);
    } else if (asks_for_stream(content, body)) {
        from->wants_usage = memmem(content, body, "include_usage", 13) != NULL;
        start_stream(from, memmem(content, body, "bench-paced", 11) != NULL);
    } else {
        send_json(from, ANSWER);
    }
}

/* Answers each whole request that has been read. The buffer always ends in a zero byte, so that scans stop. */
static void answer_whole_requests(struct connection *from) {
    size_t head;
    while (from->fd >= 0 && (head = head_length(from->request, from->held))) {
        const char *length = header(from->request, head, "content-length:");
        size_t body = length ? strtoul(length, NULL, 10) : 0;
        if (from->held < head + body)
            return;
        answer(from, head, body);
        from->held -= head + body;
        memmove(from->request, from->request + head + body, from->held + 1);
    }
}

static void read_from(struct connection *from) {
    if (from->capacity - from->held < 4096) {
        from->capacity = from->capacity ? from->capacity * 2 : 8192;
        from->request = room_for(from->request, from->capacity + 1);
    }
    ssize_t count = from->fd < 0 ? 0 : recv(from->fd, from->request + from->held, from->capacity - from->held, 0);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count <= 0 || from->held > LARGEST_REQUEST) {
        leave(from);
        return;
    }
    from->held += (size_t)count;
    from->request[from->held] = 0;
    answer_whole_requests(from);
    if (from->fd < 0)
        leave(from);
}

static void welcome(int listener, int poll) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), yes = 1;
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct connection *guest = room_for(NULL, sizeof *guest);
    *guest = (struct connection){.fd = fd};
    struct epoll_event interest = {.events = EPOLLIN, .data.ptr = guest};
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &interest);
}

static int listen_on_loopback(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 4096))
        stop_with("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int count, char **arguments) {
    if (count != 3)
        return fputs("usage: upstream CHUNKS PERIOD_MS\n", stderr), 2;
    paced_chunks = atoi(arguments[1]);
    period_ns = strtoull(arguments[2], NULL, 10) * 1000000;
    int poll = epoll_create1(0), listener = listen_on_loopback();
    struct epoll_event interest = {.events = EPOLLIN, .data.ptr = NULL}, ready[EVENTS_AT_ONCE];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &interest);
    for (;;) {
        int found = epoll_wait(poll, ready, EVENTS_AT_ONCE, send_due());
        for (int each = 0; each < found; each++) {
            if (ready[each].data.ptr)
                read_from(ready[each].data.ptr);
            else
                welcome(listener, poll);
        }
    }
}
