# Left-censored normal regression by survival::survreg. Run in this folder: Rscript tobit.R > /dev/null
# Ten invented people of ../ancova10 with a limit, and thirty invented ones of tobit30.csv. Writes tobit.json.
suppressMessages(library(survival))

tight <- survreg.control(rel.tolerance = 1e-12, maxiter = 200)
fitted <- function(d) {
  full <- survreg(Surv(y, !below, type = "left") ~ x + arm, data = d, dist = "gaussian", control = tight)
  null <- survreg(Surv(y, !below, type = "left") ~ x, data = d, dist = "gaussian", control = tight)
  top <- full$loglik[2]
  away <- function(at) {
    d$off <- at * d$arm
    one <- survreg(Surv(y, !below, type = "left") ~ x + offset(off), data = d, dist = "gaussian", control = tight)
    2 * (top - one$loglik[2]) - qchisq(0.95, 1)
  }
  b <- coef(full)[["arm"]]
  se <- sqrt(vcov(full)["arm", "arm"])
  list(
    coefficients = unname(coef(full)), standard_error = se, sigma = full$scale, log_likelihood = top,
    statistic = 2 * (top - null$loglik[2]), p = pchisq(2 * (top - null$loglik[2]), 1, lower.tail = FALSE),
    lower = uniroot(away, c(b - 6 * se, b), tol = 1e-12)$root, upper = uniroot(away, c(b, b + 6 * se), tol = 1e-12)$root,
    below = sum(d$below)
  )
}

ten <- read.csv("../ancova10/ancova10.csv")
limited <- function(limit) {
  data.frame(x = log1p(ten$base), arm = as.numeric(ten$arm == "MSC"), below = ten$m24 <= limit,
             y = log1p(pmax(ten$m24, limit)))
}
thirty <- read.csv("tobit30.csv")
thirty <- data.frame(x = thirty$base, y = thirty$outcome, arm = as.numeric(thirty$arm == "cells"),
                     below = thirty$below == 1)
cat(jsonlite::toJSON(list(
  r = R.version.string, survival = as.character(packageVersion("survival")),
  ten_limit_0.35 = fitted(limited(0.35)), ten_no_limit = fitted(limited(0)), thirty = fitted(thirty)
), auto_unbox = TRUE, digits = 13, pretty = TRUE), file = "tobit.json")
