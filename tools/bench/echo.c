/* The floor: what receiving and sending datagrams costs when nothing is looked up.
 *
 * echo PORT   on 127.0.0.1: sends each query back as its own answer, in batches of up to 64. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, OCTETS = 512, RECEIVE_BUFFER = 4 << 20 };

static unsigned char datagrams[BATCH][OCTETS];
static struct sockaddr_in clients[BATCH];
static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH];

static int listen_on(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = RECEIVE_BUFFER;
    int socket_ = socket(AF_INET, SOCK_DGRAM, 0);
    if (socket_ < 0 || bind(socket_, (struct sockaddr *)&address, sizeof address) < 0) exit(1);
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    return socket_;
}

static void prepare(void) {
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){datagrams[i], OCTETS};
        messages[i].msg_hdr = (struct msghdr){
            .msg_iov = &vectors[i], .msg_iovlen = 1, .msg_name = &clients[i], .msg_namelen = sizeof clients[i]};
    }
}

static void answer(int count) {
    for (int i = 0; i < count; i++) {
        datagrams[i][2] |= 0x84; /* QR, AA */
        datagrams[i][3] = 0;     /* NOERROR */
        vectors[i].iov_len = messages[i].msg_len;
    }
}

int main(int count, char **words) {
    if (count != 2) return 2;
    int socket_ = listen_on(atoi(words[1]));
    for (;;) {
        prepare();
        int received = recvmmsg(socket_, messages, BATCH, MSG_WAITFORONE, NULL);
        if (received <= 0) continue;
        answer(received);
        for (int sent = 0; sent < received;) {
            int more = sendmmsg(socket_, messages + sent, received - sent, 0);
            if (more <= 0) break;
            sent += more;
        }
    }
}
