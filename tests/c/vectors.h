/* The conformance vectors: tests/vectors/README.md describes them. */
#ifndef VECTORS_H
#define VECTORS_H

#include <jansson.h>

/* Calls `run` for each case of tests/vectors/client, with defaults and names filled in, and with its file's secrets. */
void vectors_each(const char *folder, void (*run)(json_t *vector, json_t *secrets));

/* One case by its id, to be released; the program ends when there is none. */
json_t *vectors_case(const char *folder, const char *id);

/* `value` with `${name}` replaced for each member of `names`, to any depth: a copy, to be released. */
json_t *vectors_replace(json_t *value, json_t *names);

/* The texts of the array `name` of a file of vectors, to be released. */
json_t *vectors_list(const char *folder, const char *file, const char *name);

#endif
