/* How Rust asks R: messages, questions, browsers.
 *
 * R code may jump: an error, an interrupt, a handler that leaves. Such a jump must not cross Rust's frames. It is caught
 * here, counts as an interrupt until Rust has returned, and then goes on where it wanted to.
 */
#include "talk.h"

#include <setjmp.h>

/* Where the jump wanted to go; kept for R's collector. */
static SEXP destination;
static int jumping = 0;

struct talk {
    SEXP call, namespace;
    jmp_buf back;
};

static SEXP evaluate(void *data) {
    struct talk *talk = data;
    return Rf_eval(talk->call, talk->namespace);
}

static void stay(void *data, Rboolean jump) {
    struct talk *talk = data;
    if (jump) longjmp(talk->back, 1);
}

/* Calls `function` of the package with texts and a flag. NULL when R jumped. The result is unprotected. */
SEXP tokcore_r_talk(const char *function, int count, const char *const *texts, const int *lengths, int flag) {
    struct talk talk;
    if (jumping) return NULL;
    SEXP name = PROTECT(Rf_mkString("tokcore"));
    talk.namespace = PROTECT(R_FindNamespace(name));
    SEXP said = PROTECT(Rf_allocVector(STRSXP, count));
    for (int i = 0; i < count; i++) SET_STRING_ELT(said, i, Rf_mkCharLenCE(texts[i], lengths[i], CE_UTF8));
    SEXP hidden = PROTECT(Rf_ScalarLogical(flag));
    talk.call = PROTECT(Rf_lang3(Rf_install(function), said, hidden));
    if (setjmp(talk.back)) {
        jumping = 1;
        UNPROTECT(5);
        return NULL;
    }
    SEXP answer = R_UnwindProtect(evaluate, &talk, stay, &talk, destination);
    UNPROTECT(5);
    return answer;
}

int tokcore_r_is_jumping(void) { return jumping; }

void tokcore_r_go_on_jumping(void) {
    if (!jumping) return;
    jumping = 0;
    R_ContinueUnwind(destination);
}

void tokcore_r_make_talk(void) {
    destination = R_MakeUnwindCont();
    R_PreserveObject(destination);
}
