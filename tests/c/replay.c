#include "replay.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char address[64], other_address[64];
static char *tls_address, *authority, *stranger;
static struct sockaddr_in place;

static void die(const char *why)
{
    fprintf(stderr, "replay server: %s\n", why);
    exit(2);
}

static size_t receive(int connection, char **buffer)
{
    size_t used = 0, size = 0;
    ssize_t count;
    do {
        if (size - used < 4096) {
            size = size ? 2 * size : 16384;
            *buffer = realloc(*buffer, size);
            if (*buffer == NULL) {
                die("out of memory");
            }
        }
        count = read(connection, *buffer + used, size - used - 1);
        if (count < 0) {
            die("cannot be read");
        }
        used += (size_t)count;
        (*buffer)[used] = '\0';
        /* The server keeps connections open: an answer ends where its length says. */
        char *body = strstr(*buffer, "\r\n\r\n"), *length = strstr(*buffer, "content-length: ");
        if (body && length && length < body && used >= (size_t)(body + 4 - *buffer) + strtoul(length + 16, NULL, 10)) {
            return used;
        }
    } while (count > 0);
    die("the answer was cut");
    return 0;
}

/* The body of the answer, to be freed. */
static char *ask(const char *method, const char *path, const char *body)
{
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&place, sizeof place) != 0) {
        die("no connection");
    }
    char *request = NULL;
    size_t length = 0;
    FILE *text = open_memstream(&request, &length);
    fprintf(text, "%s %s HTTP/1.1\r\nhost: replay\r\ncontent-length: %zu\r\n\r\n%s", method, path, strlen(body), body);
    fclose(text);
    if (write(connection, request, length) != (ssize_t)length) {
        die("cannot be written");
    }
    free(request);
    char *answer = NULL;
    receive(connection, &answer);
    close(connection);
    if (strncmp(answer, "HTTP/1.1 200 ", 13) != 0) {
        fprintf(stderr, "%s %s: %.40s\n", method, path, answer);
        die("refused");
    }
    char *found = strstr(answer, "\r\n\r\n") + 4;
    memmove(answer, found, strlen(found) + 1);
    return answer;
}

void replay_connect(const char *where)
{
    unsigned port;
    if (sscanf(where, "http://127.0.0.1:%u", &port) != 1) {
        die("the address is not http://127.0.0.1:<port>");
    }
    place.sin_family = AF_INET;
    place.sin_port = htons((uint16_t)port);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    snprintf(address, sizeof address, "http://127.0.0.1:%u", port);
    snprintf(other_address, sizeof other_address, "http://localhost:%u", port);
    tls_address = ask("GET", "/__tls", "");
    authority = ask("GET", "/__ca", "");
    stranger = ask("GET", "/__ca/other", "");
}

const char *replay_address(void)
{
    return address;
}

const char *replay_other_address(void)
{
    return other_address;
}

const char *replay_tls_address(void)
{
    return tls_address;
}

const char *replay_authority(void)
{
    return authority;
}

const char *replay_stranger(void)
{
    return stranger;
}

void replay_reset(const char *id, const char *folder)
{
    char path[256], body[512];
    snprintf(path, sizeof path, "/__reset/%s", id);
    snprintf(body, sizeof body, "{\"dir\": \"%s\"}", folder);
    free(ask("POST", path, body));
}

json_t *replay_log(const char *id)
{
    char path[256];
    snprintf(path, sizeof path, "/__log/%s", id);
    char *text = ask("GET", path, "");
    json_t *answer = json_loads(text, JSON_ALLOW_NUL, NULL);
    free(text);
    json_t *requests = json_incref(json_object_get(answer, "requests"));
    json_decref(answer);
    if (!json_is_array(requests)) {
        die("the log is no list");
    }
    return requests;
}
