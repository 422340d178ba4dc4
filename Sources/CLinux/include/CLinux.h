// What Glibc's module does not show Swift: batches of datagrams, epoll, eventfd, control messages, threads' names.
//
// The header says nothing of _GNU_SOURCE, because clang's module of Glibc was built without it: structs that it hides
// are mirrored here under our own names, and CLinux.c asserts that the mirrors fit.
#ifndef CLINUX_H
#define CLINUX_H

#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/socket.h>

struct clinux_mmsghdr {
    struct msghdr msg_hdr;
    unsigned int msg_len;
};

struct clinux_epoll_event {
    uint32_t events;
    uint64_t data;
} __attribute__((packed));

enum {
    CLINUX_EPOLLIN = 0x001,
    CLINUX_EPOLLOUT = 0x004,
    CLINUX_EPOLLERR = 0x008,
    CLINUX_EPOLLHUP = 0x010,
    CLINUX_EPOLLRDHUP = 0x2000,
};

// The kernel's functions of the same names.
int clinux_recvmmsg(int fd, struct clinux_mmsghdr *messages, unsigned int count, int flags);
int clinux_sendmmsg(int fd, struct clinux_mmsghdr *messages, unsigned int count, int flags);
int clinux_accept(int fd, struct sockaddr_storage *peer, socklen_t *length);  // accept4, non-blocking, close-on-exec
int clinux_epoll_create(void);
int clinux_epoll_add(int epoll, int fd, uint32_t events, uint64_t data);
int clinux_epoll_modify(int epoll, int fd, uint32_t events, uint64_t data);
int clinux_epoll_remove(int epoll, int fd);
int clinux_epoll_wait(int epoll, struct clinux_epoll_event *events, int capacity, int milliseconds);
int clinux_eventfd(void);
int64_t clinux_nanoseconds(void);  // CLOCK_MONOTONIC
int64_t clinux_receive_drops(int fd);  // datagrams that found no room in the socket's queue; -1 with errno
// Asks the scheduler to run the calling thread soon after it wakes, for short slices (sched_setattr, Linux 6.12); 0 or -1.
int clinux_prefer_latency(uint64_t slice_nanoseconds);
int clinux_set_thread_name(pthread_t thread, const char *name);
int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int first);  // posix_spawn_file_actions_addclosefrom_np

// Asks for the local address of each datagram (IP_PKTINFO, IPV6_RECVPKTINFO); 0 or -1 with errno.
int clinux_want_local_address(int fd, int family);

// Room for the one control message that clinux_want_local_address brings.
enum { CLINUX_CONTROL_SIZE = 64 };

// Makes a received message's control data into what sends the answer from the address the query came to.
void clinux_answer_from_local_address(struct msghdr *message);

#endif
