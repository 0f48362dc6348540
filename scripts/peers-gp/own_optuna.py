"""Optuna's model, with its coordinates, kernel, priors and least noise, fitted by Optuna and by ours.

Optuna's own formulas evaluate both answers, and our values must agree with them.
"""

import time

import peers_models as peers

# the default of our engine, and its maximum
STARTS = [3, 5]
# tolerance between the two programs' values of the same parameters, nats per datum
AGREEMENT = 1e-10


def compare(ours, coordinates, x, y, turns):
    """A row for each number of our starts: penalised log likelihoods in nats, likelihoods per datum of outcomes with variance 1."""
    standardised, n = (y - y.mean()) / y.std(), len(y)
    theirs_x, categorical = peers.optuna_coordinates(coordinates, x), peers.optuna_is_categorical(coordinates)
    model, priors = peers.optuna_model(coordinates, x, standardised), peers.optuna_priors(len(coordinates))
    theirs_cpu, ours_cpu, answers = [], {s: [] for s in STARTS}, {}
    for _ in range(turns):
        clock = time.process_time()
        regressor = peers.optuna_fit(theirs_x, standardised, categorical)
        theirs_cpu.append(time.process_time() - clock)
        at = peers.optuna_parameters(regressor)
        for starts in STARTS:
            answers[starts] = ours.ask({"do": "fit", "model": model | {"starts": starts}, "priors": priors, "at": [at]})
            ours_cpu[starts].append(answers[starts]["cpu"])
    rows = []
    for starts, answer in answers.items():
        both = [peers.optuna_at(regressor, answer["parameters"]), regressor]
        likelihoods = [peers.optuna_likelihood(r) for r in both]
        posteriors = [l + peers.optuna_log_prior(r) for l, r in zip(likelihoods, both, strict=True)]
        pairs = zip(likelihoods + posteriors, answer["log_likelihoods"] + answer["log_posteriors"], strict=True)
        error = max(abs(a - b) for a, b in pairs) / n
        if not error <= AGREEMENT:
            raise ValueError(f"values of the same parameters differ by {error} nats per datum between the programs, {AGREEMENT} is allowed")
        rows.append({
            "n": n, "starts": starts, "ours_posterior": posteriors[0], "optuna_posterior": posteriors[1],
            "difference": posteriors[0] - posteriors[1], "ours_likelihood_per_datum": likelihoods[0] / n,
            "optuna_likelihood_per_datum": likelihoods[1] / n, "formula_error_per_datum": error,
            "ours_cpu_s": min(ours_cpu[starts]), "optuna_cpu_s": min(theirs_cpu),
        })
    return rows
