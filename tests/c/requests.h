/* What the server must have seen of a case. */
#ifndef REQUESTS_H
#define REQUESTS_H

#include <jansson.h>

/* Compares the log of a case with what its vector expects. */
void requests_check(json_t *log, json_t *expect);

#endif
