/* The least that a call from Python can cost: a function of get_credentials' signature that hands out one object. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *shared;

static PyObject *call(PyObject *module, PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    (void)module, (void)arguments, (void)count, (void)names;
    Py_INCREF(shared);
    return shared;
}

static PyMethodDef methods[] = {
    {"call", (PyCFunction)(void (*)(void))call, METH_FASTCALL | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "empty_python", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_empty_python(void)
{
    shared = PyUnicode_FromString("shared");
    return shared ? PyModule_Create(&definition) : NULL;
}
