#include "report.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char name[256];
static bool running, current_failed;
static unsigned passed_count, failed_count;

static void end(void)
{
    if (running) {
        *(current_failed ? &failed_count : &passed_count) += 1;
    }
    running = false;
}

void test(const char *format, ...)
{
    end();
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    running = true;
    current_failed = false;
}

bool check(bool holds, const char *format, ...)
{
    if (holds) {
        return true;
    }
    pthread_mutex_lock(&lock);
    va_list arguments;
    va_start(arguments, format);
    printf("FAILED %s: ", name);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    current_failed = true;
    pthread_mutex_unlock(&lock);
    return false;
}

bool check_text(const char *what, const char *wanted, const char *found)
{
    bool same = wanted == NULL || found == NULL ? wanted == found : strcmp(wanted, found) == 0;
    return check(same, "%s: expected %s, got %s", what, wanted ? wanted : "NULL", found ? found : "NULL");
}

bool failed(void)
{
    return current_failed;
}

int report(void)
{
    end();
    printf("%u passed, %u failed\n", passed_count, failed_count);
    return failed_count != 0;
}
