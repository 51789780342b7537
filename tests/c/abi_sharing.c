#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi.h"
#include "replay.h"
#include "report.h"
#include "vectors.h"
#include "world.h"

static const char *audience(const struct world *world)
{
    return json_string_value(json_object_get(json_object_get(world->vector, "call"), "audience"));
}

static tokcore_credentials *get(const tokcore_client *client, const struct world *world)
{
    tokcore_credentials *credentials = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = tokcore_client_credentials(client, audience(world), NULL, NULL, &credentials, &error);
    check(status == TOKCORE_STATUS_OK, "%s: %s", tokcore_kind_name(status), tokcore_error_message(error));
    tokcore_error_free(error);
    return credentials;
}

static void handed_out_again(const struct world *world)
{
    test("what was just got is handed out again, until it is forgotten");
    tokcore_client *client = world_client(world), *other = world_client(world);
    tokcore_credentials *first = get(client, world), *second = get(client, world), *third = NULL;
    check(first == second, "the second call made another object");
    check(tokcore_client_is_current(client, first), "not current");
    check(!tokcore_client_is_current(other, first), "another client takes it for its own");
    check(tokcore_client_forget(client, NULL) == TOKCORE_STATUS_OK, "forget");
    check(!tokcore_client_is_current(client, first), "current although forgotten");
    third = get(client, world);
    check(third != first, "handed out although forgotten");
    tokcore_credentials_free(second);
    check_text("token of a reference that is left", tokcore_credentials_access_token(third),
               tokcore_credentials_access_token(first));
    tokcore_credentials_free(first);
    tokcore_credentials_free(third);

    tokcore_request *request = NULL;
    check(tokcore_request_new(&request, NULL) == TOKCORE_STATUS_OK, "request");
    check(tokcore_request_set_audience(request, audience(world), NULL) == TOKCORE_STATUS_OK, "audience");
    check(tokcore_client_credentials_for(client, request, NULL, &first, NULL) == TOKCORE_STATUS_OK,
          "credentials for a request");
    check(tokcore_client_is_current(client, first), "a request gets other credentials than an audience");
    tokcore_credentials_free(first);
    tokcore_request_free(request);
    tokcore_client_free(client);
    tokcore_client_free(other);
}

static void other_audience(const struct world *world)
{
    test("another audience does not get the credentials of the last one");
    tokcore_client *client = world_client(world);
    tokcore_credentials *first = get(client, world), *second = NULL;
    tokcore_status status = tokcore_client_credentials(client, "another", NULL, NULL, &second, NULL);
    check(status == TOKCORE_STATUS_OK && second != first, "the same object");
    check_text("integration", "another", tokcore_credentials_integration_id(second));
    tokcore_credentials_free(first);
    tokcore_credentials_free(second);
    tokcore_client_free(client);
}

static void references(const struct world *world)
{
    test("objects outlive those that they came from");
    tokcore_client *client = world_client(world), *clone = tokcore_client_clone(client);
    tokcore_client_free(client);
    tokcore_credentials *credentials = get(clone, world), *kept = tokcore_credentials_clone(credentials);
    tokcore_client_free(clone);
    tokcore_credentials_free(credentials);
    const char *authorization = tokcore_credentials_authorization(kept);
    check(authorization != NULL && strncmp(authorization, "Bearer ", 7) == 0, "no header");
    tokcore_credentials_free(kept);
}

static bool second_one(const tokcore_integration *integration, void *data)
{
    unsigned *asked = data;
    check(tokcore_integration_guid(integration) != NULL, "no GUID");
    return ++*asked == 2;
}

static void predicate(void)
{
    test("a predicate chooses, and an item outlives its list");
    struct world world;
    json_t *vector = vectors_case(vectors, "find-none");
    world_enter(&world, vector);
    tokcore_client *client = world_client(&world);
    tokcore_integration *found = NULL, *kept = NULL;
    tokcore_integrations *list = NULL;
    unsigned asked = 0;
    check(tokcore_client_find_by(client, NULL, second_one, &asked, NULL, &found, NULL) == TOKCORE_STATUS_OK, "find");
    check(asked == 2, "asked %u times", asked);
    check(tokcore_client_integrations(client, NULL, &list, NULL) == TOKCORE_STATUS_OK, "list");
    kept = tokcore_integration_clone(tokcore_integrations_at(list, 1));
    tokcore_integrations_free(list);
    check_text("name", tokcore_integration_name(found), tokcore_integration_name(kept));
    tokcore_integration_free(found);
    tokcore_integration_free(kept);
    tokcore_client_free(client);
    world_leave(&world);
    json_decref(vector);
}

static void sign_in_page(void)
{
    test("the sign-in page of a known integration is told; an unknown one is an error");
    struct world world;
    json_t *vector = vectors_case(vectors, "find-none");
    world_enter(&world, vector);
    tokcore_client *client = world_client(&world);
    tokcore_integration *item = NULL;
    tokcore_text *url = NULL;
    tokcore_error *error = NULL;
    check(tokcore_client_check(client, NULL) == TOKCORE_STATUS_OK, "not ready for calls");
    check(tokcore_client_integration(client, "name:azure", NULL, &item, NULL) == TOKCORE_STATUS_OK, "integration");
    tokcore_status status = tokcore_client_sign_in_url(client, tokcore_integration_guid(item), NULL, &url, &error);
    check(status == TOKCORE_STATUS_OK, "%s", tokcore_error_message(error));
    const char *address = tokcore_text_value(url);
    check(address != NULL && strncmp(address, "http", 4) == 0, "%s", address);
    tokcore_text_free(url);
    url = NULL;
    check(tokcore_client_sign_in_url(client, "nobody", NULL, &url, &error) == TOKCORE_STATUS_NOT_FOUND, "found");
    check(url == NULL && error != NULL, "an output was written, or no error");
    tokcore_error_free(error);
    tokcore_integration_free(item);
    tokcore_client_free(client);
    world_leave(&world);
    json_decref(vector);
}

#define THREADS 8
#define ROUNDS 50

struct sharer {
    pthread_t thread;
    const tokcore_client *client;
    const struct world *world;
};

static void *share(void *data)
{
    struct sharer *sharer = data;
    for (unsigned round = 0; round < ROUNDS; round++) {
        tokcore_credentials *credentials = get(sharer->client, sharer->world);
        tokcore_detection *detection = NULL;
        check(tokcore_credentials_access_token(credentials) != NULL, "no token");
        if (round % 10 == 9) {
            check(tokcore_client_forget(sharer->client, NULL) == TOKCORE_STATUS_OK, "forget");
            check(tokcore_client_detect(sharer->client, false, &detection, NULL) == TOKCORE_STATUS_OK, "detect");
        }
        tokcore_detection_free(detection);
        tokcore_credentials_free(credentials);
    }
    return NULL;
}

static void threads(const struct world *world)
{
    test("%d threads share a client", THREADS);
    tokcore_client *client = world_client(world);
    struct sharer sharers[THREADS];
    for (size_t index = 0; index < THREADS; index++) {
        sharers[index] = (struct sharer){.client = client, .world = world};
        pthread_create(&sharers[index].thread, NULL, share, &sharers[index]);
    }
    for (size_t index = 0; index < THREADS; index++) {
        pthread_join(sharers[index].thread, NULL);
    }
    tokcore_client_free(client);
}

static void forked(const struct world *world)
{
    test("a forked child goes on using a client, and so does its parent");
    tokcore_client *client = world_client(world);
    tokcore_credentials *before = get(client, world), *after;
    pid_t child = fork();
    if (child == 0) {
        tokcore_credentials *inherited = get(client, world), *fresh;
        tokcore_client_forget(client, NULL);
        fresh = get(client, world);
        bool good = inherited != NULL && fresh != NULL && tokcore_credentials_access_token(before) != NULL;
        tokcore_credentials_free(inherited);
        tokcore_credentials_free(fresh);
        tokcore_credentials_free(before);
        tokcore_client_free(client);
        /*
         * The child forgets the connections that it inherits, on purpose; valgrind would count them as lost when it
         * exits, but not when it becomes another program.
         */
        execlp(good && !failed() ? "true" : "false", "end", (char *)NULL);
        _exit(2);
    }
    int status = -1;
    waitpid(child, &status, 0);
    check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %d", status);
    check(tokcore_client_forget(client, NULL) == TOKCORE_STATUS_OK, "forget");
    after = get(client, world);
    check(after != NULL, "the parent lost its connection");
    tokcore_credentials_free(before);
    tokcore_credentials_free(after);
    tokcore_client_free(client);
    json_t *log = replay_log(world->id);
    check(json_array_size(log) == 3, "%zu requests", json_array_size(log));
    json_decref(log);
}

void test_sharing(void)
{
    struct world world;
    json_t *vector = vectors_case(vectors, "W01");
    world_enter(&world, vector);
    handed_out_again(&world);
    other_audience(&world);
    references(&world);
    threads(&world);
    world_leave(&world);
    world_enter(&world, vector);
    forked(&world);
    world_leave(&world);
    json_decref(vector);
    predicate();
    sign_in_page();
}
