/* The groups of tests of the C interface itself. */
#ifndef ABI_H
#define ABI_H

#include <stdbool.h>
#include <tokcore.h>

/* Folder of the conformance vectors. */
extern const char *vectors;

/* NULL, wrong types, versions, options. */
void test_misuse(void);

/* Text that is not UTF-8 or has no end. */
void test_text(void);

/* Stopping calls that wait: cancel, interrupt check, signal, time limit. */
void test_waiting(void);

/* References, threads, fork, and what is handed out again. */
void test_sharing(void);

/* Checks that a call failed as INVALID_ARGUMENT with a message that holds `part`, and frees the error. */
void check_refused(const char *what, tokcore_status status, tokcore_error **error, const char *part);

/* Milliseconds of a clock that only goes forward. */
double now_ms(void);

#endif
