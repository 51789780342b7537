/* The least that a call from R can cost: a registered routine with one argument that hands out one object. */
#include <R.h>
#include <R_ext/Rdynload.h>
#include <Rinternals.h>

static SEXP empty(SEXP argument)
{
    (void)argument;
    return R_NilValue;
}

static const R_CallMethodDef routines[] = {{"empty", (DL_FUNC)&empty, 1}, {NULL, NULL, 0}};

void R_init_empty_r(DllInfo *library)
{
    R_registerRoutines(library, NULL, routines, NULL, NULL);
    R_useDynamicSymbols(library, FALSE);
}
