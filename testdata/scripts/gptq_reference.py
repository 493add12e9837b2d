"""Writes reference answers for the GPTQ solver to reference/gptq.json.

The textbook form (Frantar et al., Optimal Brain Compression, arXiv 2208.11580, with the fixed order of GPTQ, arXiv
2210.17323): keep the explicit inverse of the damped H, round one input, move the inputs left by
-(error / [H^-1]_jj) * [H^-1]_j, then eliminate that input from the inverse by one step of Gauss. No Cholesky factor, no
blocks, nothing shared with the Java code.

    python3 gptq_reference.py

Needs numpy.
"""

import json
import pathlib

import numpy as np

TARGET = pathlib.Path(__file__).parents[1] / "src/main/resources/lathe/testdata/reference/gptq.json"


def gptq(weights, gram, scales, limit, damping):
    """Codes of GPTQ, and how near a rounding decision came to a tie, in units of the scale."""
    order = np.argsort(-np.diag(gram), kind="stable")
    inverse = np.linalg.inv(gram + damping * np.mean(np.diag(gram)) * np.eye(len(gram)))
    work = weights.astype(np.float64).copy()
    codes = np.zeros(weights.shape, int)
    nearest_tie = np.inf
    for j in order:
        exact = work[:, j] / scales
        codes[:, j] = np.clip(np.rint(exact), -limit, limit)
        inside = np.abs(exact) < limit
        if inside.any():
            nearest_tie = min(nearest_tie, np.min(np.abs(np.abs(exact[inside] % 1) - 0.5)))
        error = (work[:, j] - scales * codes[:, j]) / inverse[j, j]
        work -= np.outer(error, inverse[j])
        inverse = inverse - np.outer(inverse[:, j], inverse[j]) / inverse[j, j]
        inverse[j, j] = 1.0  # never read again, kept off zero
    return codes, nearest_tie


def problem(name, seed, rows, cols, samples, bits, damping, dead=()):
    random = np.random.default_rng(seed)
    mixing = random.normal(size=(cols, cols)) * (np.arange(cols) + 1.0) ** -0.7
    inputs = np.maximum(random.normal(size=(samples, cols)) @ mixing.T + 0.3, 0)
    inputs[:, list(dead)] = 0
    gram = inputs.T @ inputs / samples
    weights = random.normal(size=(rows, cols)).astype(np.float32)
    limit = 2 ** (bits - 1) - 1
    scales = (np.abs(weights).max(axis=1).astype(np.float64) / limit).astype(np.float32)
    codes, nearest_tie = gptq(weights, gram, scales.astype(np.float64), limit, damping)
    if nearest_tie < 1e-3:
        raise ValueError(f"{name}: a decision lies {nearest_tie} from a tie; choose another seed")
    compressed = scales[:, None] * codes.astype(np.float32)  # in float, as DequantizeLinear does
    difference = weights.astype(np.float64) - compressed
    return {
        "name": name,
        "bits": bits,
        "damping": damping,
        "rows": rows,
        "cols": cols,
        "weights": [float(w) for w in weights.ravel()],
        "gram": [float(h) for h in gram.ravel()],
        "codes": [int(q) for q in codes.ravel()],
        "errors": [float(e) for e in np.einsum("ri,ij,rj->r", difference, gram, difference)],
    }


def first_far_from_ties(name, *arguments, **more):
    for seed in range(100):
        try:
            return problem(name, seed, *arguments, **more)
        except ValueError:
            continue
    raise ValueError(name)


PROBLEMS = [
    first_far_from_ties("one output, two inputs", 1, 2, 10, 4, 0.01),
    first_far_from_ties("depthwise", 4, 9, 50, 4, 0.01),
    first_far_from_ties("two bits", 3, 16, 80, 2, 0.01),
    first_far_from_ties("eight bits", 3, 16, 80, 8, 0.01),
    first_far_from_ties("little damping", 3, 12, 60, 4, 1e-4),
    first_far_from_ties("fewer samples than inputs", 3, 20, 6, 4, 0.01),
    first_far_from_ties("dead inputs", 3, 14, 60, 3, 0.01, dead=(0, 5, 13)),
    first_far_from_ties("wide", 2, 40, 200, 4, 0.05),
]

TARGET.parent.mkdir(parents=True, exist_ok=True)
TARGET.write_text(json.dumps(PROBLEMS, indent=1) + "\n")
