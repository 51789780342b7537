/* One store for many processes; children of fork while a turn is held. */
#include <arpa/inet.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"
#include "store.h"

#define PROCESSES 4

extern char **environ;

/* The client `public` of the certified server, or `c` of a server that never answers: `c@ADDRESS`. */
static tokcore_token_source *source_for(const tokcore_store *store, const char *name)
{
    tokcore_oauth_client *client = NULL, *same = NULL;
    tokcore_error *error = NULL;
    const char *server = strchr(name, '@');
    client = client_of(server ? settings("client_id", "c", "auth_method", "none", "token_endpoint", server + 1, NULL)
                              : settings("client_id", name, "auth_method", "none", "issuer", oidc, NULL));
    succeeded(tokcore_oauth_client_with_store(client, store, &same, &error), &error);
    tokcore_token_source *source = source_of(same, settings("+scopes", "openid", "+scopes", "offline_access", NULL));
    tokcore_oauth_client_free(client);
    tokcore_oauth_client_free(same);
    return source;
}

static tokcore_store *open_at(const char *path)
{
    tokcore_settings *given = settings("path", path, "key", KEY, NULL);
    tokcore_store *store = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_store_open(given, &store, &error), &error);
    tokcore_settings_free(given);
    return store;
}

int other_process(const char *path, const char *client)
{
    tokcore_store *store = open_at(path);
    tokcore_token_source *source = source_for(store, client);
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    bool good = succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    puts(good ? tokcore_token_access_token(token) : "none");
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_store_free(store);
    return good ? 0 : 1;
}

/* A grant that `client` was given at `issuer` and whose access token is over. */
static void keep_expired(const tokcore_store *store, const char *client, const char *issuer, const char *endpoint,
                         const char *refresh_token)
{
    tokcore_settings *grant =
        settings("client_id", client, "auth_method", "none", "issuer", issuer, "token_endpoint", endpoint, "+scopes", "openid",
                 "+scopes", "offline_access", "access_token", "old", "refresh_token", refresh_token, "#expires_at",
                 "1700000000", NULL);
    tokcore_text *key = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_store_adopt(store, grant, &key, &error), &error);
    tokcore_text_free(key);
    tokcore_settings_free(grant);
}

/* A refresh token of somebody who has just signed in; to be freed. */
static char *fresh_grant(void)
{
    tokcore_oauth_client *client = client_of(settings("client_id", "public", "auth_method", "none", "issuer", oidc, NULL));
    tokcore_settings *wanted = settings("grant", "device_code", "+scopes", "openid", "+scopes", "offline_access", NULL);
    tokcore_flow *flow = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_oauth_client_begin(client, wanted, TOKCORE_YES, NULL, &flow, &error), &error);
    sign_in(tokcore_flow_verification_uri(flow), tokcore_flow_user_code(flow));
    tokcore_token *token = step_to_the_end(flow);
    signed_in();
    char *refresh_token = strdup(tokcore_token_refresh_token(token) ? tokcore_token_refresh_token(token) : "");
    tokcore_token_free(token);
    tokcore_flow_free(flow);
    tokcore_settings_free(wanted);
    tokcore_oauth_client_free(client);
    return refresh_token;
}

static pid_t start(const char *path, const char *client, int output)
{
    char *words[] = {(char *)program, "--other", (char *)path, (char *)client, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    pid_t child = -1;
    check(posix_spawn(&child, program, &actions, NULL, words, environ) == 0, "no other process");
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

static void processes(void)
{
    test("%d processes on one expired grant make one request, and all have its token", PROCESSES);
    tokcore_store *store = store_in("shared");
    char path[512], tokens[PROCESSES][1024], *refresh_token = fresh_grant();
    snprintf(path, sizeof path, "%s", in_room("shared"));
    keep_expired(store, "public", oidc, NULL, refresh_token);
    long refreshed = stat_of("refresh"), reused = stat_of("reuse");
    pid_t children[PROCESSES];
    int outputs[PROCESSES][2];
    for (size_t index = 0; index < PROCESSES; index++) {
        check(pipe(outputs[index]) == 0, "no pipe");
        children[index] = start(path, "public", outputs[index][1]);
        close(outputs[index][1]);
    }
    for (size_t index = 0; index < PROCESSES; index++) {
        FILE *output = fdopen(outputs[index][0], "r");
        check(fgets(tokens[index], sizeof tokens[index], output) != NULL, "no token");
        fclose(output);
        int status = -1;
        waitpid(children[index], &status, 0);
        check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a process ended with %d: %s", status, tokens[index]);
        check_text("token", tokens[0], tokens[index]);
    }
    check(stat_of("refresh") - refreshed == 1, "%ld requests", stat_of("refresh") - refreshed);
    check(stat_of("reuse") == reused, "a refresh token was used twice");
    tokcore_token_source *source = source_for(store, "public");
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    tokens[0][strcspn(tokens[0], "\n")] = '\0';
    check_text("the token here", tokens[0], tokcore_token_access_token(token));
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_store_free(store);
    free(refresh_token);
}

/* A server that takes connections and never answers; its address goes to `address`. */
static int silent_server(char *address, size_t size)
{
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof place;
    bool good = bind(server, (struct sockaddr *)&place, length) == 0 && listen(server, 8) == 0 &&
                getsockname(server, (struct sockaddr *)&place, &length) == 0;
    check(good, "no server");
    snprintf(address, size, "c@http://127.0.0.1:%d/token", ntohs(place.sin_port));
    return server;
}

struct renewing {
    const tokcore_token_source *source;
    const tokcore_cancel *cancel;
    tokcore_status status;
};

static void *renew(void *data)
{
    struct renewing *renewing = data;
    tokcore_token *token = NULL;
    renewing->status = tokcore_token_source_token(renewing->source, nobody(), renewing->cancel, &token, NULL);
    tokcore_token_free(token);
    return NULL;
}

static void *fire_later(void *cancel)
{
    usleep(400 * 1000);
    tokcore_cancel_fire(cancel);
    return NULL;
}

/* What a child does whose parent is renewing: the letter of what went wrong, or 0. */
static char child_of_a_renewal(const tokcore_store *store, const tokcore_token_source *busy)
{
    tokcore_entries *entries = NULL;
    tokcore_cancel *cancel = NULL;
    tokcore_token *token = NULL;
    tokcore_text *key = NULL;
    pthread_t later;
    if (tokcore_store_list(store, NULL, &entries, NULL) != TOKCORE_STATUS_OK || tokcore_entries_count(entries) != 1) {
        return 'l';
    }
    tokcore_settings *grant = grant_of("child@example.com");
    if (tokcore_store_adopt(store, grant, &key, NULL) != TOKCORE_STATUS_OK ||
        tokcore_store_remove(store, tokcore_text_value(key), NULL, NULL) != TOKCORE_STATUS_OK) {
        return 'w';
    }
    /* The turn is the parent's: waiting for it ends when the child says so. */
    double begun = now_ms();
    tokcore_cancel_new(&cancel, NULL);
    pthread_create(&later, NULL, fire_later, cancel);
    tokcore_status status = tokcore_token_source_token(busy, nobody(), cancel, &token, NULL);
    pthread_join(later, NULL);
    tokcore_cancel_free(cancel);
    tokcore_entries_free(entries);
    tokcore_text_free(key);
    tokcore_settings_free(grant);
    return status != TOKCORE_STATUS_CANCELLED ? 'c' : now_ms() - begun > 10000 ? 't' : 0;
}

static void forked(void)
{
    test("a child of a process that is renewing reads, writes and waits for its turn; it never holds the parent's");
    char address[128];
    int server = silent_server(address, sizeof address);
    tokcore_store *store = store_in("forked");
    keep_expired(store, "c", NULL, address + 2, "refresh-canary");
    tokcore_token_source *source = source_for(store, address);
    struct renewing renewing = {.source = source};
    tokcore_cancel *cancel = NULL;
    tokcore_cancel_new(&cancel, NULL);
    renewing.cancel = cancel;
    pthread_t thread;
    pthread_create(&thread, NULL, renew, &renewing);
    int connection = accept(server, NULL, NULL);
    pid_t child = fork();
    if (child == 0) {
        char end[] = "exit 0";
        end[5] = child_of_a_renewal(store, source) == 0 ? '0' : '1';
        /* The child forgets what it inherited, on purpose; valgrind would count that as lost when it exits. */
        execlp("sh", "sh", "-c", end, (char *)NULL);
        _exit(9);
    }
    int status = -1;
    waitpid(child, &status, 0);
    check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %d", status);
    tokcore_cancel_fire(cancel);
    pthread_join(thread, NULL);
    check(renewing.status == TOKCORE_STATUS_CANCELLED, "the parent: %s", tokcore_kind_name(renewing.status));
    check(count_of(store) == 1, "%zu entries", count_of(store));
    close(connection);
    close(server);
    tokcore_cancel_free(cancel);
    tokcore_token_source_free(source);
    tokcore_store_free(store);
}

static void inherited(void)
{
    test("no file of the store stays open in programs that are started");
    tokcore_store *store = store_in("inherited");
    unsigned before = descriptors();
    free(keep(store, "jane@example.com"));
    check(count_of(store) == 1, "nothing is kept");
    check(descriptors() <= before + 1, "%u descriptors more", descriptors() - before);
    tokcore_store_free(store);
    check(descriptors() <= before, "%u descriptors stay", descriptors() - before);
}

void test_store_processes(void)
{
    inherited();
    forked();
    processes();
}
