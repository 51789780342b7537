#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include "abi.h"
#include "report.h"
#include "vectors.h"
#include "world.h"

/* The library promises 100 ms; the rest is for valgrind and a busy machine. */
#define SOON_MS 2500

/* A session whose server reads the request and never answers. */
static json_t *enter_silence(struct world *world)
{
    json_t *vector = vectors_case(vectors, "V69");
    json_object_del(vector, "options");
    world_enter(world, vector);
    return vector;
}

/* Asks the silent server; the call must end as `wanted`, `after` milliseconds from now or soon after. */
static void wait_for(const struct world *world, const tokcore_cancel *cancel, tokcore_status wanted, double after)
{
    tokcore_client *client = world_client(world);
    tokcore_credentials *credentials = NULL;
    double begun = now_ms();
    tokcore_status status = tokcore_client_credentials(client, "a", NULL, cancel, &credentials, NULL);
    double taken = now_ms() - begun;
    check(status == wanted && credentials == NULL, "ended as %s", tokcore_kind_name(status));
    check(taken >= after - 50 && taken < after + SOON_MS, "took %.0f ms", taken);
    tokcore_client_free(client);
}

static void *fire_later(void *cancel)
{
    nanosleep(&(struct timespec){.tv_nsec = 150000000}, NULL);
    tokcore_cancel_fire(cancel);
    tokcore_cancel_free(cancel);
    return NULL;
}

static void cancel_from_thread(const struct world *world)
{
    test("another thread stops a call that waits");
    tokcore_cancel *cancel = NULL;
    pthread_t thread;
    check(tokcore_cancel_new(&cancel, NULL) == TOKCORE_STATUS_OK, "no cancel");
    pthread_create(&thread, NULL, fire_later, tokcore_cancel_clone(cancel));
    wait_for(world, cancel, TOKCORE_STATUS_CANCELLED, 150);
    pthread_join(thread, NULL);
    test("what was fired stays fired");
    tokcore_cancel_fire(cancel);
    wait_for(world, cancel, TOKCORE_STATUS_CANCELLED, 0);
    tokcore_cancel_free(cancel);
}

static const tokcore_cancel *fired_by_signal;

static void on_alarm(int signal)
{
    (void)signal;
    tokcore_cancel_fire(fired_by_signal);
}

static void cancel_from_signal(const struct world *world)
{
    test("a signal handler stops a call that waits");
    tokcore_cancel *cancel = NULL;
    check(tokcore_cancel_new(&cancel, NULL) == TOKCORE_STATUS_OK, "no cancel");
    fired_by_signal = cancel;
    struct sigaction action = {.sa_handler = on_alarm}, previous;
    sigaction(SIGALRM, &action, &previous);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 150000}, NULL);
    wait_for(world, cancel, TOKCORE_STATUS_CANCELLED, 150);
    sigaction(SIGALRM, &previous, NULL);
    tokcore_cancel_free(cancel);
}

struct host {
    pthread_t thread;
    unsigned asked, destroyed, elsewhere;
    tokcore_status reentered;
};

static bool interrupted(void *data)
{
    struct host *host = data;
    tokcore_client *client = NULL;
    tokcore_integrations *list = NULL;
    host->elsewhere += !pthread_equal(pthread_self(), host->thread);
    /* A call that waits, inside a call that waits: refused, not a dead-lock. */
    if (host->asked == 0 && tokcore_client_new(NULL, &client, NULL) == TOKCORE_STATUS_OK) {
        host->reentered = tokcore_client_integrations(client, NULL, &list, NULL);
        tokcore_client_free(client);
    }
    return ++host->asked == 3;
}

static void destroyed(void *data)
{
    ((struct host *)data)->destroyed++;
}

static void interrupt_check(const struct world *world)
{
    test("the host's interrupt check is asked on the calling thread");
    struct host host = {.thread = pthread_self()};
    tokcore_cancel *cancel = NULL;
    tokcore_status status = tokcore_cancel_new_with_interrupt(interrupted, destroyed, &host, &cancel, NULL);
    check(status == TOKCORE_STATUS_OK, "no cancel");
    wait_for(world, cancel, TOKCORE_STATUS_CANCELLED, 200);
    check(host.asked == 3 && host.elsewhere == 0, "asked %u times, %u on another thread", host.asked, host.elsewhere);
    check(host.reentered != TOKCORE_STATUS_OK, "a call inside the check was let in");
    tokcore_cancel *second = tokcore_cancel_clone(cancel);
    tokcore_cancel_free(cancel);
    check(host.destroyed == 0, "destroyed while a reference is left");
    tokcore_cancel_free(second);
    check(host.destroyed == 1, "destroyed %u times", host.destroyed);

    test("a failed registration destroys its data too");
    host.destroyed = 0;
    check(tokcore_cancel_new_with_interrupt(NULL, destroyed, &host, &cancel, NULL) != TOKCORE_STATUS_OK, "no function");
    check(tokcore_cancel_new_with_interrupt(interrupted, destroyed, &host, NULL, NULL) != TOKCORE_STATUS_OK,
          "no place");
    check(host.destroyed == 2, "destroyed %u times", host.destroyed);
}

static void time_limit(void)
{
    test("the time limit ends a call");
    struct world world;
    json_t *vector = vectors_case(vectors, "V69");
    world_enter(&world, vector);
    wait_for(&world, NULL, TOKCORE_STATUS_TIMEOUT, 500);
    world_leave(&world);
    json_decref(vector);
}

void test_waiting(void)
{
    struct world world;
    json_t *vector = enter_silence(&world);
    cancel_from_thread(&world);
    cancel_from_signal(&world);
    interrupt_check(&world);
    world_leave(&world);
    json_decref(vector);
    time_limit();
}
