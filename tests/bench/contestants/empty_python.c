/* The least that a call from Python can cost: a function of get_credentials' signature that hands out one object, and a
   method without arguments that does. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *shared;

static PyObject *call(PyObject *module, PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    (void)module, (void)arguments, (void)count, (void)names;
    Py_INCREF(shared);
    return shared;
}

static PyObject *token(PyObject *self, PyObject *none)
{
    (void)self, (void)none;
    Py_INCREF(shared);
    return shared;
}

static PyMethodDef source_methods[] = {{"token", token, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyType_Slot source_slots[] = {{Py_tp_methods, source_methods}, {0, NULL}};
static PyType_Spec source = {"empty_python.Source", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, source_slots};

static PyMethodDef methods[] = {
    {"call", (PyCFunction)(void (*)(void))call, METH_FASTCALL | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "empty_python", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_empty_python(void)
{
    PyObject *module = PyModule_Create(&definition);
    PyObject *type = PyType_FromSpec(&source);
    shared = PyUnicode_FromString("shared");
    if (!module || !type || !shared || PyModule_AddObject(module, "Source", type))
        return NULL;
    return module;
}
