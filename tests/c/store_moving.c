/* Files from one store to another. */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "store.h"

static const char *passphrase = "correct horse canary";

static void check_arrival(const char *wanted, const tokcore_store *store, const tokcore_bytes *file)
{
    tokcore_entries *entries = NULL;
    tokcore_error *error = NULL;
    tokcore_status status = tokcore_store_import(store, tokcore_bytes_data(file), tokcore_bytes_length(file), passphrase,
                                                 NULL, &entries, &error);
    succeeded(status, &error);
    check(tokcore_entries_count(entries) == 1, "%zu entries", tokcore_entries_count(entries));
    check_text("account", "jane@example.com", tokcore_entry_account(tokcore_entries_at(entries, 0)));
    check_text("arrival", wanted, tokcore_entry_arrival(tokcore_entries_at(entries, 0)));
    tokcore_entries_free(entries);
}

static void refused(const tokcore_store *store, const tokcore_bytes *file)
{
    test("a wrong passphrase and another file are refused");
    const uint8_t *data = tokcore_bytes_data(file);
    size_t length = tokcore_bytes_length(file);
    tokcore_error *error = NULL;
    failed_as(TOKCORE_STATUS_STORE, "store_key",
              tokcore_store_import(store, data, length, "another horse", NULL, NULL, &error), &error);
    failed_as(TOKCORE_STATUS_CONFIG_INVALID, NULL,
              tokcore_store_import(store, (const uint8_t *)"{}", 2, passphrase, NULL, NULL, &error), &error);
    failed_as(TOKCORE_STATUS_INVALID_ARGUMENT, NULL,
              tokcore_store_import(store, data, 10, passphrase, NULL, NULL, &error), &error);
    failed_as(TOKCORE_STATUS_INVALID_ARGUMENT, NULL,
              tokcore_store_import(store, NULL, 0, passphrase, NULL, NULL, &error), &error);
    check(count_of(store) == 1, "something came in");
}

void test_moving(void)
{
    test("credentials move to another store, once");
    tokcore_store *here = store_in("here"), *there = store_in_memory();
    tokcore_bytes *file = NULL;
    tokcore_error *error = NULL;
    free(keep(here, "jane@example.com"));
    free(keep(here, "joe@example.com"));
    tokcore_settings *jane = settings("account", "jane@example.com", NULL);
    succeeded(tokcore_store_export(here, jane, passphrase, &file, &error), &error);
    size_t length = tokcore_bytes_length(file);
    check(length > 64 && !memmem(tokcore_bytes_data(file), length, "canary", 6), "%zu bytes, or a secret", length);
    check_arrival("added", there, file);
    check_arrival("kept", there, file);
    check(count_of(there) == 1, "%zu arrived", count_of(there));
    refused(there, file);
    tokcore_bytes_free(file);
    tokcore_settings_free(jane);
    tokcore_store_free(here);
    tokcore_store_free(there);
}
