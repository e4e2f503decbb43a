# Rank comparison of two arms in which failures rank below everybody measured (worst-rank scores, Lachin 1999), the
# scores put in by hand and every choice of people equally likely.
library(exactRankTests)
library(coin)
show <- function(name, x, y) {
  w <- wilcox.exact(x, y)
  d <- data.frame(score = c(x, y), arm = factor(c(rep("t", length(x)), rep("c", length(y)))))
  p <- pvalue(wilcox_test(score ~ arm, data = d, distribution = "exact"))
  cat(sprintf("%s W=%.1f probability=%.15f p=%.15f coin=%.15f\n", name, w$statistic,
              w$statistic / (length(x) * length(y)), w$p.value, as.numeric(p)))
}
# Treated: 0.5, 0.8, failed on day 100. Controls: 0.2, failed on day 300, failed on day 400.
show("by time", c(0.5, 0.8, -3), c(0.2, -2, -1))
show("tied", c(0.5, 0.8, -1), c(0.2, -1, -1))
# Treated: 0.61 0.35 0.72 0.48 0.55. Controls: 0.30 0.41 0.12, failed on day 90, failed on day 200.
x <- c(0.61, 0.35, 0.72, 0.48, 0.55)
show("ten", x, c(0.30, 0.41, 0.12, -2, -1))
# The shift where a failure stays one: minus infinity among the controls, so the differences with it are infinite.
e <- wilcox.exact(x, c(0.30, 0.41, 0.12, 0.33, -1000), conf.int = TRUE, conf.level = 0.9)
cat(sprintf("shift estimate=%.6f lower=%.6f upper=%.6f\n", e$estimate, e$conf.int[1], e$conf.int[2]))
cat(R.version.string, "exactRankTests", as.character(packageVersion("exactRankTests")),
    "coin", as.character(packageVersion("coin")), "\n")
