# Timing, and one JSON line per figure; as the other contestants do it.
guid <- Sys.getenv("TOKCORE_DEMO_GUID")

emit <- function(contestant, metric, unit, figures) {
  cat(sprintf('{"contestant":"%s","metric":"%s","unit":"%s","median":%.3f,"n":%d}\n',
              contestant, metric, unit, stats::median(figures), length(figures)))
}

# Seconds since 1970 in a double: exact to a quarter of a microsecond, so that calls are timed in batches.
now <- function() unclass(Sys.time())

each_ns <- function(call, calls, per_batch = 20L) {
  for (i in 1:200) call()
  vapply(seq_len(calls %/% per_batch), function(batch) {
    begun <- now()
    for (i in seq_len(per_batch)) call()
    (now() - begun) * 1e9 / per_batch
  }, 0)
}

# Mean duration of a call in each batch, the contestants taking turns. A contestant is a call as an expression and an
# environment with the names in it. It is timed in a plain loop, as programs make such calls; what the loop itself costs
# is in the figures of all contestants.
in_turns_ns <- function(calls, batches = 31L, loops = 20000L) {
  timed <- lapply(calls, function(call) {
    compiler::cmpfun(eval(bquote(function() for (i in seq_len(.(loops))) .(call$expression)), call$names))
  })
  one <- function(f) {
    begun <- now()
    f()
    (now() - begun) * 1e9 / loops
  }
  for (f in timed) one(f)
  rounds <- replicate(batches, vapply(timed, one, 0))
  split(rounds, row(rounds))
}
