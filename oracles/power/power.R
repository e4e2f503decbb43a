# Power of the t test with both tails. Run in this folder: Rscript power.R; writes power.json.
p <- function(...) power.t.test(..., strict = TRUE, tol = 1e-12)
cat(jsonlite::toJSON(list(
  r = R.version.string,
  five = p(n = 5, delta = 1)$power, ten = p(n = 10, delta = 1)$power,
  n80 = p(delta = 1, power = 0.8)$n, n90 = p(delta = 1, power = 0.9)$n,
  delta5 = p(n = 5, power = 0.8)$delta, delta10 = p(n = 10, power = 0.8)$delta
), auto_unbox = TRUE, digits = 12, pretty = TRUE), file = "power.json")
