/*
 * Runs the vectors of tests/vectors/client through the public interface, against tests/replay-server.
 *
 *     conformance <folder of the vectors> <address of the replay server> [<id of a case>]
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "outcome.h"
#include "replay.h"
#include "report.h"
#include "requests.h"
#include "world.h"
#include "vectors.h"

#define MOST_CALLS 64

static const char *only;

struct caller {
    pthread_t thread;
    pthread_barrier_t *start;
    const tokcore_client *client;
    json_t *vector;
    struct outcome outcome;
};

static void *call(void *data)
{
    struct caller *caller = data;
    pthread_barrier_wait(caller->start);
    caller->outcome = outcome_of(caller->client, caller->vector);
    return NULL;
}

static void call_at_once(const tokcore_client *client, json_t *vector, struct outcome *outcomes, size_t count)
{
    struct caller callers[MOST_CALLS];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, (unsigned)count);
    for (size_t index = 0; index < count; index++) {
        callers[index] = (struct caller){.start = &start, .client = client, .vector = vector};
        pthread_create(&callers[index].thread, NULL, call, &callers[index]);
    }
    for (size_t index = 0; index < count; index++) {
        pthread_join(callers[index].thread, NULL);
        outcomes[index] = callers[index].outcome;
    }
    pthread_barrier_destroy(&start);
}

static void run(json_t *vector, json_t *secrets)
{
    struct world world;
    struct outcome outcomes[MOST_CALLS];
    const char *id = json_string_value(json_object_get(vector, "id"));
    if (only != NULL && strcmp(only, id) != 0) {
        return;
    }
    test("%s (%s)", id, json_string_value(json_object_get(vector, "why")));
    world_enter(&world, vector);
    tokcore_client *client = world_client(&world);
    json_t *expect = json_object_get(world.vector, "expect");
    size_t repeat = (size_t)json_integer_value(json_object_get(world.vector, "repeat"));
    size_t threads = (size_t)json_integer_value(json_object_get(world.vector, "threads"));
    size_t count = threads ? threads : repeat ? repeat : 1;
    if (threads) {
        call_at_once(client, world.vector, outcomes, count);
    } else {
        for (size_t index = 0; index < count; index++) {
            outcomes[index] = outcome_of(client, world.vector);
        }
    }
    /* What calls returned outlives the client. */
    tokcore_client_free(client);
    for (size_t index = 0; index < count; index++) {
        if (!outcomes[index].not_expressible) {
            outcome_check(&outcomes[index], expect);
            outcome_check_secrets(&outcomes[index], secrets);
        }
    }
    if (!outcomes[0].not_expressible) {
        json_t *log = replay_log(id);
        requests_check(log, expect);
        json_decref(log);
    }
    for (size_t index = 0; index < count; index++) {
        outcome_free(&outcomes[index]);
    }
    world_leave(&world);
}

int main(int count, char **arguments)
{
    if (count < 3) {
        fprintf(stderr, "usage: %s <vectors> <replay server> [<case>]\n", arguments[0]);
        return 2;
    }
    only = count > 3 ? arguments[3] : NULL;
    replay_connect(arguments[2]);
    world_prepare(arguments[1]);
    vectors_each(arguments[1], run);
    return report();
}
