/* The groups of tests of the OAuth engine in C, and what they share. */
#ifndef OAUTH_H
#define OAUTH_H

#include <jansson.h>
#include <tokcore.h>

/* Folder of the vectors; addresses of the servers of tests/servers; how to start signin.py. */
extern const char *vectors, *oidc, *second, *hostile, *person;

/* Settings, their names and errors; misuse of every call. */
void test_settings(void);
void test_oauth_misuse(void);

/* Grants that need nobody; metadata, revocation, introspection, use of a token. */
void test_machines(void);
void test_servers(void);

/* Sign-ins: stepped, driven, put away, ended early. */
void test_sign_ins(void);
void test_giving_up(void);

/* Threads, fork, memory: one token for many. */
void test_one_for_many(void);

/* The tables of tests/vectors/oauth that have a surface in C, and the hostile server. */
void test_answers(void);
void test_signatures(void);
void test_hostile(void);

/* Settings from pairs of name and text, ended by NULL. `+scopes` adds to a list, `?dpop` is a flag, `#max_age_s` a number,
 * `{claims` is JSON. */
tokcore_settings *settings(const char *name, ...);

/* A client or a source; frees its settings. NULL, and a failure, if it cannot be made. */
tokcore_oauth_client *client_of(tokcore_settings *settings);
tokcore_token_source *source_of(const tokcore_oauth_client *client, tokcore_settings *settings);

/* The usual client of the certified server, and one of the second server. */
tokcore_oauth_client *usual_client(void);
tokcore_oauth_client *second_client(const char *id, const char *secret, const char *method);

/* Somebody who is not there. The same object each time; not to be freed. */
const tokcore_person *nobody(void);

/* Checks that a call succeeded; else shows and frees the error. */
bool succeeded(tokcore_status status, tokcore_error **error);

/* Checks that a call failed so, with this reason (NULL: none is wanted), and that the error shows no secret. Frees it. */
void failed_as(tokcore_status wanted, const char *reason, tokcore_status status, tokcore_error **error);

/* A request: the status, and the body as JSON in `*answer`, which may be NULL. `header` may be NULL. */
long http(const char *method, const char *url, const char *header, json_t **answer);

/* A number of GET /__stats of the certified server, by its path: "machine", "requests./token". */
long stat_of(const char *name);

/* `server` and `path` in one text, good until the eighth call after this one. */
const char *at(const char *server, const char *path);

/* Has somebody sign in at `url` in the background; `code` is the code of the device grant, or NULL. */
void sign_in(const char *url, const char *code);

/* Waits for all who sign in. */
void signed_in(void);

/* Steps a sign-in to its end, for a minute at most: the token, or NULL and a failure. */
tokcore_token *step_to_the_end(tokcore_flow *flow);

/* Open descriptors of this process. */
unsigned descriptors(void);

/* Milliseconds of a clock that only goes forward. */
double now_ms(void);

#endif
