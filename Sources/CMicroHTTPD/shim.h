// MHD_start_daemon is variadic, which Swift cannot call.
#ifndef CMICROHTTPD_SHIM_H
#define CMICROHTTPD_SHIM_H

#include <microhttpd.h>

// What a daemon may use: connections, seconds of silence, octets of memory for a connection.
struct cmicrohttpd_limits {
    unsigned int connections;
    unsigned int idle;
    size_t memory;
};

// Serves a listening socket, which it takes over, on a thread of its own. NULL where that cannot start.
static inline struct MHD_Daemon *cmicrohttpd_start(
    int socket, struct cmicrohttpd_limits limits, MHD_AccessHandlerCallback answer, void *closure) {
    return MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, answer, closure, MHD_OPTION_LISTEN_SOCKET, socket,
        MHD_OPTION_CONNECTION_LIMIT, limits.connections, MHD_OPTION_CONNECTION_TIMEOUT, limits.idle,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits.memory, MHD_OPTION_END);
}

// The socket of a connection; -1 where there is none.
static inline int cmicrohttpd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

#endif
