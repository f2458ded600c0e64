// Simulated agents: each keeps a connection and reports again and again. Prints one line of JSON.
//
//   agents PORT FILE INTERVAL_MS SECONDS   FILE has a line `NODE TOKEN` for each agent; spread evenly over the interval;
//                                          an interval of 0 reports as soon as the last report was answered
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct agent {
    char node[80], token[120];
    int socket;
    bool waits;        // for an answer
    double sent, due;  // seconds
    size_t have;       // bytes of the answer
    char answer[2048];
};

// Latencies in tenths of a millisecond, up to ten seconds.
enum { BUCKETS = 100000 };
static long latencies[BUCKETS + 1];
static long acknowledged, taken, refused, lost, late, statuses[600];
static struct sockaddr_in server;
static int poller;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what) {
    fprintf(stderr, "agents: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void open_connection(struct agent *agent) {
    agent->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (agent->socket < 0) fail("socket");
    if (connect(agent->socket, (struct sockaddr *)&server, sizeof server)) fail("connect");
    int one = 1;
    setsockopt(agent->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(agent->socket, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = agent};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, agent->socket, &event)) fail("epoll_ctl");
}

static void give_up(struct agent *agent) {
    if (agent->waits) lost++;
    agent->waits = false;
    agent->have = 0;
    close(agent->socket);
    open_connection(agent);
}

// What a machine reports: all fields but a GPU's.
static void report(struct agent *agent, double at) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    char stamp[40], body[1600], request[2400];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", gmtime(&time.tv_sec));
    int length = snprintf(
        body, sizeof body,
        "{\"timestamp\":\"%s.%03ldZ\",\"cpu\":{\"usage_percent\":%.2f,\"cores\":32,\"frequency_mhz\":3400,"
        "\"load_average\":[%.2f,1.5,1.25],\"temperature_celsius\":54.5},\"memory\":{\"total_bytes\":137438953472,"
        "\"used_bytes\":%ld,\"free_bytes\":21474836480,\"cached_bytes\":42949672960,\"swap_total_bytes\":0,"
        "\"swap_used_bytes\":0},\"disk\":{\"total_bytes\":4000000000000,\"used_bytes\":1200000000000,"
        "\"free_bytes\":2800000000000,\"read_iops\":120,\"write_iops\":340,\"read_throughput_mbps\":12.5,"
        "\"write_throughput_mbps\":48.25},\"network\":{\"interfaces\":[{\"name\":\"enp1s0\",\"bytes_in\":%ld,"
        "\"bytes_out\":987654321,\"packets_in\":12345678,\"packets_out\":9876543,\"errors_in\":0,\"errors_out\":0}],"
        "\"total_bytes_in\":%ld,\"total_bytes_out\":987654321,\"packets_in\":12345678,\"packets_out\":9876543,"
        "\"errors_in\":0,\"errors_out\":0}}",
        stamp, time.tv_nsec / 1000000, (double)(rand() % 10000) / 100, (double)(rand() % 3200) / 100,
        64000000000L + rand(), time.tv_sec * 1000L, time.tv_sec * 1000L);
    length = snprintf(
        request, sizeof request,
        "POST /v1/nodes/%s/report HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer %s\r\n"
        "content-type: application/json\r\ncontent-length: %d\r\n\r\n%s",
        agent->node, agent->token, length, body);
    if (send(agent->socket, request, (size_t)length, MSG_NOSIGNAL) != length) {
        agent->waits = true;
        give_up(agent);
        return;
    }
    agent->waits = true;
    agent->sent = at;
}

static void judge(struct agent *agent) {
    int status = atoi(agent->answer + 9);
    statuses[status > 0 && status < 600 ? status : 0]++;
    if (status == 200) {
        const char *accepted = strstr(agent->answer, "\"accepted\":");
        if (accepted) taken += atol(accepted + 11);
        acknowledged++;
        long bucket = (long)((now() - agent->sent) * 10000);
        latencies[bucket < BUCKETS ? bucket : BUCKETS]++;
    } else {
        refused++;
    }
    agent->waits = false;
    agent->have = 0;
}

static void hear(struct agent *agent) {
    ssize_t count =
        recv(agent->socket, agent->answer + agent->have, sizeof agent->answer - 1 - agent->have, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
        give_up(agent);
        return;
    }
    agent->have += (size_t)count;
    agent->answer[agent->have] = 0;
    const char *body = strstr(agent->answer, "\r\n\r\n"), *length = strcasestr(agent->answer, "content-length:");
    if (body && length && agent->have >= (size_t)(body + 4 - agent->answer) + (size_t)atol(length + 15)) judge(agent);
    else if (agent->have == sizeof agent->answer - 1) give_up(agent);
}

static double percentile(double share) {
    long wanted = (long)((double)acknowledged * share), seen = 0;
    for (int i = 0; i <= BUCKETS; i++)
        if ((seen += latencies[i]) > wanted) return i / 10.0;
    return 0;
}

static struct agent *read_agents(const char *path, long *count) {
    FILE *file = fopen(path, "r");
    if (!file) fail(path);
    struct agent *agents = NULL, next = {.socket = -1};
    while (fscanf(file, "%79s %119s", next.node, next.token) == 2) {
        if (*count % 1024 == 0) agents = realloc(agents, (size_t)(*count + 1024) * sizeof *agents);
        agents[(*count)++] = next;
    }
    fclose(file);
    return agents;
}

static void hear_all(int milliseconds) {
    struct epoll_event events[512];
    int count = epoll_wait(poller, events, 512, milliseconds);
    for (int i = 0; i < count; i++) hear(events[i].data.ptr);
}

int main(int count, char **words) {
    if (count != 5) {
        fprintf(stderr, "usage: agents PORT FILE INTERVAL_MS SECONDS\n");
        return 2;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)atoi(words[1]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    double interval = atof(words[3]) / 1000, seconds = atof(words[4]);
    long agent_count = 0;
    struct agent *agents = read_agents(words[2], &agent_count);
    poller = epoll_create1(0);

    // Each opens its connection when its first report is due, within the first interval (or two seconds).
    double began = now(), end = began + seconds, spread = interval > 0 ? interval : 2;
    for (long i = 0; i < agent_count; i++) agents[i].due = began + spread * (double)i / (double)agent_count;
    long next = 0;
    while (now() < end) {
        double at = now();
        for (long looked = 0; looked < agent_count; looked++) {
            struct agent *agent = &agents[next];
            if (agent->due > at) {
                // They stand in order of time when an interval spreads them.
                if (interval > 0 || agent->socket < 0) break;
            } else if (agent->waits) {
                if (interval > 0) late++, agent->due += interval;
            } else {
                if (agent->socket < 0) open_connection(agent);
                report(agent, at);
                agent->due = interval > 0 ? agent->due + interval : at;
            }
            next = (next + 1) % agent_count;
        }
        hear_all(1);
    }
    // What is under way may still be answered.
    for (double wait = now() + 15; now() < wait;) {
        bool waits = false;
        for (long i = 0; i < agent_count; i++) waits |= agents[i].waits;
        if (!waits) break;
        hear_all(10);
    }
    for (long i = 0; i < agent_count; i++) lost += agents[i].waits;
    printf(
        "{\"agents\": %ld, \"seconds\": %.3f, \"acknowledged\": %ld, \"taken\": %ld, \"refused\": %ld, "
        "\"lost\": %ld, \"late\": %ld, \"p50_ms\": %.1f, \"p99_ms\": %.1f, \"max_ms\": %.1f, \"statuses\": {",
        agent_count, now() - began, acknowledged, taken, refused, lost, late, percentile(0.5), percentile(0.99),
        percentile(1 - 1e-9));
    const char *comma = "";
    for (int i = 0; i < 600; i++)
        if (statuses[i]) printf("%s\"%d\": %ld", comma, i, statuses[i]), comma = ", ";
    printf("}}\n");
    free(agents);
    return 0;
}
