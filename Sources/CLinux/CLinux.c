#include "CLinux.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <stddef.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(struct clinux_mmsghdr) == sizeof(struct mmsghdr), "mmsghdr");
_Static_assert(offsetof(struct clinux_mmsghdr, msg_len) == offsetof(struct mmsghdr, msg_len), "mmsghdr.msg_len");
#if defined(__x86_64__)
_Static_assert(sizeof(struct clinux_epoll_event) == sizeof(struct epoll_event), "epoll_event");
#endif
_Static_assert(CLINUX_EPOLLIN == EPOLLIN && CLINUX_EPOLLOUT == EPOLLOUT && CLINUX_EPOLLERR == EPOLLERR, "epoll bits");
_Static_assert(CLINUX_EPOLLHUP == EPOLLHUP && CLINUX_EPOLLRDHUP == EPOLLRDHUP, "epoll bits");
_Static_assert(CLINUX_CONTROL_SIZE >= CMSG_SPACE(sizeof(struct in6_pktinfo)), "control message");

int clinux_recvmmsg(int fd, struct clinux_mmsghdr *messages, unsigned int count, int flags) {
    return recvmmsg(fd, (struct mmsghdr *)messages, count, flags, NULL);
}

int clinux_sendmmsg(int fd, struct clinux_mmsghdr *messages, unsigned int count, int flags) {
    return sendmmsg(fd, (struct mmsghdr *)messages, count, flags);
}

int clinux_accept(int fd, struct sockaddr_storage *peer, socklen_t *length) {
    return accept4(fd, (struct sockaddr *)peer, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control(int epoll, int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(epoll, operation, fd, &event);
}

int clinux_epoll_add(int epoll, int fd, uint32_t events, uint64_t data) {
    return control(epoll, EPOLL_CTL_ADD, fd, events, data);
}

int clinux_epoll_modify(int epoll, int fd, uint32_t events, uint64_t data) {
    return control(epoll, EPOLL_CTL_MOD, fd, events, data);
}

int clinux_epoll_remove(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

int clinux_epoll_wait(int epoll, struct clinux_epoll_event *events, int capacity, int milliseconds) {
#if defined(__x86_64__)
    return epoll_wait(epoll, (struct epoll_event *)events, capacity, milliseconds);
#else
    // Elsewhere the kernel's struct is not packed.
    struct epoll_event own[64];
    int count = epoll_wait(epoll, own, capacity < 64 ? capacity : 64, milliseconds);
    for (int i = 0; i < count; i++) events[i] = (struct clinux_epoll_event){own[i].events, own[i].data.u64};
    return count;
#endif
}

int clinux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int64_t clinux_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t clinux_receive_drops(int fd) {
    uint32_t values[SK_MEMINFO_VARS] = {0};
    socklen_t length = sizeof values;
    return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &length) ? -1 : values[SK_MEMINFO_DROPS];
}

int clinux_prefer_latency(uint64_t slice_nanoseconds) {
    // The kernel's struct sched_attr, of which glibc 2.36 has no header.
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {.size = sizeof attributes, .policy = SCHED_OTHER, .runtime = slice_nanoseconds};
    attributes.nice = getpriority(PRIO_PROCESS, 0);
    return syscall(SYS_sched_setattr, 0, &attributes, 0);
}

int clinux_set_thread_name(pthread_t thread, const char *name) { return pthread_setname_np(thread, name); }

int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int clinux_want_local_address(int fd, int family) {
    int on = 1;
    if (family == AF_INET) return setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    return setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
}

void clinux_answer_from_local_address(struct msghdr *message) {
    struct cmsghdr *item = CMSG_FIRSTHDR(message);
    if (item && item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;
        memcpy(&info, CMSG_DATA(item), sizeof info);
        // The kernel sends from ipi_spec_dst; the way out is its routing's choice.
        info.ipi_ifindex = 0;
        memcpy(CMSG_DATA(item), &info, sizeof info);
        message->msg_controllen = CMSG_SPACE(sizeof info);
    } else if (item && item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo info;
        memcpy(&info, CMSG_DATA(item), sizeof info);
        // A link-local address means nothing without its interface.
        if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) info.ipi6_ifindex = 0;
        memcpy(CMSG_DATA(item), &info, sizeof info);
        message->msg_controllen = CMSG_SPACE(sizeof info);
    } else {
        message->msg_control = NULL;
        message->msg_controllen = 0;
    }
}
