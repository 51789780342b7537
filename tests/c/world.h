/* The world of one case: its folder, its environment, its client. */
#ifndef WORLD_H
#define WORLD_H

#include <jansson.h>
#include <tokcore.h>

struct world {
    const char *id;
    char folder[64];
    json_t *vector; /* with the places of this run put in */
    int sockets[4];
    size_t socket_count;
};

/* Reads the list of variables that no case may inherit. */
void world_prepare(const char *vectors);

/* Enters the world of a case: resets the server, writes the files, sets the environment. One at a time. */
void world_enter(struct world *world, json_t *vector);

/* Leaves it: nothing stays but the environment, which the next one replaces. */
void world_leave(struct world *world);

/* A client with the options of the case, to be freed. */
tokcore_client *world_client(const struct world *world);

#endif
