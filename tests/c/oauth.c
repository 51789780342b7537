/*
 * Tests of the OAuth engine through its C interface, against real servers.
 *
 *     oauth <folder of the vectors> <signin.py>
 *
 * The servers' addresses come from tests/servers/running.py.
 */
#include "oauth.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"

const char *vectors, *oidc, *second, *hostile, *person;

int main(int count, char **arguments)
{
    oidc = getenv("TOKCORE_TEST_OIDC");
    second = getenv("TOKCORE_TEST_SECOND");
    hostile = getenv("TOKCORE_TEST_HOSTILE");
    if (count != 3 || !oidc || !second || !hostile) {
        fprintf(stderr, "usage: running.py oidc second hostile -- %s <vectors> <signin.py>\n", arguments[0]);
        return 2;
    }
    vectors = arguments[1];
    person = arguments[2];
    curl_global_init(CURL_GLOBAL_DEFAULT);
    test_settings();
    test_oauth_misuse();
    test_signatures();
    test_machines();
    test_servers();
    test_sign_ins();
    test_giving_up();
    test_one_for_many();
    test_answers();
    test_hostile();
    curl_global_cleanup();
    return report();
}
