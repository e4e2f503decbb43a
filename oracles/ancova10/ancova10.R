# Analysis of covariance of ancova10.csv: base R and emmeans. Run in this folder: Rscript ancova10.R
# The numbers in ancova10.json were printed by R 4.2 on 2026-11-22 from these calls; README.md says how they came here.
library(emmeans)

people <- read.csv("ancova10.csv")
people$arm <- relevel(factor(people$arm), ref = "PBO")
people$x <- log(people$base + 1)
people$y <- log(people$m24 + 1)

fit <- lm(y ~ x + arm, data = people)
options(digits = 12)
print(coef(summary(fit)))
print(confint(fit))
print(c(sigma = sigma(fit), df = df.residual(fit), r_squared = summary(fit)$r.squared, log_lik = logLik(fit)))

means <- as.data.frame(confint(emmeans(fit, "arm")))
print(means, digits = 12)
print(exp(as.matrix(means[, c("emmean", "lower.CL", "upper.CL")])) - 1, digits = 12)
