# What a forked child does with a store while its parent has it open: no cell may hang, and none may spoil the others'.

deeds <- list(
  get = function(source) tok_token(source)$account,
  refresh = function(source) {
    tok_invalidate(source)
    tok_token(source)$account
  },
  logout = function(source) if (tok_logout(source)$found) "alice" else "nobody",
  exit = function(source) "alice"
)

# Both ways in which parallel forks.
forked <- list(
  mclapply = function(work, count) {
    parallel::mclapply(seq_len(count), function(i) work(), mc.cores = count, mc.preschedule = FALSE)
  },
  mcparallel = function(work, count) {
    jobs <- lapply(seq_len(count), function(i) parallel::mcparallel(work()))
    unname(parallel::mccollect(jobs))
  }
)

test_that("children of a process with a store neither hang nor spoil it", {
  skip_if_not_installed("parallel")
  for (way in names(forked)) {
    for (deed in names(deeds)) {
      cell <- paste(way, deed)
      store <- local_store()
      source <- signed_in_source(store)
      begun <- Sys.time()
      answers <- forked[[way]](function() deeds[[deed]](source), if (deed == "logout") 1 else 3)
      expect_identical(unique(unlist(answers)), "alice", label = cell)
      expect_lt(as.numeric(Sys.time() - begun, units = "secs"), 20, label = cell)
      # The parent, and the file that all of them share.
      if (deed == "logout") {
        expect_identical(nrow(tok_store_list(store)), 0L, label = cell)
      } else {
        tok_invalidate(source)
        expect_identical(tok_token(source)$account, "alice", label = cell)
        expect_identical(tok_store_list(store)$state, "ok", label = cell)
      }
    }
  }
})
