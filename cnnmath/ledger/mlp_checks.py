"""Checks of 002 sections 3.4.1 and 4.1-4.2, 003 and 004 in exact numbers; each one can fail."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations, product
from random import Random
from typing import Any

import numpy as np

from cnnmath.ledger.linear_softmax_checks import exact, refuted
from cnnmath.nn import Params, mlp
from cnnmath.ops import ShapeError, affine, relu, squared_error
from cnnmath.proof.evaluate import EXACT, Arrays, value
from cnnmath.proof.notation import Add, Definition, Div, Entry, Fn, Mul, Neg, Node, Num
from cnnmath.proof.verdict import Level, Verdict
from cnnmath.results.lookup import derivation, line


def fractions(*values: Any) -> Any:
    """An object array of fractions, of the nested shape given."""
    return np.vectorize(Fraction, otypes=[object])(np.array(values, dtype=object))


def drawn(shape: tuple[int, ...], rng: Random) -> Any:
    """Small fractions, none of them 0."""
    array = np.empty(shape, object)
    for place in np.ndindex(shape):
        array[place] = Fraction(rng.choice((-5, -4, -3, -2, -1, 1, 2, 3, 4, 5)), rng.randint(1, 3))
    return array


def two_layers(x: Any, w: Any, b: Any, v: Any, c: Any) -> Any:
    """Affine, relu, affine: the smallest net with a hidden layer."""
    hidden, _ = relu(affine(x, w, b)[0])
    return affine(hidden, v, c)[0]


# XOR of two bits: relu(p + q) - 2 relu(p + q - 1)
BITS = fractions([0, 0], [0, 1], [1, 0], [1, 1])
XOR = fractions([0], [1], [1], [0])
SOLUTION = (fractions([1, 1], [1, 1]), fractions(0, -1), fractions([1, -2]), fractions(0))


def swap(params: Sequence[Any], order: Sequence[int]) -> tuple[Any, ...]:
    """The same net with its hidden units in another order."""
    w, b, v, c = params
    return w[list(order)], b[list(order)], v[:, list(order)], c


def swapped_hidden_units() -> Verdict:
    """3.4.1: two global minima of the XOR net, and J above 0 half-way between them."""
    rng = Random(0)
    net = [drawn(shape, rng) for shape in ((3, 2), (3,), (2, 3), (2,))]
    x = drawn((4, 2), rng)
    for order in permutations(range(3)):
        if not np.array_equal(two_layers(x, *net), two_layers(x, *swap(net, order))):
            return refuted(f"hidden units in the order {order} give other scores")
    twin = swap(SOLUTION, (1, 0))
    middle = [(a + b) / 2 for a, b in zip(SOLUTION, twin, strict=True)]
    low, same, between = (
        squared_error(two_layers(BITS, *p), XOR)[0] for p in (SOLUTION, twin, middle)
    )
    if not low == same == 0 < between:
        return refuted(f"J = {low}, {same} at the two solutions, {between} half-way")
    return exact(
        "6 orders of 3 hidden units: the same scores; XOR net with 2 hidden units: J = 0 at theta and "
        f"at theta with the units swapped, J = {between} half-way between"
    )


def xor_needs_two_layers() -> Verdict:
    """4.1.5: exact on the four points by two layers; an affine score cannot (same_midpoint)."""
    found = two_layers(BITS, *SOLUTION)
    if not np.array_equal(found, XOR):
        return refuted(f"two layers give {[str(s) for s in found.ravel()]} on 00, 01, 10, 11")
    if line("same_midpoint.scores#pairs").verdict.level is not Level.PROVED:
        return refuted("scores of pairs with one midpoint are not shown to add up to the same")
    if not np.array_equal(BITS[0] + BITS[3], BITS[1] + BITS[2]):
        return refuted("00, 11 and 01, 10 have different midpoints")
    return exact(
        "4 points: relu(p+q) - 2 relu(p+q-1) is XOR; s(00) + s(11) = s(01) + s(10) for every affine s, "
        "so none has the sign of XOR"
    )


def feature(x: Any, y: Any) -> Any:
    """4.1.2: the second coordinate with the sine taken away."""
    import sympy

    return y - sympy.sin(x)


def sine_curves() -> Verdict:
    """4.1.2: curves y = sin x and y = sin x + 1 cannot be separated by a line, their features can."""
    import sympy

    x, gap = sympy.symbols("x h", real=True)
    lifted = sympy.simplify(feature(x, sympy.sin(x) + gap))
    if lifted != gap:
        return refuted(f"on y = sin x + h the second feature is {lifted}, not h")
    low = [(0, sympy.sin(0)), (sympy.pi, sympy.sin(sympy.pi))]
    high = [(u, sympy.sin(u) + 1) for u in (-sympy.pi / 2, 3 * sympy.pi / 2)]
    middles = [
        [sympy.simplify(a + b) / 2 for a, b in zip(*pair, strict=True)] for pair in (low, high)
    ]
    if middles[0] != middles[1]:
        return refuted(f"the pairs of points have the midpoints {middles}")
    return exact(
        "SymPy: on y = sin x + h the feature y - sin x is h for every x; (0,0), (pi,0) of the curve h = 0 "
        "and (-pi/2,0), (3pi/2,0) of h = 1 have one midpoint: no line between (same_midpoint)"
    )


def gauss(x: Sequence[int], y: Sequence[int]) -> Fraction:
    """The Gaussian kernel with gamma = log 2: 2^-|x-y|^2, a fraction for whole x and y."""
    return Fraction(1, 2 ** sum((a - b) ** 2 for a, b in zip(x, y, strict=True)))


def gaussian_gram() -> Verdict:
    """4.1.3: the Gram matrix of a grid is positive definite: every pivot of Gauss is positive."""
    points = list(product(range(4), range(3)))
    gram = [[gauss(x, y) for y in points] for x in points]
    if any(gram[i][j] != gram[j][i] or gram[i][i] != 1 for i, j in np.ndindex(12, 12)):
        return refuted("the Gram matrix is not symmetric with ones on the diagonal")
    for i in range(len(points)):
        if gram[i][i] <= 0:
            return refuted(f"pivot {i} is {gram[i][i]}")
        for r in range(i + 1, len(points)):
            factor = gram[r][i] / gram[i][i]
            gram[r] = [a - factor * b for a, b in zip(gram[r], gram[i], strict=True)]
    return exact("gamma = log 2, 12 points of a 4 x 3 grid: all 12 pivots > 0, so every subset too")


# ------------------------------------------------------------------------------- nets and layers


def exact_params(sizes: Sequence[int], rng: Random) -> Params:
    """Parameters of ``mlp(*sizes)`` in fractions."""
    shapes = [
        {name: array.shape for name, array in layer.items()}
        for layer in mlp(*sizes).init(np.random.default_rng(0))
    ]
    return tuple({name: drawn(shape, rng) for name, shape in layer.items()} for layer in shapes)


def composition() -> Verdict:
    """4.4: an L-layer net is L - 1 maps inside each other, then a linear classifier."""
    rng, nets = Random(0), ((2, 3), (3, 2, 2), (1, 3, 2, 2), (2, 3, 2, 4, 3), (2, 1, 2, 1, 2, 1))
    for sizes in nets:
        params, x = exact_params(sizes, rng), drawn((2, sizes[0]), rng)
        a, maps = x, [p for p in params if p]
        for layer in maps[:-1]:
            a, _ = relu(affine(a, layer["w"], layer["b"])[0])
        nested, _ = affine(a, maps[-1]["w"], maps[-1]["b"])
        found, _ = mlp(*sizes).apply(params, x)
        if not np.array_equal(found, nested):
            return refuted(f"sizes {sizes}: the net is not its layers one inside the other")
    return exact(f"L = 1 .. 5, sizes {', '.join(map(str, nets))}, in fractions: net = nested maps")


def relu_is_a_masked_input() -> Verdict:
    """4.7: max(0, s) = 1{s > 0} s, as code, as formula and as Python's max."""
    places = [Fraction(n, 3) for n in range(-9, 10)]
    y = derivation("relu_kink").definitions["y"][()]
    for s, coded in zip(places, relu(np.array(places, dtype=object))[0], strict=True):
        written = value(y, Arrays({"z": s}, {}, EXACT))
        if not max(0, s) == coded == written:
            return refuted(
                f"s = {s}: max(0, s) = {max(0, s)}, code {coded}, 1{{s > 0}} s = {written}"
            )
    return exact("19 fractions from -3 to 3, both signs and 0: max = code = 1{s > 0} s")


def layer_of_neurons() -> Verdict:
    """4.2.2: n' neurons on one input are a layer with W (n', n); each has its own weights."""
    rng, tried = Random(0), 0
    for rows, n in product((1, 2, 3), repeat=2):
        x, w, b = drawn((2, n), rng), drawn((rows, n), rng), drawn((rows,), rng)
        layer, _ = affine(x, w, b)
        for d in range(rows):
            alone, _ = affine(x, w[d : d + 1], b[d : d + 1])
            if not np.array_equal(layer[:, d], alone[:, 0]):
                return refuted(
                    f"n'={rows}, n={n}: neuron {d} of the layer differs from the neuron alone"
                )
        for shape in product((1, 2, 3), repeat=2):
            try:
                fits = affine(x, drawn(shape, rng), b)[0].shape == (2, rows)
            except ShapeError:
                fits = False
            tried += 1
            if fits != (shape == (rows, n)):
                return refuted(f"n'={rows}, n={n}: W {shape} {'fits' if fits else 'does not fit'}")
    return exact(f"n', n = 1 .. 3: each neuron as if alone; of {tried} shapes only W (n', n) fits")


def fully_connected() -> Verdict:
    """4.2.3: every input moves every output by its own weight; nothing inside a layer or past one."""
    rng = Random(0)
    for n, rows in product((1, 2, 3), repeat=2):
        x, w, b = drawn((1, n), rng), drawn((rows, n), rng), drawn((rows,), rng)
        base = affine(x, w, b)[0][0]
        moved = np.array([affine(x + e, w, b)[0][0] - base for e in np.eye(n, dtype=int)])
        if not np.array_equal(moved.T, w):
            return refuted(
                f"n={n}, n'={rows}: unit steps of the inputs move the outputs by {moved.T}"
            )
        own = np.array([affine(x, w, b + e)[0][0] - base for e in np.eye(rows, dtype=int)])
        if not np.array_equal(own, np.eye(rows, dtype=int)):
            return refuted(f"n={n}, n'={rows}: a neuron acts on another of its layer: {own}")
    w, b, v, c = SOLUTION
    deaf = {tuple(two_layers(x[None], 0 * w, b, v, c)[0]) for x in BITS}
    if len(deaf) != 1:
        return refuted("the input reaches the output past a hidden layer that does not see it")
    return exact(
        "n, n' = 1 .. 3: all n n' connections, each its own weight; none inside a layer or past it"
    )


def parameters_of_the_222_net() -> Verdict:
    """004: 2-2-2 has 8 weights and 4 biases."""
    params = mlp(2, 2, 2, activation="sigmoid").init(np.random.default_rng(0))
    count = Counter(dict.fromkeys("wb", 0))
    for layer in params:
        for name, array in layer.items():
            count[name] += array.size
    if (count["w"], count["b"]) != (8, 4):
        return refuted(f"{count['w']} weights, {count['b']} biases")
    return exact("2-2-2: 8 weights + 4 biases = 12 parameters, counted in the arrays")


# ---------------------------------------------------------------------------------- operations


def operations(expression: Node, known: tuple[str, ...] = ()) -> Counter[str]:
    """Arithmetic of a formula when every definition is written out, except those already ``known``."""
    count: Counter[str] = Counter()
    match expression:
        case Add():
            for term in expression.terms[1:]:
                count["-" if isinstance(term, Neg) else "+"] += 1
        case Mul():
            count["*"] += len(expression.factors) - 1
        case Div() if not isinstance(expression.under, Num):
            count["/"] += 1
        case Fn():
            count[expression.name] += 1
        case Entry() if isinstance(expression.tensor, Definition):
            return (
                count
                if expression.tensor.name in known
                else operations(expression.tensor.body, known)
            )
    for child in expression.children():
        count += operations(child, known)
    return count


def cost_of_activations() -> Verdict:
    """003: what relu and sigmoid ask for, forward and backward, counted in the formulas."""
    forward = operations(derivation("sigmoid").definitions["y"].body)
    backward = operations(line("sigmoid.slope#value").body, known=("y",))
    plain = operations(derivation("relu").definitions["y"].body)
    mask = operations(line("relu.slope#step").body, known=("y",))
    seen = [dict(each) for each in (forward, backward, plain, mask)]
    if seen != [{"/": 1, "+": 1, "exp": 1}, {"*": 1, "-": 1}, {"*": 1, "step": 1}, {"step": 1}]:
        return refuted(f"sigmoid {seen[0]}, slope {seen[1]}; relu {seen[2]}, slope {seen[3]}")
    return exact(
        "operations in the formulas: sigmoid exp, +, / and, with its value known, slope -, *; relu one "
        "comparison and at most *, slope one comparison (seconds: benchmarks)"
    )


def repeated_factors() -> Verdict:
    """004: the four derivatives at the end, with and without the factor that they share."""
    D = derivation("chain_rule_net")
    known = ("z2", "a2", "z3", "a3")
    out = sum(
        operations(D.lines[f"chain_rule_net.{name}"].body, known).total()
        for name in ("dv_first#value", "dc#value", "dw#value", "db#value")
    )
    shared = operations(D.definitions["top"].body, known).total() + sum(
        operations(D.lines[f"chain_rule_net.{name}#shared"].body, (*known, "top")).total()
        for name in ("dw", "db")
    )
    shared += 1  # dv_first: the factor times a2[0]; dc is the factor itself
    if not shared < out:
        return refuted(f"{shared} operations with the shared factor, {out} without")
    return exact(
        f"the four derivatives with z and a known: {out} operations written out, {shared} with "
        "delta^3 computed once"
    )
