# Student's ten people (datasets::sleep): the change from the first drug to the second, by exact tests.
# Rscript sleep.R > sleep.txt
suppressMessages(library(coin))
cat(R.version.string, "; coin", as.character(packageVersion("coin")), "\n")
first <- sleep$extra[sleep$group == 1]
second <- sleep$extra[sleep$group == 2]
change <- second - first
say <- function(name, value) cat(name, format(value, digits = 15), "\n")
say("mean", mean(change))
say("t.p", t.test(second, first, paired = TRUE)$p.value)
say("sign_flip.p", pvalue(oneway_test(extra ~ group | ID, data = sleep, distribution = "exact")))
say("signed_rank.p", pvalue(wilcoxsign_test(second ~ first, distribution = "exact", zero.method = "Wilcoxon")))
say("signed_rank_pratt.p", pvalue(wilcoxsign_test(second ~ first, distribution = "exact", zero.method = "Pratt")))
walsh <- outer(change, change, "+") / 2
say("walsh_median", median(walsh[upper.tri(walsh, diag = TRUE)]))
write.csv(data.frame(person = 1:10, first, second), "sleep.csv", row.names = FALSE, quote = FALSE)
