#include "world.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "replay.h"
#include "report.h"
#include "vectors.h"

extern char **environ;

static json_t *cleared;

void world_prepare(const char *vectors)
{
    cleared = vectors_list(vectors, "client-environment.json", "unset");
}

static void set_environment(json_t *variables)
{
    size_t index;
    json_t *value;
    const char *name;
    json_array_foreach (cleared, index, value) {
        unsetenv(json_string_value(value));
    }
    for (char **variable = environ; *variable != NULL;) {
        if (strncmp(*variable, "TOKCORE_AUDIENCE_", 17) == 0) {
            char copy[256];
            snprintf(copy, sizeof copy, "%.*s", (int)strcspn(*variable, "="), *variable);
            unsetenv(copy);
            variable = environ;
        } else {
            variable++;
        }
    }
    json_object_foreach (variables, name, value) {
        setenv(name, json_string_value(value), 1);
    }
}

static void write_file(struct world *world, const char *name, json_t *content)
{
    char path[104]; /* as long as the address of a socket may be */
    snprintf(path, sizeof path, "%s/%s", world->folder, name);
    if (json_is_string(content)) {
        FILE *file = fopen(path, "w");
        if (check(file != NULL, "%s cannot be written", path)) {
            fwrite(json_string_value(content), 1, json_string_length(content), file);
            fclose(file);
        }
    } else if (json_is_true(json_object_get(content, "directory"))) {
        check(mkdir(path, 0700) == 0, "%s cannot be made", path);
    } else if (json_is_true(json_object_get(content, "socket"))) {
        struct sockaddr_un place = {.sun_family = AF_UNIX};
        int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        snprintf(place.sun_path, sizeof place.sun_path, "%s", path);
        bool bound = bind(listener, (struct sockaddr *)&place, sizeof place) == 0 && listen(listener, 1) == 0;
        check(bound, "%s cannot be listened at", path);
        world->sockets[world->socket_count++] = listener;
    }
}

/* Values for ${base} and its kind. */
static json_t *places(const struct world *world)
{
    char base[128], other_base[128], tls_base[128];
    snprintf(base, sizeof base, "%s/%s", replay_address(), world->id);
    snprintf(other_base, sizeof other_base, "%s/%s", replay_other_address(), world->id);
    snprintf(tls_base, sizeof tls_base, "%s/%s", replay_tls_address(), world->id);
    return json_pack("{ss, ss, ss, ss, ss, ss}", "base", base, "other_base", other_base, "tls_base", tls_base, "dir",
                     world->folder, "ca", replay_authority(), "other_ca", replay_stranger());
}

void world_enter(struct world *world, json_t *vector)
{
    *world = (struct world){.id = json_string_value(json_object_get(vector, "id")), .folder = "/tmp/tokcore-c-XXXXXX"};
    if (mkdtemp(world->folder) == NULL) {
        perror("mkdtemp");
        exit(2);
    }
    replay_reset(world->id, world->folder);
    json_t *names = places(world), *content;
    world->vector = vectors_replace(vector, names);
    json_decref(names);
    const char *name;
    json_object_foreach (json_object_get(world->vector, "files"), name, content) {
        write_file(world, name, content);
    }
    set_environment(json_object_get(world->vector, "env"));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

void world_leave(struct world *world)
{
    for (size_t index = 0; index < world->socket_count; index++) {
        close(world->sockets[index]);
    }
    nftw(world->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    json_decref(world->vector);
}

static void milliseconds(json_t *options, const char *name, tokcore_client_options *built,
                         tokcore_status (*set)(tokcore_client_options *, uint32_t, tokcore_error **))
{
    json_t *value = json_object_get(options, name);
    if (value != NULL) {
        tokcore_status status = set(built, (uint32_t)json_integer_value(value), NULL);
        check(status == TOKCORE_STATUS_OK, "option %s: %s", name, tokcore_kind_name(status));
    }
}

tokcore_client *world_client(const struct world *world)
{
    json_t *options = json_object_get(world->vector, "options");
    tokcore_client_options *built = NULL;
    tokcore_client *client = NULL;
    const char *backend = json_string_value(json_object_get(options, "backend"));
    const char *ca_file = json_string_value(json_object_get(options, "ca_file"));
    json_t *verify = json_object_get(options, "verify_tls");
    check(tokcore_client_options_new(&built, NULL) == TOKCORE_STATUS_OK, "no options");
    milliseconds(options, "timeout_ms", built, tokcore_client_options_set_timeout_ms);
    milliseconds(options, "connect_timeout_ms", built, tokcore_client_options_set_connect_timeout_ms);
    milliseconds(options, "reuse_ms", built, tokcore_client_options_set_reuse_ms);
    check(tokcore_client_options_set_backend(built, backend, NULL) == TOKCORE_STATUS_OK, "backend");
    check(tokcore_client_options_set_ca_file(built, ca_file, NULL) == TOKCORE_STATUS_OK, "ca_file");
    if (verify != NULL) {
        tokcore_status status = tokcore_client_options_set_verify_tls(built, json_is_true(verify), NULL);
        check(status == TOKCORE_STATUS_OK, "verify_tls");
    }
    check(tokcore_client_new(built, &client, NULL) == TOKCORE_STATUS_OK, "no client");
    tokcore_client_options_free(built);
    return client;
}
