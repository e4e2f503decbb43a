# Multiple imputation of course40.csv with mice (norm) and by regression lines. Run in this folder: Rscript imputation.R
# Writes imputation.json. Needs mice and jsonlite.
suppressMessages(library(mice))

wide <- read.csv("course40.csv")
wide$cells <- as.numeric(wide$arm == "cells")
pooled <- function(data, m, maxit, seed, earlier_only) {
  kept <- data[, c("cells", "base", "m1", "m2", "m3")]
  from <- mice::make.predictorMatrix(kept)
  if (earlier_only) from[upper.tri(from)] <- 0 # with gaps at the end alone nothing later is needed, and one pass is exact
  imp <- mice(kept, m = m, method = "norm", maxit = maxit, seed = seed, predictorMatrix = from, printFlag = FALSE)
  fits <- lapply(seq_len(m), function(k) {
    s <- coef(summary(lm(m3 ~ base + cells, data = complete(imp, k))))
    c(s["cells", "Estimate"], s["cells", "Std. Error"]^2)
  })
  fits <- do.call(rbind, fits)
  p <- pool.scalar(fits[, 1], fits[, 2], n = nrow(kept), k = 3)
  list(estimate = p$qbar, standard_error = sqrt(p$t), df = p$df, within = p$ubar, between = p$b, m = m)
}

monotone <- wide
monotone$m1[monotone$inside == 1] <- monotone$m1_true[monotone$inside == 1]
monotone$m2[monotone$inside == 1] <- monotone$m2_true[monotone$inside == 1]

# The limit of the pooled estimate as the number of imputations grows: with gaps at the end alone the regressions are
# independent a posteriori, so expected imputations follow the least-squares lines.
one <- lm(m1 ~ base + cells, data = monotone)
two <- lm(m2 ~ base + m1 + cells, data = monotone)
three <- lm(m3 ~ base + m1 + m2 + cells, data = monotone)
b <- list(coef(one), coef(two), coef(three))
centre <- mean(monotone$base)
mean_of <- function(cells) {
  m1 <- b[[1]][["(Intercept)"]] + b[[1]][["base"]] * centre + b[[1]][["cells"]] * cells
  m2 <- b[[2]][["(Intercept)"]] + b[[2]][["base"]] * centre + b[[2]][["m1"]] * m1 + b[[2]][["cells"]] * cells
  m3 <- b[[3]][["(Intercept)"]] + b[[3]][["base"]] * centre + b[[3]][["m1"]] * m1 + b[[3]][["m2"]] * m2 +
    b[[3]][["cells"]] * cells
  c(centre, m1, m2, m3)
}
sham <- mean_of(0)
own <- mean_of(1)
step <- function(row, column, mu) {
  # The deviation from mu so far, carried on by the common slopes.
  y <- as.numeric(row[c("base", "m1", "m2", "m3")])
  slopes <- b[[column - 1]][c("base", "m1", "m2")[seq_len(column - 1)]]
  mu[column] + sum(slopes * (y - mu)[seq_len(column - 1)])
}
limit <- function(assumption) {
  data <- monotone
  for (i in seq_len(nrow(data))) {
    y <- as.numeric(data[i, c("base", "m1", "m2", "m3")])
    last <- max(which(!is.na(y)))
    if (last == 4) next
    mu <- if (data$cells[i] == 1) own else sham
    if (data$cells[i] == 1 && assumption != "missing at random") {
      after <- (last + 1):4
      if (assumption == "copy reference") mu <- sham
      if (assumption == "jump to reference") mu[after] <- sham[after]
      if (assumption == "copy increments in reference") mu[after] <- sham[after] + own[last] - sham[last]
    }
    for (column in (last + 1):4) data[i, c("base", "m1", "m2", "m3")[column]] <- step(data[i, ], column, mu)
  }
  coef(lm(m3 ~ base + cells, data = data))[["cells"]]
}
kinds <- c("missing at random", "jump to reference", "copy reference", "copy increments in reference")
limits <- setNames(lapply(kinds, limit), kinds)

# Rubin's rules on five written-out estimates, to the last digit.
q <- c(1.2, 0.9, 1.5, 1.1, 1.3)
u <- c(0.25, 0.20, 0.30, 0.22, 0.28)
r <- pool.scalar(q, u, n = 10, k = 3)
rules <- list(estimates = q, variances = u, n = 10, coefficients = 3, value = r$qbar, within = r$ubar, between = r$b,
              total = r$t, df = r$df, missing = r$r / (1 + r$r))

cat(jsonlite::toJSON(list(
  r = R.version.string, mice = as.character(packageVersion("mice")), limits = limits, rules = rules,
  mice_monotone = pooled(monotone, 4000, 1, 11, TRUE), mice_inside = pooled(wide, 1000, 12, 12, FALSE)
), auto_unbox = TRUE, digits = 12, pretty = TRUE), file = "imputation.json")
