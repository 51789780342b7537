# Timing, and one JSON line per figure; as the other contestants do it.
guid <- Sys.getenv("TOKCORE_DEMO_GUID")

emit <- function(contestant, metric, unit, figures) {
  cat(sprintf('{"contestant":"%s","metric":"%s","unit":"%s","median":%.3f,"n":%d}\n',
              contestant, metric, unit, stats::median(figures), length(figures)))
}

# R's own clock reads to the nanosecond, but as seconds since 1970 in a double: a call of 20 us is timed to 0.2 us.
# Batches of a few calls make that error small.
each_ns <- function(call, calls, per_batch = 5L) {
  for (i in 1:20) call()
  vapply(seq_len(calls %/% per_batch), function(batch) {
    begun <- Sys.time()
    for (i in seq_len(per_batch)) call()
    as.numeric(difftime(Sys.time(), begun, units = "secs")) * 1e9 / per_batch
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
    begun <- Sys.time()
    f()
    as.numeric(difftime(Sys.time(), begun, units = "secs")) * 1e9 / loops
  }
  for (f in timed) one(f)
  rounds <- replicate(batches, vapply(timed, one, 0))
  split(rounds, row(rounds))
}
