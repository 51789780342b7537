/* An empty function with the signature of tokcore.get_credentials: what calling into C costs at least. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* As CPython's own modules take arguments: as the interpreter passes them. */
static PyObject *fast(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    (void)module, (void)args, (void)nargs, (void)kwnames;
    Py_RETURN_NONE;
}

/* As most extension modules do: packed into a tuple and a dictionary, then parsed. */
static PyObject *parsed(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"audience", "user_session_token", "requested_token_type", NULL};
    PyObject *audience = NULL, *user_session_token = NULL, *requested_token_type = NULL;
    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O$OO", names, &audience, &user_session_token,
                                     &requested_token_type))
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"fast", (PyCFunction)(void (*)(void))fast, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"parsed", (PyCFunction)(void (*)(void))parsed, METH_VARARGS | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "empty", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_empty(void)
{
    return PyModule_Create(&module);
}
