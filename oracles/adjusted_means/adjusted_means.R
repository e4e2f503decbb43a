# Analysis of covariance with covariates, both weights, three scales, HC3, three arms, a spread by arm.
# Run in this folder: Rscript adjusted_means.R > adjusted_means.txt
suppressPackageStartupMessages({library(emmeans); library(sandwich); library(nlme)})
options(digits = 15)

people <- read.csv("../ancova10/ancova10.csv", stringsAsFactors = TRUE)
people$arm <- relevel(people$arm, ref = "PBO")
# Three arms out of two: the treated of site B are an arm of their own.
people$three <- relevel(factor(ifelse(people$arm == "MSC" & people$site == "B", "LOW", as.character(people$arm))), ref = "PBO")
scales <- list(none = identity, "ln(x+1)" = log1p, sqrt = sqrt)
back <- list(none = identity, "ln(x+1)" = expm1, sqrt = function(v) pmax(v, 0)^2)
say <- function(...) cat(paste(sapply(list(...), function(v) if (is.numeric(v)) paste(format(v, digits = 13), collapse = " ") else v), collapse = " "), "\n")

means <- function(tag, fit, weights, untransform) {
  found <- summary(emmeans(fit, "arm", weights = weights))
  for (row in seq_len(nrow(found))) {
    one <- found[row, ]
    say(tag, weights, as.character(one$arm), one$emmean, one$SE, untransform(c(one$emmean, one$lower.CL, one$upper.CL)))
  }
}

for (scale in names(scales)) {
  people$x <- scales[[scale]](people$base)
  people$y <- scales[[scale]](people$m24)
  fit <- lm(y ~ x + arm + age + sex, data = people)
  one <- coef(summary(fit))["armMSC", ]
  limits <- confint(fit)["armMSC", ]
  greater <- pt(one["t value"], df.residual(fit), lower.tail = FALSE)
  say("covariates", scale, one[1:2], df.residual(fit), one[4], limits, greater, sigma(fit))
  for (weights in c("equal", "proportional")) means(paste("mean", scale), fit, weights, back[[scale]])
}

people$x <- log1p(people$base)
people$y <- log1p(people$m24)
fit <- lm(y ~ x + arm, data = people)
error <- sqrt(vcovHC(fit, type = "HC3")["armMSC", "armMSC"])
say("hc3", coef(fit)["armMSC"], error, 2 * pt(-abs(coef(fit)["armMSC"] / error), df.residual(fit)))
fit <- lm(y ~ x + arm + age + sex, data = people)
error <- sqrt(vcovHC(fit, type = "HC3")["armMSC", "armMSC"])
say("hc3-covariates", coef(fit)["armMSC"], error, 2 * pt(-abs(coef(fit)["armMSC"] / error), df.residual(fit)))

fit <- lm(y ~ x + three, data = people)
for (arm in c("LOW", "MSC")) {
  one <- coef(summary(fit))[paste0("three", arm), ]
  say("three", arm, one[1:2], df.residual(fit), one[4], min(1, 2 * one[4]), confint(fit, level = 0.975)[paste0("three", arm), ])
}
found <- summary(emmeans(fit, "three"))
for (row in seq_len(nrow(found))) say("three-mean", as.character(found$three[row]), found$emmean[row], found$SE[row])

tight <- glsControl(tolerance = 1e-12, msTol = 1e-14, msMaxIter = 500, maxIter = 500)
fit <- gls(y ~ x + arm, data = people, weights = varIdent(form = ~ 1 | arm), control = tight)
spread <- fit$sigma * coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)
say("by-arm", coef(fit)["armMSC"], sqrt(vcov(fit)["armMSC", "armMSC"] ), spread["PBO"], spread["MSC"])
say("welch", with(t.test(m24 ~ arm, data = people), c(diff(estimate), stderr, parameter, p.value)))
say(R.version.string, "emmeans", as.character(packageVersion("emmeans")), "sandwich", as.character(packageVersion("sandwich")),
    "nlme", as.character(packageVersion("nlme")), as.character(Sys.Date()))
