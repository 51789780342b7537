/* tokcore_client_credentials from C: a call that asks the server, and one that need not.
 *
 * Usage: c-call [CALLS], in the environment of a session. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <tokcore.h>

enum { BATCHES = 31, CALLS_PER_BATCH = 20000 };

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void fail(const tokcore_error *error)
{
    fprintf(stderr, "c-call: %s; %s\n", tokcore_error_message(error), tokcore_error_hint(error));
    exit(1);
}

static tokcore_client *new_client(uint64_t reuse_ms)
{
    tokcore_client_options *options = NULL;
    tokcore_client *client = NULL;
    tokcore_error *error = NULL;
    if (tokcore_client_options_new(&options, &error) || tokcore_client_options_set_reuse_ms(options, reuse_ms, &error) ||
        tokcore_client_new(options, &client, &error))
        fail(error);
    tokcore_client_options_free(options);
    return client;
}

static tokcore_credentials *get(const tokcore_client *client, const char *guid)
{
    tokcore_credentials *credentials = NULL;
    tokcore_error *error = NULL;
    if (tokcore_client_credentials(client, guid, NULL, NULL, &credentials, &error) != TOKCORE_STATUS_OK) fail(error);
    return credentials;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void emit(const char *metric, double *figures, size_t count)
{
    qsort(figures, count, sizeof *figures, ascending);
    printf("{\"contestant\":\"tokcore C\",\"metric\":\"%s\",\"unit\":\"ns\",\"median\":%.2f,\"n\":%zu}\n", metric,
           figures[count / 2], count);
}

static void asking(const char *guid, size_t calls)
{
    tokcore_client *client = new_client(0);
    double *figures = calloc(calls, sizeof *figures);
    if (!figures) exit(1);
    tokcore_credentials_free(get(client, guid));
    for (size_t i = 0; i < calls; i++) {
        double begun = now_ns();
        tokcore_credentials_free(get(client, guid));
        figures[i] = now_ns() - begun;
    }
    emit("call", figures, calls);
    free(figures);
    tokcore_client_free(client);
}

static void reusing(const char *guid)
{
    tokcore_client *client = new_client(5000);
    tokcore_credentials *held = get(client, guid);
    double get_ns[BATCHES], current_ns[BATCHES];
    volatile bool current = false;
    for (int batch = 0; batch < BATCHES; batch++) {
        double begun = now_ns();
        for (int i = 0; i < CALLS_PER_BATCH; i++) tokcore_credentials_free(get(client, guid));
        get_ns[batch] = (now_ns() - begun) / CALLS_PER_BATCH;
        begun = now_ns();
        for (int i = 0; i < CALLS_PER_BATCH; i++) current = tokcore_client_is_current(client, held);
        current_ns[batch] = (now_ns() - begun) / CALLS_PER_BATCH;
    }
    (void)current;
    emit("reuse", get_ns, BATCHES);
    emit("is_current", current_ns, BATCHES);
    tokcore_credentials_free(held);
    tokcore_client_free(client);
}

int main(int count, char **words)
{
    const char *guid = getenv("TOKCORE_DEMO_GUID");
    if (!guid) {
        fputs("c-call: TOKCORE_DEMO_GUID is not set: no session\n", stderr);
        return 2;
    }
    asking(guid, count > 1 ? strtoul(words[1], NULL, 10) : 5000);
    reusing(guid);
    return 0;
}
