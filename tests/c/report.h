/* Counts what passed and prints what failed. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>

/* Starts the next test. */
void test(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Notes a failure of the current test, with its reason, unless `holds`. Returns `holds`. Any thread. */
bool check(bool holds, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As check, for two texts; either may be NULL. */
bool check_text(const char *what, const char *wanted, const char *found);

/* Whether the current test has failed. */
bool failed(void);

/* Prints the sum; the exit status of the program. */
int report(void);

#endif
