/* Around the part of docs/c.md on cancelling: an interrupt before the call ends it. */
#include <signal.h>
#include <stdio.h>
#include <tokcore.h>

#include "part.c"

int main(void)
{
    tokcore_client *client = NULL;
    tokcore_credentials *credentials = NULL;
    tokcore_error *error = NULL;
    tokcore_client_new(NULL, &client, NULL);
    tokcore_cancel_new(&cancel, NULL);
    on_interrupt(SIGINT);
    tokcore_status status = fetch(client, &credentials, &error);
    puts(tokcore_kind_name(status));
    tokcore_error_free(error);
    tokcore_credentials_free(credentials);
    tokcore_client_free(client);
    tokcore_cancel_free(cancel);
    return 0;
}
