# Fit a model of R's forecast to each series of a file; the last line is seconds, by the wall and of the processor, forecasts
# and version as JSON.
# usage: Rscript peer_forecast.R FILE MODEL     a line a series: season, horizon, values
start <- proc.time()[["elapsed"]]
suppressMessages(library(forecast))
arguments <- commandArgs(TRUE)
lines <- lapply(strsplit(readLines(arguments[1]), " "), as.numeric)
fit <- function(line) {
  y <- ts(line[-(1:2)], frequency = line[1])
  h <- line[2]
  said <- switch(arguments[2], ets = forecast(ets(y), h = h, PI = FALSE), thetaf = thetaf(y, h = h), snaive = snaive(y, h = h))
  as.numeric(said$mean)
}
for (line in lines[1:2]) suppressWarnings(fit(line))
begin <- proc.time()[["elapsed"]]
processor <- sum(proc.time()[1:2])
said <- suppressWarnings(lapply(lines, fit))
seconds <- proc.time()[["elapsed"]] - begin
cpu <- sum(proc.time()[1:2]) - processor
text <- vapply(said, function(f) paste0("[", paste(format(f, digits = 15, trim = TRUE), collapse = ","), "]"), "")
cat(sprintf('{"seconds":%f,"cpu":%f,"start":%f,"forecasts":[%s],"version":"R %s.%s, forecast %s"}\n', seconds, cpu, begin - start,
            paste(text, collapse = ","), R.version$major, R.version$minor, as.character(packageVersion("forecast"))))
