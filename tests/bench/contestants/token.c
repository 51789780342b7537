/* A valid token in memory: tokcore_token_source_token, beside the least that a checked read can cost: a sequence lock, a
 * coarse clock, a comparison and a copy of a token's length. */
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tokcore.h>

enum { BATCHES = 31, CALLS_PER_BATCH = 100000, TOKEN_BYTES = 222 };

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* What a cache of one token is at the least. */
static struct {
    atomic_uint_fast64_t sequence;
    int64_t expires_at;
    char token[TOKEN_BYTES];
} cache;

__attribute__((noinline)) static int checked_read(char *token)
{
    struct timespec now;
    uint_fast64_t before, after;
    int64_t expires_at;
    do {
        before = atomic_load_explicit(&cache.sequence, memory_order_acquire);
        expires_at = cache.expires_at;
        memcpy(token, cache.token, TOKEN_BYTES);
        atomic_thread_fence(memory_order_acquire);
        after = atomic_load_explicit(&cache.sequence, memory_order_relaxed);
    } while (before != after || before % 2);
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now.tv_sec < expires_at;
}

static void fail(const tokcore_error *error)
{
    fprintf(stderr, "c-token: %s; %s\n", tokcore_error_message(error), tokcore_error_hint(error));
    exit(1);
}

/* A source that has a token for the next hour. */
static tokcore_token_source *new_source(void)
{
    tokcore_settings *client_settings = NULL, *request = NULL, *given = NULL;
    tokcore_oauth_client *client = NULL;
    tokcore_token_source *source = NULL;
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    char text[TOKEN_BYTES + 1];
    memset(text, 'x', TOKEN_BYTES);
    text[TOKEN_BYTES] = '\0';
    if (tokcore_settings_new(&client_settings, &error) || tokcore_settings_new(&request, &error) ||
        tokcore_settings_new(&given, &error) || tokcore_settings_set(client_settings, "client_id", "bench", &error) ||
        tokcore_settings_set(client_settings, "token_endpoint", "https://as.example/token", &error) ||
        tokcore_settings_set(request, "grant", "client_credentials", &error) ||
        tokcore_settings_set(given, "access_token", text, &error) ||
        tokcore_settings_set_int(given, "expires_in", 3600, &error) ||
        tokcore_oauth_client_new(client_settings, &client, &error) ||
        tokcore_token_source_new(client, request, &source, &error) || tokcore_token_new(given, &token, &error) ||
        tokcore_token_source_adopt(source, token, &error))
        fail(error);
    tokcore_settings_free(client_settings);
    tokcore_settings_free(request);
    tokcore_settings_free(given);
    tokcore_token_free(token);
    tokcore_oauth_client_free(client);
    return source;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void emit(const char *contestant, double *figures)
{
    qsort(figures, BATCHES, sizeof *figures, ascending);
    printf("{\"contestant\":\"%s\",\"metric\":\"valid token\",\"unit\":\"ns\",\"median\":%.2f,\"n\":%d}\n", contestant,
           figures[BATCHES / 2], BATCHES);
}

int main(void)
{
    tokcore_token_source *source = new_source();
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    double limit[BATCHES], ours[BATCHES];
    static char copy[TOKEN_BYTES];
    volatile int valid = 0;
    cache.expires_at = (int64_t)time(NULL) + 3600;
    /* By turns, so that a machine that is slower for a while is slower for both. */
    for (int batch = 0; batch < BATCHES; batch++) {
        double begun = now_ns();
        for (int i = 0; i < CALLS_PER_BATCH; i++) valid += checked_read(copy);
        limit[batch] = (now_ns() - begun) / CALLS_PER_BATCH;
        begun = now_ns();
        for (int i = 0; i < CALLS_PER_BATCH; i++)
            if (tokcore_token_source_token(source, NULL, NULL, &token, &error)) fail(error);
        ours[batch] = (now_ns() - begun) / CALLS_PER_BATCH;
    }
    emit("checked read in C", limit);
    emit("tokcore C", ours);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    return 0;
}
