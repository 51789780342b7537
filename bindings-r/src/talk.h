/* How Rust asks R, and what becomes of a jump of R code that Rust called; see talk.c. */
#ifndef TOKCORE_R_TALK_H
#define TOKCORE_R_TALK_H

#include <R.h>
#include <Rinternals.h>

/* Whether R code called by Rust wants to jump. */
int tokcore_r_is_jumping(void);

/* Lets it, when no Rust frame is left; returns if nothing wants to. */
void tokcore_r_go_on_jumping(void);

/* Once, when the library is loaded. */
void tokcore_r_make_talk(void);

#endif
