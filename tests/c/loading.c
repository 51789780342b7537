/*
 * Loads and unloads the library again and again, as hosts with plug-ins do.
 *
 *     loading <libtokcore.so>
 */
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <tokcore.h>

#include "report.h"

typedef tokcore_status make(const tokcore_client_options *, tokcore_client **, tokcore_error **);
typedef tokcore_status detect(const tokcore_client *, bool, tokcore_detection **, tokcore_error **);
typedef void free_client(tokcore_client *);
typedef void free_detection(tokcore_detection *);

static unsigned entries(const char *folder)
{
    unsigned count = 0;
    DIR *open = opendir(folder);
    while (open != NULL && readdir(open) != NULL) {
        count++;
    }
    if (open != NULL) {
        closedir(open);
    }
    return count;
}

/* POSIX lets an object pointer of dlsym be copied into a function pointer. */
static void find(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    check(symbol != NULL, "no %s", name);
    memcpy(function, &symbol, sizeof symbol);
}

static void *use(void *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!check(library != NULL, "%s", library ? "" : dlerror())) {
        return NULL;
    }
    make *client_new;
    detect *client_detect;
    free_client *client_free;
    free_detection *detection_free;
    tokcore_client *client = NULL;
    tokcore_detection *detection = NULL;
    find(library, "tokcore_client_new", &client_new);
    find(library, "tokcore_client_detect", &client_detect);
    find(library, "tokcore_client_free", &client_free);
    find(library, "tokcore_detection_free", &detection_free);
    check(client_new(NULL, &client, NULL) == TOKCORE_STATUS_OK, "no client");
    check(client_detect(client, false, &detection, NULL) == TOKCORE_STATUS_OK, "no detection");
    detection_free(detection);
    client_free(client);
    dlclose(library);
    return NULL;
}

int main(int count, char **arguments)
{
    if (count != 2) {
        return 2;
    }
    test("loading opens no file and starts no thread");
    unsigned files = entries("/proc/self/fd"), tasks = entries("/proc/self/task");
    void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    check(library != NULL, "%s", library ? "" : dlerror());
    check(entries("/proc/self/fd") == files && entries("/proc/self/task") == tasks, "something was started");
    dlclose(library);

    test("a thread that used the library may end after it was unloaded");
    for (unsigned round = 0; round < 100; round++) {
        pthread_t thread;
        use(arguments[1]);
        pthread_create(&thread, NULL, use, arguments[1]);
        pthread_join(thread, NULL);
    }
    check(entries("/proc/self/task") == tasks, "a thread is left");
    return report();
}
