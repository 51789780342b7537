/* The groups of tests of the chain in C, and what they share. */
#ifndef CHAIN_H
#define CHAIN_H

#include <jansson.h>
#include <tokcore.h>

/* The tables of the folder of the vectors. */
void test_chain_tables(const char *vectors);

/* What no table can say: methods of the program, what is told of a source, what a chain would do. */
void test_chain_methods(void);
void test_chain_reports(void);
void test_chain_objects(void);

/* What there is of Google's without asking anybody. */
void test_chain_google(void);

/* NULL, bad text and objects of another type. */
void test_chain_misuse(void);

/* A method that is called `name`: one of tokcore's own, else one of the test's. To be freed. */
tokcore_method *method_of(const char *name);

/* A chain of these methods, up to NULL. To be freed. */
tokcore_chain *chain_of(const char *name, ...);

/* Settings from pairs of name and text, ended by NULL. To be freed. */
tokcore_settings *wanted_of(const char *name, ...);

/* Somebody who is not there. The same object each time; not to be freed. */
const tokcore_person *nobody(void);

/* Checks that a call succeeded; else shows and frees the error. */
bool succeeded(tokcore_status status, tokcore_error **error);

#endif
