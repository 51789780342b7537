# A getOAuthCredentials() within the reuse window, from R, beside an empty native routine.
#
# Usage: Rscript reuse.R EMPTY_LIBRARY_FILE, in the environment of a session.
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "timing.R"))
library <- dyn.load(commandArgs(trailingOnly = TRUE)[[1]])

# As in a package: the closure's names are found in its own environment, and it is compiled.
package <- new.env(parent = baseenv())
package$empty <- getDLLRegisteredRoutines(library)$.Call$empty
closure <- compiler::cmpfun(eval(quote(function(audience = NULL) .Call(empty, audience)), package))
names <- list2env(list(f = closure, g = tokcore::getOAuthCredentials, empty = package$empty, guid = guid),
                  parent = baseenv())

figures <- in_turns_ns(list(
  list(expression = quote(.Call(empty, guid)), names = names),
  list(expression = quote(f(guid)), names = names),
  list(expression = quote(g(guid)), names = names)
))
emit("empty .Call", "reuse", "ns", figures[[1]])
emit("empty .Call in a closure", "reuse", "ns", figures[[2]])
emit("tokcore R", "reuse", "ns", figures[[3]])
