# Bounds of farringtonFlexible of the package surveillance: counts of cells by week in, bounds of the last weeks out.
# Rscript farrington.R COUNTS.csv BOUNDS.csv FIRST ALPHA: a column a cell, a row a week; FIRST is the first row judged.
suppressPackageStartupMessages(library(surveillance))
given <- commandArgs(trailingOnly = TRUE)
counts <- as.matrix(read.csv(given[1], header = FALSE))
first <- as.integer(given[3])
series <- sts(counts, start = c(2020, 1), frequency = 52)
# As Noufaily et al. (2013) and Salmon et al. (2016) advise, with as many years back as were drawn.
control <- list(
  range = first:nrow(counts), b = 3, w = 3, noPeriods = 10, pastWeeksNotIncluded = 26, reweight = TRUE,
  weightsThreshold = 2.58, trend = TRUE, pThresholdTrend = 1, limit54 = c(5, 4), thresholdMethod = "nbPlugin",
  alpha = as.numeric(given[4]), glmWarnings = FALSE
)
bounds <- upperbound(suppressWarnings(farringtonFlexible(series, control)))
write.table(bounds, given[2], sep = ",", row.names = FALSE, col.names = FALSE)
