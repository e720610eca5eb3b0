// Open MPI binds the ports on which mpirun, its daemons and the ranks listen to all interfaces, whatever its parameters
// say of interfaces: those only choose whom it calls. Loaded before its libraries, this `bind` takes "all" for the one
// interface that GANGLION_LISTEN_ON names: by name ("lo", "eth0"), or as the network that its address lies in
// ("10.0.0.0/8"). Everything else, and every other kind of socket, is bound as asked.
#define _GNU_SOURCE
#include "clisten.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const unsigned char *bytes_of(const struct sockaddr *address, size_t *count) {
    switch (address->sa_family) {
    case AF_INET:
        *count = sizeof(struct in_addr);
        return (const unsigned char *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
    case AF_INET6:
        *count = sizeof(struct in6_addr);
        return (const unsigned char *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    default: return NULL;
    }
}

/// Whether the address lies in a network such as 10.0.0.0/8.
static int lies_in(const struct sockaddr *address, const char *network) {
    char text[INET6_ADDRSTRLEN];
    const char *slash = strchr(network, '/');
    if (!slash || (size_t)(slash - network) >= sizeof text) return 0;
    memcpy(text, network, (size_t)(slash - network));
    text[slash - network] = 0;

    size_t count;
    const unsigned char *bytes = bytes_of(address, &count);
    unsigned char prefix[sizeof(struct in6_addr)];
    if (!bytes || inet_pton(address->sa_family, text, prefix) != 1) return 0;
    char *end;
    const unsigned long bits = strtoul(slash + 1, &end, 10);
    if (*end || end == slash + 1 || bits > 8 * count) return 0;
    if (memcmp(bytes, prefix, bits / 8)) return 0;
    return bits % 8 == 0 || (bytes[bits / 8] ^ prefix[bits / 8]) >> (8 - bits % 8) == 0;
}

/// Finds an address of the wanted interface; one that holds beyond its own cable is preferred.
static int find(const char *wanted, sa_family_t family, struct sockaddr_storage *found) {
    struct ifaddrs *all;
    if (getifaddrs(&all)) return 0;
    int is_found = 0;
    for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
        if (!one->ifa_addr || one->ifa_addr->sa_family != family || !(one->ifa_flags & IFF_UP)) continue;
        if (strcmp(one->ifa_name, wanted) && !lies_in(one->ifa_addr, wanted)) continue;
        const int is_local = family == AF_INET6
            && IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)(const void *)one->ifa_addr)->sin6_addr);
        if (is_found && is_local) continue;
        memcpy(found, one->ifa_addr, family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
        is_found = 1;
        if (!is_local) break;
    }
    freeifaddrs(all);
    return is_found;
}

static int bind_as_asked(int socket, const struct sockaddr *address, socklen_t length) {
    return (int)syscall(SYS_bind, socket, address, length);
}

static int bind_ipv4(int socket, in_port_t port, const char *wanted) {
    struct sockaddr_storage address = {0};
    if (!find(wanted, AF_INET, &address)) {
        errno = ENODEV;
        return -1;
    }
    ((struct sockaddr_in *)&address)->sin_port = port;
    return bind_as_asked(socket, (struct sockaddr *)&address, sizeof(struct sockaddr_in));
}

/// Where the interface has no address of version 6, nobody is to come in that way: the machine's own is taken.
static int bind_ipv6(int socket, in_port_t port, const char *wanted) {
    struct sockaddr_storage address = {0};
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
    if (!find(wanted, AF_INET6, &address)) {
        six->sin6_family = AF_INET6;
        six->sin6_addr = in6addr_loopback;
    }
    six->sin6_port = port;
    const int result = bind_as_asked(socket, (struct sockaddr *)six, sizeof *six);
    if (result == 0 || errno != EADDRNOTAVAIL) return result;
    // No version 6 on this machine, though its sockets can be made; or an address that is not ready yet.
    struct sockaddr_storage four = {0};
    if (!find(wanted, AF_INET, &four)) {
        errno = ENODEV;
        return -1;
    }
    const int no = 0;
    if (setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no)) return -1;
    const struct in_addr plain = ((struct sockaddr_in *)&four)->sin_addr;
    memset(six, 0, sizeof *six);
    six->sin6_family = AF_INET6;
    six->sin6_port = port;
    six->sin6_addr.s6_addr[10] = six->sin6_addr.s6_addr[11] = 0xff;
    memcpy(six->sin6_addr.s6_addr + 12, &plain, sizeof plain);
    return bind_as_asked(socket, (struct sockaddr *)six, sizeof *six);
}

int bind(int socket, const struct sockaddr *address, socklen_t length) {
    const char *wanted = getenv("GANGLION_LISTEN_ON");
    int type = 0;
    socklen_t size = sizeof type;
    if (!wanted || !*wanted || !address || getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) || type != SOCK_STREAM)
        return bind_as_asked(socket, address, length);
    if (address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
        if (four->sin_addr.s_addr == htonl(INADDR_ANY)) return bind_ipv4(socket, four->sin_port, wanted);
    }
    if (address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
        if (IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr)) return bind_ipv6(socket, six->sin6_port, wanted);
    }
    return bind_as_asked(socket, address, length);
}
