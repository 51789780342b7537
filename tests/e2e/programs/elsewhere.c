/*
 * Preloaded into a program under test: the network that it sees is a server of the test, and its firmware files are the
 * test's too. Whatever host it looks up has an address, whatever address it connects to leads to that server: the port 443
 * to where TLS is spoken, every other one to where it is not. So a program can be asked as if it stood in a machine of a
 * cloud, with its own metadata server and proxies, and nothing leaves this one.
 *
 *   ELSEWHERE_PLAIN, ELSEWHERE_TLS   the server's two ports on loopback
 *   ELSEWHERE_ROOT                   the folder that has what else would be below /sys/class/dmi
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRMWARE "/sys/class/dmi/"
#define HTTPS 443
/* An address that is nobody's, kept for documentation. */
#define ANYWHERE "192.0.2.1"

static in_port_t port(const char *variable)
{
    const char *value = getenv(variable);
    return htons(value ? (in_port_t)atoi(value) : 0);
}

int connect(int socket, const struct sockaddr *address, socklen_t size)
{
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
    struct sockaddr_in to;
    if (address->sa_family == AF_INET6) {
        errno = ENETUNREACH;
        return -1;
    }
    if (address->sa_family != AF_INET)
        return real(socket, address, size);
    memcpy(&to, address, sizeof to);
    to.sin_port = port(ntohs(to.sin_port) == HTTPS ? "ELSEWHERE_TLS" : "ELSEWHERE_PLAIN");
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return real(socket, (const struct sockaddr *)&to, sizeof to);
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(host ? ANYWHERE : host, service, hints, found);
}

/* What the Rust library opens files with. */
int open64(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");
    char below[4096];
    va_list more;
    va_start(more, flags);
    /* Without O_CREAT it is not there, and not looked at. */
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (strncmp(path, FIRMWARE, strlen(FIRMWARE)) == 0 && getenv("ELSEWHERE_ROOT")) {
        snprintf(below, sizeof below, "%s%s", getenv("ELSEWHERE_ROOT"), path);
        path = below;
    }
    return real(path, flags, mode);
}
