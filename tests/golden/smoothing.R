# Golden numbers of shrinkage, the Fay-Herriot model and age standardisation, from
# implementations that this library had no part in. Prints JSON:
#   Rscript tests/golden/smoothing.R > tests/golden/smoothing.json
# Needs Debian's r-cran-metafor, r-cran-spdep and r-cran-epitools.
suppressMessages({library(metafor); library(spdep); library(epitools)})
options(digits = 15)

json <- function(x) {
  if (is.list(x)) {
    return(paste0("{", paste0("\"", names(x), "\": ", sapply(x, json), collapse = ",\n"), "}"))
  }
  text <- if (is.character(x)) paste0("\"", x, "\"") else format(unname(x), digits = 15)
  if (length(x) == 1) text else paste0("[", paste0(text, collapse = ", "), "]")
}

# made-up counts of 24 areas on a ring, in four groups
i <- 0:23
people <- 40 + (i * 137) %% 911
cases <- round(people * (0.08 + 0.05 * sin(i) + 0.02 * (i %% 3)))
ring <- lapply(i, function(k) as.integer(sort(c((k - 1) %% 24, (k + 1) %% 24) + 1)))
class(ring) <- "nb"
by_group <- numeric(24)
for (g in 0:3) by_group[i %% 4 == g] <- EBest(cases[i %% 4 == g], people[i %% 4 == g])$estmm
even_people <- c(20, 35, 50, 80, 120)
even_cases <- c(2, 3, 5, 8, 12)

# the likelihood, by adaptive quadrature over the shrinkage of an area of median size
mixed <- function(y, n) {
  m <- sum(y) / sum(n); size <- median(n)
  log_l <- function(k) sum(lbeta(k * m + y, k * (1 - m) + n - y) - lbeta(k * m, k * (1 - m)))
  grid <- seq(0.0005, 0.9995, by = 0.001)
  top <- max(sapply(grid, function(b) log_l(size * b / (1 - b))))
  l <- Vectorize(function(b) exp(log_l(size * b / (1 - b)) - top))
  whole <- integrate(l, 0, 0.9999999, rel.tol = 1e-11, subdivisions = 5000)$value
  sapply(n, function(ni) integrate(function(b) l(b) * ni / (ni + size * b / (1 - b)),
    0, 0.9999999, rel.tol = 1e-11, subdivisions = 5000)$value / whole)
}

# fresh milk, 43 areas: You and Chapman (2006), Survey Methodology 32(1), 97-103
milk <- list(
  direct = c(1.099, 1.075, 1.105, 0.628, 0.753, 0.981, 1.257, 1.095, 1.405, 1.356, 0.615,
    1.46, 1.338, 0.854, 1.176, 1.111, 1.257, 1.43, 1.278, 1.292, 1.002, 1.183, 1.044, 1.267,
    1.193, 0.791, 0.795, 0.759, 0.796, 0.565, 0.886, 0.952, 0.807, 0.582, 0.684, 0.787, 0.44,
    0.759, 0.77, 0.8, 0.756, 0.865, 0.64),
  error = c(0.163, 0.08, 0.083, 0.109, 0.119, 0.141, 0.202, 0.127, 0.168, 0.178, 0.1, 0.201,
    0.148, 0.143, 0.149, 0.145, 0.135, 0.172, 0.137, 0.163, 0.125, 0.247, 0.14, 0.171, 0.106,
    0.121, 0.121, 0.259, 0.106, 0.089, 0.225, 0.205, 0.119, 0.067, 0.106, 0.126, 0.092, 0.132,
    0.1, 0.113, 0.083, 0.121, 0.129),
  major = rep(1:4, c(7, 7, 11, 18)))
fitted <- function(method) {
  fit <- rma(milk$direct, milk$error^2, mods = ~ factor(milk$major), method = method,
    control = list(threshold = 1e-13, maxiter = 10000, stepadj = 0.5))
  best <- blup(fit)
  list(between = fit$tau2, coefficients = as.numeric(coef(fit)), errors = fit$se,
    estimate = as.numeric(best$pred), g1_g2 = best$se^2)
}

# Down syndrome by age of the mother, birth order 5 and more, Michigan 1950-1964:
# Fleiss (1981), table 14.4; also in Fay and Feuer (1997)
down <- list(cases = c(0, 8, 63, 112, 262, 295),
  people = c(327, 30666, 123419, 149919, 104088, 34392),
  standard = c(319933, 931318, 786511, 488235, 237863, 61313))
fay <- ageadjust.direct(down$cases, down$people, stdpop = down$standard)
# deaths of white men in the USA, 1940 and 1960: Selvin (2004), Statistical Analysis of
# Epidemiologic Data, 3rd edition, in the manual of epitools
dth60 <- c(141, 926, 1253, 1080, 1869, 4891, 14956, 30888, 41725, 26501, 5928)
pop60 <- c(1784033, 7065148, 15658730, 10482916, 9939972, 10563872, 9114202, 6850263,
  4702482, 1874619, 330915)
dth40 <- c(45, 201, 320, 670, 1126, 3160, 9723, 17935, 22179, 13461, 2238)
pop40 <- c(906897, 3794573, 10003544, 10629526, 9465330, 8249558, 7294330, 5022499, 2920220,
  1019504, 142532)
selvin <- ageadjust.direct(dth40, pop40, stdpop = pop60)
ratio <- ageadjust.indirect(dth40, pop40, stdcount = dth60, stdpop = pop60)
limits <- sapply(c(1, 5, 20, 71), function(x) as.numeric(poisson.test(x)$conf.int))
# Dobson et al. (1991) by their formula
w <- down$standard / sum(down$standard)
rate <- sum(w * down$cases / down$people); variance <- sum(w^2 * down$cases / down$people^2)
total <- sum(down$cases); exact <- as.numeric(poisson.test(total)$conf.int)
dobson <- rate + sqrt(variance / total) * (exact - total)

cat(json(list(
  origin = paste0(R.version.string, "; metafor ", packageVersion("metafor"), ", spdep ",
    packageVersion("spdep"), ", epitools ", packageVersion("epitools")),
  date = as.character(Sys.Date()),
  people = people, cases = cases,
  poisson = EBest(cases, people)$estmm,
  binomial = EBest(cases, people, family = "binomial")$estmm,
  by_group = by_group,
  even_people = even_people, even_cases = even_cases,
  even = EBest(even_cases, even_people)$estmm,
  local = EBlocal(cases, people, ring, geoda = TRUE)$est,
  weight = mixed(cases, people), even_weight = mixed(even_cases, even_people),
  milk = c(milk, list(reml = fitted("REML"), ml = fitted("ML"))),
  down = c(down, list(gamma = as.numeric(fay), dobson = dobson)),
  selvin = list(dth60 = dth60, pop60 = pop60, dth40 = dth40, pop40 = pop40,
    direct = as.numeric(selvin), sir = as.numeric(ratio$sir), rate = as.numeric(ratio$rate)),
  exact = list(cases = c(1, 5, 20, 71), low = limits[1, ], high = limits[2, ])
)), "\n")
