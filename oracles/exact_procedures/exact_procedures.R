# Exact procedures for small trials: R's own tests where it has them, and lists taken one by one where it has none.
# Run as: Rscript exact_procedures.R > exact_procedures.txt
suppressMessages({library(coin); library(exactRankTests)})
show <- function(name, ...) cat(name, sprintf("%.12g", c(...)), "\n")
table_of <- function(a, n, b, m) matrix(c(a, n - a, b, m - b), 2)

for (t in list(c(4, 5, 1, 5), c(3, 12, 7, 11), c(0, 6, 3, 7), c(9, 10, 4, 12))) {
  name <- paste0("fisher ", t[1], "/", t[2], " ", t[3], "/", t[4])
  m <- table_of(t[1], t[2], t[3], t[4])
  f <- fisher.test(m)
  show(paste(name, "two-sided"), f$p.value, f$estimate, f$conf.int)
  # fisher.test stops its own search early: the same equations, to the last digits
  k <- t[1] + t[3]; x <- max(0, k - t[4]):min(t[2], k); w0 <- lchoose(t[2], x) + lchoose(t[4], k - x)
  law <- function(l) { w <- w0 + x * l; w <- exp(w - max(w)); w / sum(w) }
  root <- function(f) exp(uniroot(f, c(-20, 20), tol = 1e-14)$root)
  show(paste(name, "tight"), if (t[1] == min(x)) 0 else root(function(l) sum(x * law(l)) - t[1]),
       if (t[1] == min(x)) 0 else root(function(l) sum(law(l)[x >= t[1]]) - 0.025), root(function(l) sum(law(l)[x <= t[1]]) - 0.025))
  show(paste(name, "one-sided"), fisher.test(m, alternative = "greater")$p.value, fisher.test(m, alternative = "less")$p.value)
}
r <- poisson.test(c(3, 11), c(10.5, 12))
show("poisson ratio two-sided", r$estimate, r$conf.int, r$p.value)
show("poisson ratio one-sided", poisson.test(c(3, 11), c(10.5, 12), alternative = "greater")$p.value,
     poisson.test(c(3, 11), c(10.5, 12), alternative = "less")$p.value)
show("poisson rate 7 in 4.5", poisson.test(7, 4.5)$estimate, poisson.test(7, 4.5)$conf.int)
show("poisson rate 0 in 4.5", poisson.test(0, 4.5)$estimate, poisson.test(0, 4.5)$conf.int)
b <- binom.test(7, 8)
show("sign 7 of 8", b$estimate, b$conf.int, b$p.value)
show("clopper lower one-sided 7 of 8", binom.test(7, 8, alternative = "greater")$conf.int[1])

a <- c(3, 5, 5, 7, 9, 9); o <- c(1, 2, 3, 5, 5, 6, 4)
y <- c(a, o); g <- factor(rep(c("a", "o"), c(6, 7)))
for (side in c("two.sided", "greater", "less"))
  show(paste("rank sum with ties", side), pvalue(wilcox_test(y ~ g, distribution = "exact", alternative = side)))
d <- c(1, -1, 2, 2, 0, 3, -2, 4, 1, 2)
for (side in c("two.sided", "greater", "less")) show(paste("signed rank", side), wilcox.exact(d, alternative = side)$p.value)

# sign flips of 28 people in whole steps by the shift algorithm, and of 22 by every pattern, one after the other
steps <- c(1, -2, 3, 5, 2, -1, 4, 6, -3, 2, 1, 7, -4, 3, 2, 5, -1, 2, 4, -2, 6, 1, 3, -5, 2, 4, 1, -1)
for (side in c("two.sided", "greater", "less"))
  show(paste("sign flip of 28", side), perm.test(steps, rep(0, 28), paired = TRUE, exact = TRUE, alternative = side)$p.value)
w <- sqrt(2:23) %% 1 - 0.3
sums <- 0; sizes <- 0
for (x in w) { sums <- c(sums, sums + x); sizes <- c(sizes, sizes + 1) }
show("sign flip of 22 p", mean(abs(sum(w) - 2 * sums) >= abs(sum(w)) - 1e-9))
flipped <- function(d) mean(abs(sum(w - d) - 2 * (sums - d * sizes)) >= abs(sum(w - d)) - 1e-12)
ends <- c(uniroot(function(d) (flipped(d) > 0.05) - 0.5, c(-1, mean(w)), tol = 1e-13)$root,
          uniroot(function(d) (flipped(d) > 0.05) - 0.5, c(mean(w), 1), tol = 1e-13)$root)
show("sign flip of 22 limits", ends)

people <- read.csv("../ancova10/ancova10.csv")
v <- people$m24; arm <- as.integer(people$arm == "MSC")
lists <- combn(10, 5)
winsor <- function(x, tr) { n <- length(x); g <- floor(tr * n); s <- sort(x); pmin(pmax(x, s[g + 1]), s[n - g]) }
square <- function(x, tr) { n <- length(x); h <- n - 2 * floor(tr * n); (n - 1) * var(winsor(x, tr)) / (h * (h - 1)) }
statistics <- list(
  ranks = function(i) sum(rank(v)[i]) - 27.5,
  trimmed = function(i) mean(v[i], trim = 0.2) - mean(v[-i], trim = 0.2),
  yuen = function(i) (mean(v[i], trim = 0.2) - mean(v[-i], trim = 0.2)) / sqrt(square(v[i], 0.2) + square(v[-i], 0.2)))
statistics$two_covariates <- function(i) { z <- as.integer(seq_len(10) %in% i)
  summary(lm(log(m24 + 1) ~ log(base + 1) + age + z, people))$coefficients["z", "t value"] }
for (name in names(statistics)) {
  all <- apply(lists, 2, statistics[[name]]); seen <- statistics[[name]](which(arm == 1))
  show(paste("ten people,", name), seen, mean(abs(all) >= abs(seen) - 1e-9), mean(all >= seen - 1e-9), mean(all <= seen + 1e-9))
}

# blocks of four, ranks: the three strata of the 216 lists
w <- c(5.1, 3.9, 4.4, 6.0, 7.2, 6.1, 5.5, 6.9, 3.3, 4.8, 4.1, 2.9); z <- strsplit("TCCTTCCTCTTC", "")[[1]] == "T"
q <- combn(4, 2); all <- c()
for (i in 1:6) for (j in 1:6) for (k in 1:6) all <- c(all, sum(rank(w)[c(q[, i], 4 + q[, j], 8 + q[, k])]) - 39)
show("three strata, ranks", mean(abs(all) >= abs(sum(rank(w)[z]) - 39) - 1e-9))
# the same list as blocks of 6 = two of each of three arms, T against C given who has D
x <- c(4.1, 2.2, 5.0, 3.1, 2.8, 4.4, 6.3, 2.9, 3.7, 5.2, 3.3, 4.9); l <- strsplit("TCDDTCDTCTCD", "")[[1]]
one <- which(l[1:6] != "D"); two <- 6 + which(l[7:12] != "D"); all <- c()
for (i in 1:6) for (j in 1:6) { t <- c(one[q[, i]], two[q[, j]]); c0 <- setdiff(c(one, two), t); all <- c(all, mean(x[t]) - mean(x[c0])) }
s <- mean(x[l == "T"]) - mean(x[l == "C"])
show("three arms, T against C", s, mean(abs(all) >= abs(s) - 1e-9), length(all))
cat("\n", R.version.string, ", coin ", as.character(packageVersion("coin")), ", exactRankTests ", as.character(packageVersion("exactRankTests")), "\n", sep = "")
