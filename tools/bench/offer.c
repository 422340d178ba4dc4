/* Offers queries at a rate, whatever comes back: an open loop, which goes on where dnsperf would wait for its answers.
 *
 * offer PORT RATE SECONDS <QUERIES   to 127.0.0.1; QUERIES are messages, each behind its length in two octets, sent one
 * after the other and again. Prints how many were sent, and how many answers came until the last was sent. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 32, OCTETS = 4096, MOST_OCTETS = 8 << 20, MOST_QUERIES = 100000, RECEIVE_BUFFER = 4 << 20 };

static unsigned char text[MOST_OCTETS], answers[BATCH][OCTETS];
static struct iovec queries[MOST_QUERIES], spaces[BATCH];
static struct mmsghdr outgoing[BATCH], incoming[BATCH];

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static int read_queries(void) {
    size_t octets = fread(text, 1, sizeof text, stdin);
    int count = 0;
    for (size_t at = 0; at + 2 <= octets && count < MOST_QUERIES; count++) {
        size_t length = text[at] << 8 | text[at + 1];
        if (length < 12 || at + 2 + length > octets) break;
        queries[count] = (struct iovec){text + at + 2, length};
        at += 2 + length;
    }
    return count;
}

static int connect_to(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = RECEIVE_BUFFER;
    int socket_ = socket(AF_INET, SOCK_DGRAM, 0);
    if (socket_ < 0 || connect(socket_, (struct sockaddr *)&address, sizeof address) < 0) exit(1);
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    return socket_;
}

static int send_some(int socket_, int wanted, int count) {
    static int next;
    static uint16_t id;
    int batch = wanted < BATCH ? wanted : BATCH;
    if (batch > count - next) batch = count - next;
    for (int i = 0; i < batch; i++, id++) {
        memcpy(queries[next + i].iov_base, &id, sizeof id);
        outgoing[i].msg_hdr = (struct msghdr){.msg_iov = &queries[next + i], .msg_iovlen = 1};
    }
    int sent = sendmmsg(socket_, outgoing, batch, 0);
    if (sent > 0) next = (next + sent) % count;
    return sent > 0 ? sent : 0;
}

static int receive_some(int socket_) {
    for (int i = 0; i < BATCH; i++) {
        spaces[i] = (struct iovec){answers[i], OCTETS};
        incoming[i].msg_hdr = (struct msghdr){.msg_iov = &spaces[i], .msg_iovlen = 1};
    }
    int received = recvmmsg(socket_, incoming, BATCH, MSG_DONTWAIT, NULL);
    return received > 0 ? received : 0;
}

int main(int words, char **word) {
    if (words != 4) return 2;
    double rate = atof(word[2]), seconds = atof(word[3]), start, elapsed;
    int socket_ = connect_to(atoi(word[1])), count = read_queries();
    long sent = 0, answered = 0;
    if (count == 0) return 1;
    for (start = now(); (elapsed = now() - start) < seconds;) {
        long behind = (long)(elapsed * rate) - sent;
        if (behind > 0) sent += send_some(socket_, behind < BATCH ? (int)behind : BATCH, count);
        answered += receive_some(socket_);
    }
    printf("%ld %ld\n", sent, answered);
}
