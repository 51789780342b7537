/*
 * Tests of the C interface itself, beyond what the vectors say.
 *
 *     abi <folder of the vectors> <address of the replay server>
 */
#include "abi.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "replay.h"
#include "report.h"
#include "world.h"

const char *vectors;

void check_refused(const char *what, tokcore_status status, tokcore_error **error, const char *part)
{
    check(status == TOKCORE_STATUS_INVALID_ARGUMENT, "%s: %s", what, tokcore_kind_name(status));
    const char *message = tokcore_error_message(*error);
    check(message != NULL && strstr(message, part) != NULL, "%s: the message lacks \"%s\": %s", what, part, message);
    tokcore_error_free(*error);
    *error = NULL;
}

double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: %s <vectors> <replay server>\n", arguments[0]);
        return 2;
    }
    vectors = arguments[1];
    replay_connect(arguments[2]);
    world_prepare(vectors);
    test_misuse();
    test_text();
    test_sharing();
    /* Last: what it measures must not include the first use of the network, which is slow under valgrind. */
    test_waiting();
    return report();
}
