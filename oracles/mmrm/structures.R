# The mixed model by nlme::gls (covariances), lme4 with lmerTest and pbkrtest (one intercept a person), and closed forms.
# Run in this folder: Rscript structures.R > structures.txt. README.md says what the tags mean.
suppressPackageStartupMessages({library(nlme); library(lmerTest); library(pbkrtest); library(emmeans)})
options(digits = 15, contrasts = c("contr.treatment", "contr.poly"))

long <- read.csv("mmrm10_long.csv", stringsAsFactors = TRUE)
long$arm <- relevel(long$arm, ref = "PBO")
long$at <- as.integer(long$visit)
gone <- (long$id == "S07" & long$visit %in% c("m18", "m24")) | (long$id == "S01" & long$visit == "m24")
complete <- long
dropped <- long[!gone, ]
tight <- glsControl(tolerance = 1e-12, msTol = 1e-15, msMaxIter = 2000, maxIter = 2000, msVerbose = FALSE)
say <- function(tag, v) cat(tag, format(v, digits = 13), "\n")

structures <- list(
  "compound symmetry" = list(corCompSymm(form = ~ at | id), NULL),
  "autoregressive" = list(corAR1(form = ~ at | id), NULL),
  "Toeplitz" = list(corARMA(form = ~ at | id, p = 3, value = c(0.4, 0.1, 0.1)), NULL),
  "heterogeneous compound symmetry" = list(corCompSymm(form = ~ at | id), varIdent(form = ~ 1 | visit)),
  "heterogeneous autoregressive" = list(corAR1(form = ~ at | id), varIdent(form = ~ 1 | visit)),
  "heterogeneous Toeplitz" = list(corARMA(form = ~ at | id, p = 3, value = c(0.4, 0.1, 0.1)), varIdent(form = ~ 1 | visit)),
  "unstructured" = list(corSymm(form = ~ at | id), varIdent(form = ~ 1 | visit))
)
contrast <- function(fit, names) {
  by <- as.numeric(names(coef(fit)) %in% names)
  c(sum(by * coef(fit)), sqrt(drop(by %*% vcov(fit) %*% by)))
}
for (data in c("complete", "dropped")) for (name in names(structures)) {
  one <- structures[[name]]
  fit <- try(gls(y ~ x + visit * arm, data = get(data), correlation = one[[1]], weights = one[[2]], control = tight), silent = TRUE)
  if (inherits(fit, "try-error")) { cat(data, name, "no fit in R\n"); next }
  say(paste("gls", data, sub(" ", "_", sub(" ", "_", name))), c(contrast(fit, c("armMSC", "visitm24:armMSC")), as.numeric(logLik(fit))))
}

# One intercept a person: the same model as compound symmetry where people's values go together.
fit <- lmer(y ~ x + visit * arm + (1 | id), data = dropped, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12)))
by <- as.numeric(names(fixef(fit)) %in% c("armMSC", "visitm24:armMSC"))
found <- contest1D(fit, by)
say("lmer dropped satterthwaite", c(found$Estimate, found[["Std. Error"]], found$df, logLik(fit)))
fit <- lmer(y ~ x + visit * arm + (1 | id), data = long, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12)))
found <- contest1D(fit, by, ddf = "Kenward-Roger")
say("lmer complete kenward-roger visit", c(found$Estimate, found[["Std. Error"]], found$df))
average <- by * 0; average[names(fixef(fit)) == "armMSC"] <- 1; average[grepl(":armMSC", names(fixef(fit)))] <- 1 / 4
found <- contest1D(fit, average, ddf = "Kenward-Roger")
say("lmer complete kenward-roger average", c(found$Estimate, found[["Std. Error"]], found$df))

# The mean over the visits, complete and unstructured, is least squares of each person's mean.
wide <- aggregate(y ~ id + x + arm, data = long, FUN = mean)
found <- coef(summary(lm(y ~ x + arm, data = wide)))["armMSC", ]
say("average lm", c(found[1:2], 7, found[4]))

# Constrained baseline: the baseline as a first outcome with one mean for both arms; S03 without a baseline.
first <- long[long$visit == "m06", ]
first$y <- first$x; first$visit <- "m00"; first$at <- 0L
both <- rbind(first, long[!gone, ])
both <- both[!(both$id == "S03" & both$visit == "m00"), ]
both$visit <- factor(both$visit); both$at <- as.integer(both$visit)
for (v in c("m06", "m12", "m18", "m24")) both[[paste0("t", v)]] <- as.numeric(both$visit == v & both$arm == "MSC")
for (name in c("compound symmetry", "heterogeneous autoregressive", "unstructured")) {
  one <- structures[[name]]
  fit <- try(gls(y ~ visit + tm06 + tm12 + tm18 + tm24, data = both, correlation = one[[1]], weights = one[[2]], control = tight), silent = TRUE)
  if (inherits(fit, "try-error")) { cat("clda", name, "no fit in R\n"); next }
  say(paste("clda", sub(" ", "_", sub(" ", "_", name))), c(contrast(fit, "tm24"), as.numeric(logLik(fit))))
}

# Each arm its own covariance, nothing to adjust for: the arms' own fits, and with complete data Welch's test at each visit.
# (With few values missing the fit of one arm has no top, so a larger invented set stands beside: each_arm.csv.)
for (v in levels(long$visit)) {
  found <- t.test(y ~ arm, data = long[long$visit == v, ])
  say(paste("welch", v), c(-diff(rev(found$estimate)), found$stderr, found$parameter, found$p.value))
}
each <- read.csv("each_arm.csv", stringsAsFactors = TRUE)
each$at <- as.integer(each$visit)
parts <- lapply(split(each, each$arm), function(own) gls(y ~ visit, data = own, correlation = corSymm(form = ~ at | id), weights = varIdent(form = ~ 1 | visit), control = tight))
found <- sapply(parts, contrast, names = c("(Intercept)", "visitv3"))
say("each-arm", c(found[1, "b"] - found[1, "a"], sqrt(sum(found[2, ]^2)), found[1, ], found[2, ], sapply(parts, logLik)))
for (name in names(structures)) {
  one <- structures[[name]]
  if (grepl("oeplitz", name)) one[[1]] <- corARMA(form = ~ at | id, p = 2, value = c(0.4, 0.1))
  fit <- gls(y ~ age + visit * arm, data = each, correlation = one[[1]], weights = one[[2]], control = tight)
  say(paste("gls each", sub(" ", "_", sub(" ", "_", name))), c(contrast(fit, c("armb", "visitv3:armb")), as.numeric(logLik(fit))))
}
fit <- lmer(y ~ age + sex + visit * arm + (1 | id), data = each, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12)))
by <- as.numeric(names(fixef(fit)) %in% c("armb", "visitv3:armb"))
found <- contest1D(fit, by)
say("lmer each satterthwaite", c(found$Estimate, found[["Std. Error"]], found$df, logLik(fit)))
cat(R.version.string, "nlme", as.character(packageVersion("nlme")), "lme4", as.character(packageVersion("lme4")),
    "lmerTest", as.character(packageVersion("lmerTest")), "pbkrtest", as.character(packageVersion("pbkrtest")), as.character(Sys.Date()), "\n")
