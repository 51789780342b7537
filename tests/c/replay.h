/* The control side of tests/replay-server. */
#ifndef REPLAY_H
#define REPLAY_H

#include <jansson.h>

/* Where the server is; the program ends when it is not there. */
void replay_connect(const char *address);

/* Address of the server, without a path. */
const char *replay_address(void);

/* The same server under another name, and over TLS. */
const char *replay_other_address(void);
const char *replay_tls_address(void);

/* PEM texts of the TLS listener's authority and of a stranger. */
const char *replay_authority(void);
const char *replay_stranger(void);

/* Starts a case anew, with the folder that its answers may write to. */
void replay_reset(const char *id, const char *folder);

/* What the case was asked since then: an array, to be released. */
json_t *replay_log(const char *id);

#endif
