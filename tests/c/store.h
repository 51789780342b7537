/* The groups of tests of the store in C, and what they share. What oauth.h has is there too. */
#ifndef STORE_H
#define STORE_H

#include "oauth.h"

/* A folder that nobody else can enter; this program, to be started as another process. */
extern const char *room, *program;

/* What is in a store, and what leaves it. */
void test_kept(void);

/* Files from one store to another. Slow by design: a passphrase is made expensive to guess. */
void test_moving(void);

/* NULL, bad text and objects of another type. */
void test_store_misuse(void);

/* Stores of the program. */
void test_custom(void);

/* Stores that cannot be used as they are. */
void test_bad_stores(void);

/* One store for many processes; children of fork. */
void test_store_processes(void);

/* Signing in, out, and what the server sees of it. */
void test_signing_out(void);

/* The tables of tests/vectors/store that have a surface in C. */
void test_accounts(void);

/* What this program does as another process: prints the token that the store in `path` has for `client`. */
int other_process(const char *path, const char *client);

/* A key for stores of files. */
#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

/* Made stores: of files in a new folder `name` of the room, or in memory. */
tokcore_store *store_in(const char *name);
tokcore_store *store_in_memory(void);

/* A path in the room; good until the eighth call of `at` after this one. */
const char *in_room(const char *name);

/* The grant of `account`, with an access token that is called after it; to be freed. */
tokcore_settings *grant_of(const char *account);

/* Keeps the grant of `account`; its key, to be freed. */
char *keep(const tokcore_store *store, const char *account);

/* The client of these grants, with its credentials in `store`; a source of it, `account` may be NULL. */
tokcore_oauth_client *client_in(const tokcore_store *store);
tokcore_token_source *source_in(const tokcore_store *store, const char *account);

/* All entries; to be freed. */
tokcore_entries *all(const tokcore_store *store);

/* How many entries there are. */
size_t count_of(const tokcore_store *store);

#endif
