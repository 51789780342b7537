/* Stores that cannot be used as they are: each has its name and the words to mend it. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"
#include "store.h"

/* Both reading and writing fail so, with these parts in message and hint. */
static void refused(const tokcore_store *store, const char *reason, const char *message, const char *hint)
{
    for (int writes = 0; writes < 2; writes++) {
        tokcore_entries *entries = NULL;
        tokcore_text *key = NULL;
        tokcore_error *error = NULL;
        tokcore_settings *grant = grant_of("jane@example.com");
        tokcore_status status = writes ? tokcore_store_adopt(store, grant, &key, &error)
                                       : tokcore_store_list(store, NULL, &entries, &error);
        const char *says = tokcore_error_message(error), *advises = tokcore_error_hint(error);
        check(says && strstr(says, message), "the message lacks \"%s\": %s", message, says);
        check(advises && strstr(advises, hint), "the hint lacks \"%s\": %s", hint, advises);
        failed_as(TOKCORE_STATUS_STORE, reason, status, &error);
        tokcore_settings_free(grant);
        tokcore_entries_free(entries);
        tokcore_text_free(key);
    }
}

/* A store of files that has been used before, in the folder `name`. */
static void made(const char *name)
{
    tokcore_store *store = store_in(name);
    free(keep(store, "jane@example.com"));
    tokcore_store_free(store);
}

static void folders(void)
{
    test("a folder that others may enter, a link and another user's folder are refused");
    made("open");
    chmod(in_room("open"), 0755);
    tokcore_store *store = store_in("open");
    refused(store, "store_permissions", "others may look into", "chmod 700");
    tokcore_store_free(store);
    made("real");
    check(symlink(in_room("real"), in_room("link")) == 0, "no link");
    store = store_in("link");
    refused(store, "store_permissions", "symbolic link", "TOKCORE_STORE=");
    tokcore_store_free(store);
    if (geteuid() == 0) {
        made("foreign");
        check(chown(in_room("foreign"), 12345, 12345) == 0, "no owner");
        store = store_in("foreign");
        refused(store, "store_permissions", "belongs to user 12345", "chown -R 0");
        tokcore_store_free(store);
    }
}

static void nowhere(void)
{
    test("a place where nothing can be written is named");
    tokcore_settings *given = settings("path", "/proc/tokcore/store", "key", KEY, NULL), *grant = grant_of("jane@example.com");
    tokcore_store *store = NULL;
    tokcore_text *key = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_store_open(given, &store, &error), &error);
    tokcore_status status = tokcore_store_adopt(store, grant, &key, &error);
    check(tokcore_error_message(error) && strstr(tokcore_error_message(error), "/proc/tokcore"), "message %s",
          tokcore_error_message(error));
    failed_as(TOKCORE_STATUS_STORE, "store_unwritable", status, &error);
    tokcore_store_free(store);
    tokcore_settings_free(given);
    tokcore_settings_free(grant);
}

static void keys(void)
{
    test("another key and a missing key file are named; a key file that others can read is closed to them");
    made("keyed");
    tokcore_settings *given = settings("path", in_room("keyed"), "key", "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", NULL);
    tokcore_store *store = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_store_open(given, &store, &error), &error);
    refused(store, "store_key", "is not the key of the store", "");
    tokcore_store_free(store);
    tokcore_settings_free(given);
    given = settings("path", in_room("filed"), NULL);
    succeeded(tokcore_store_open(given, &store, &error), &error);
    free(keep(store, "jane@example.com"));
    tokcore_store_free(store);
    const char *file = in_room("config/tokcore/store.key");
    struct stat found;
    check(chmod(file, 0644) == 0, "no key file");
    succeeded(tokcore_store_open(given, &store, &error), &error);
    check(count_of(store) == 1, "not opened");
    file = in_room("config/tokcore/store.key");
    check(stat(file, &found) == 0 && (found.st_mode & 0777) == 0600, "mode %o", found.st_mode & 0777);
    tokcore_store_free(store);
    check(unlink(file) == 0, "no key file");
    succeeded(tokcore_store_open(given, &store, &error), &error);
    refused(store, "store_key", "key file", "backup");
    tokcore_store_free(store);
    tokcore_settings_free(given);
}

static void damaged(void)
{
    test("a damaged file is one unreadable entry; the others are not touched");
    tokcore_store *store = store_in("damaged");
    free(keep(store, "jane@example.com"));
    free(keep(store, "joe@example.com"));
    tokcore_entries *entries = all(store);
    const char *path = tokcore_entry_path(tokcore_entries_at(entries, 0));
    int file = open(path ? path : "", O_WRONLY);
    check(pwrite(file, "damage", 6, 200) == 6, "not damaged: %s", path);
    close(file);
    tokcore_entries_free(entries);
    entries = all(store);
    unsigned unreadable = 0;
    for (size_t index = 0; index < tokcore_entries_count(entries); index++) {
        const tokcore_entry *entry = tokcore_entries_at(entries, index);
        unreadable += strcmp(tokcore_entry_state(entry), "unreadable") == 0;
    }
    check(tokcore_entries_count(entries) == 2 && unreadable == 1, "%u of %zu unreadable", unreadable,
          tokcore_entries_count(entries));
    tokcore_token_source *source = source_in(store, "joe@example.com");
    tokcore_token *token = NULL;
    tokcore_error *error = NULL;
    succeeded(tokcore_token_source_token(source, nobody(), NULL, &token, &error), &error);
    tokcore_entries_free(entries);
    tokcore_token_free(token);
    tokcore_token_source_free(source);
    tokcore_store_free(store);
}

/* What a process sees whose files cannot grow: 0 if all is as it should be. */
static int without_room(const tokcore_store *store)
{
    struct rlimit nothing = {0, RLIM_INFINITY};
    tokcore_settings *grant = grant_of("joe@example.com");
    tokcore_text *key = NULL;
    tokcore_error *error = NULL;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &nothing);
    tokcore_status status = tokcore_store_adopt(store, grant, &key, &error);
    const char *reason = tokcore_error_reason(error);
    bool named = status == TOKCORE_STATUS_STORE && reason && strcmp(reason, "store_unwritable") == 0;
    bool reads = tokcore_store_list(store, NULL, &(tokcore_entries *){NULL}, NULL) == TOKCORE_STATUS_OK;
    return (named ? 0 : 1) + (reads ? 0 : 2);
}

static void full(void)
{
    test("a full disk is named, and loses nothing");
    tokcore_store *store = store_in("full");
    free(keep(store, "jane@example.com"));
    pid_t child = fork();
    if (child == 0) {
        /* The child forgets what it inherited, on purpose; valgrind would count that as lost when it exits. */
        const char *ends[] = {"exit 0", "exit 1", "exit 2", "exit 3"};
        execlp("sh", "sh", "-c", ends[without_room(store)], (char *)NULL);
        _exit(9);
    }
    int status = -1;
    waitpid(child, &status, 0);
    check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %d", WEXITSTATUS(status));
    check(count_of(store) == 1, "%zu entries", count_of(store));
    tokcore_store_free(store);
}

void test_bad_stores(void)
{
    folders();
    nowhere();
    keys();
    damaged();
    full();
}
