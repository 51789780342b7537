/* One token for many: threads, processes, references. */
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oauth.h"
#include "report.h"

#define THREADS 32

/* A source whose token has expired; another one in each test, so that none finds the token of an earlier test. */
static tokcore_token_source *expired_source(const tokcore_oauth_client *client, const char *cache_key)
{
    tokcore_token_source *source = source_of(
        client, settings("grant", "client_credentials", "+scopes", "read", "cache_key", cache_key, NULL));
    tokcore_settings *given = settings("access_token", "old", "#expires_at", "1700000000", NULL);
    tokcore_token *old = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_new(given, &old, &error), &error);
    succeeded(tokcore_token_source_adopt(source, old, &error), &error);
    tokcore_settings_free(given);
    tokcore_token_free(old);
    return source;
}

struct caller {
    pthread_t thread;
    const tokcore_token_source *source;
    tokcore_token *token;
};

static void *ask(void *data)
{
    struct caller *caller = data;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_source_token(caller->source, nobody(), NULL, &caller->token, &error), &error);
    return NULL;
}

static void threads(void)
{
    test("%d threads on one expired token make one request", THREADS);
    tokcore_oauth_client *client = usual_client();
    tokcore_token_source *source = expired_source(client, "threads");
    struct caller callers[THREADS];
    nobody();
    long before = stat_of("machine");
    for (size_t index = 0; index < THREADS; index++) {
        callers[index] = (struct caller){.source = source};
        pthread_create(&callers[index].thread, NULL, ask, &callers[index]);
    }
    for (size_t index = 0; index < THREADS; index++) {
        pthread_join(callers[index].thread, NULL);
        check_text("token", tokcore_token_access_token(callers[0].token), tokcore_token_access_token(callers[index].token));
    }
    for (size_t index = 0; index < THREADS; index++) {
        tokcore_token_free(callers[index].token);
    }
    check(stat_of("machine") - before == 1, "%ld requests", stat_of("machine") - before);
    tokcore_token_source_free(source);
    tokcore_oauth_client_free(client);
}

static void kept(void)
{
    test("a token is left alone while it is usable, and replaced when it is not");
    tokcore_oauth_client *client = usual_client();
    tokcore_token_source *source = expired_source(client, "kept"), *same, *clone = tokcore_token_source_clone(source);
    same = source_of(client, settings("grant", "client_credentials", "+scopes", "read", "cache_key", "kept", NULL));
    check_text("key", tokcore_token_source_key(source), tokcore_token_source_key(same));
    tokcore_token *token = NULL, *first, *other = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    first = tokcore_token_clone(token);
    for (unsigned round = 0; round < 100; round++) {
        tokcore_token_source_token(clone, NULL, NULL, &token, &error);
    }
    check(token == first, "replaced although usable");
    succeeded(tokcore_token_source_token(same, nobody(), NULL, &other, &error), &error);
    check_text("the token of another source that asks for the same", tokcore_token_access_token(first),
               tokcore_token_access_token(other));
    check(tokcore_token_source_is_current(same, first), "not current there");
    tokcore_token_free(other);
    other = NULL;
    succeeded(tokcore_token_source_invalidate(source, token, &error), &error);
    check(!tokcore_token_source_is_current(same, first), "current although refused");
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    check(token != first && strcmp(tokcore_token_access_token(token), tokcore_token_access_token(first)) != 0, "the same");
    succeeded(tokcore_token_source_current(same, &other, &error), &error);
    check_text("current", tokcore_token_access_token(token), tokcore_token_access_token(other));
    tokcore_token_free(other);
    other = NULL;
    succeeded(tokcore_token_source_forget(source, &error), &error);
    succeeded(tokcore_token_source_current(same, &other, &error), &error);
    check(other == NULL, "remembered although forgotten");
    /* A failure leaves the token that is there. */
    tokcore_oauth_client *lost = client_of(settings("client_id", "a", "token_endpoint", at(hostile, "/html"), NULL));
    tokcore_token_source *broken = source_of(lost, settings("grant", "client_credentials", NULL));
    tokcore_token *before = token;
    failed_as(TOKCORE_STATUS_PROTOCOL, "html_response", tokcore_token_source_token(broken, nobody(), NULL, &token, &error), &error);
    check(token == before, "a failure took the token away");
    tokcore_oauth_client_free(lost);
    tokcore_oauth_client_free(client);
    tokcore_token_source_free(broken);
    tokcore_token_source_free(source);
    tokcore_token_source_free(clone);
    tokcore_token_source_free(same);
    tokcore_token_free(first);
    tokcore_token_free(token);
}

static void forked(void)
{
    test("a forked child goes on using a source, and so does its parent");
    tokcore_oauth_client *client = usual_client();
    tokcore_token_source *source = expired_source(client, "forked");
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    pid_t child = fork();
    if (child == 0) {
        tokcore_token *held = token, *fresh = NULL;
        bool good = tokcore_token_source_token(source, nobody(), NULL, &held, NULL) == TOKCORE_STATUS_OK && held != NULL;
        good = good && tokcore_token_source_invalidate(source, held, NULL) == TOKCORE_STATUS_OK;
        good = good && tokcore_token_source_token(source, nobody(), NULL, &fresh, NULL) == TOKCORE_STATUS_OK;
        good = good && fresh != NULL;
        tokcore_token_free(held);
        tokcore_token_free(fresh);
        tokcore_token_source_free(source);
        tokcore_oauth_client_free(client);
        /* The child forgets what it inherited, on purpose; valgrind would count that as lost when it exits. */
        execlp(good ? "true" : "false", "end", (char *)NULL);
        _exit(2);
    }
    int status = -1;
    waitpid(child, &status, 0);
    check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %d", status);
    succeeded(tokcore_token_source_invalidate(source, token, &error), &error);
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_oauth_client_free(client);
}

void test_one_for_many(void)
{
    threads();
    kept();
    forked();
}
