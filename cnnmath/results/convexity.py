"""The softmax classifier is linear and its loss convex.  Source: 002 sections 3.2.3 and 4.1.1."""

from typing import Any

from cnnmath.proof.notation import Bracket


def softmax_convexity(D: Any) -> None:
    """The second derivative of the loss along any direction v is a sum of squares."""
    (K,) = D.sizes("K")
    (k,) = D.indices(k=K)
    s, v = D.tensor("s", K), D.tensor("v", K)
    t = D.tensor("t", kind="labels", bound=K)[()]
    k1, k2 = k.prime, k.prime.prime
    p = D.define("p", (k,), D.exp(s[k]) / D.Sum(k2, D.exp(s[k2])), because="softmax")
    err = D.define("err", (), -s[t] + D.log(D.Sum(k2, D.exp(s[k2]))), tex=r"\mathrm{err}")[()]
    with D.chain("hessian", of=D.diff(D.diff(err, s[k]), s[k1])) as c:
        c.line("first", D.diff(p[k] - D.delta(k, t), s[k1]), because="softmax_error.ds#softmax")
        c.line("second", p[k] * (D.delta(k, k1) - p[k1]), because="Jacobian of the softmax")
    form = D.Sum((k, k1), v[k] * v[k1] * D.diff(D.diff(err, s[k]), s[k1]))
    with D.chain("form", of=form) as c:
        c.line(
            "variance",
            D.Sum(k, p[k] * v[k] ** 2) - D.Sum(k, p[k] * v[k]) ** 2,
            because="insert the Hessian: the variance of v under p",
        )
        c.line(
            "squares",
            D.Sum((k, k1), p[k] * p[k1] * (v[k] - v[k1]) ** 2) / 2,
            because="probabilities add up to 1; each pair is counted twice",
        )
    D.not_negative(
        "convex",
        D.Sum((k, k1), p[k] * p[k1] * (v[k] - v[k1]) ** 2) / 2,
        because="probabilities and squares: the loss is convex in the scores",
    )
    below, above, same = Bracket(k, "<", k1), Bracket(k1, "<", k), D.delta(k, k1)
    with D.chain("order", of=below + above + same) as c:
        c.line("one", 1, because="of two numbers one is smaller, or they are equal", accept="EXACT")
    square = p[k] * p[k1] * (v[k] - v[k1]) ** 2
    with D.chain("pairs", of=D.Sum((k, k1), below * square)) as c:
        c.line(
            "half",
            D.Sum((k, k1), (below + above + same) * square) / 2,
            because="k and k' change places; k = k' adds nothing: each pair once is half of the double sum",
        )


def linear_boundary(D: Any) -> None:
    """Scores are affine in x and in (w, b); equal probability of two classes is a hyperplane."""
    K, Dd = D.sizes("K D")
    k, d = D.indices(k=K, d=Dd)
    x, y, w, b = D.tensor("x", Dd), D.tensor("y", Dd), D.tensor("w", K, Dd), D.tensor("b", K)
    v, a = D.tensor("v", K, Dd), D.tensor("a", K)
    h = D.scalar("h")
    k1, k2 = k.prime, k.prime.prime
    s = D.define("s", (k,), b[k] + D.Sum(d, x[d] * w[k, d]), because="scores")
    p = D.define("p", (k,), D.exp(s[k]) / D.Sum(k2, D.exp(s[k2])), because="softmax")
    with D.chain("odds", of=D.log(p[k] / p[k1])) as c:
        c.line("scores", s[k] - s[k1], because="the common denominator cancels")
        c.line(
            "hyperplane",
            b[k] - b[k1] + D.Sum(d, x[d] * (w[k, d] - w[k1, d])),
            because="an affine function of x: 0 on a hyperplane",
        )
    with D.chain("distance", of=D.Sum(d, (x[d] - w[k, d]) ** 2)) as c:
        c.line(
            "score",
            D.Sum(d, x[d] ** 2) - 2 * (D.Sum(d, x[d] * w[k, d]) - D.Sum(d, w[k, d] ** 2) / 2),
            because="nearest prototype = largest score only with the bias b[k] = -|w[k]|^2/2",
        )
    between = D.define(
        "between", (d,), (1 - h) * x[d] + h * y[d], tex=r"\bar x", because="a point between"
    )
    other = D.define("other", (d,), y[d], tex="y", because="the other point")
    gap = s[k] - s[k1]
    with D.chain("region", of=D.at(gap, (x, between))) as c:
        c.line(
            "mean",
            (1 - h) * gap + h * D.at(gap, (x, other)),
            because="where both ends prefer class k, so does every point between: regions are convex",
        )
    moved_w = D.define("moved_w", (k, d), w[k, d] + h * v[k, d], tex="w'")
    moved_b = D.define("moved_b", (k,), b[k] + h * a[k], tex="b'")
    moved = D.at(s[k], (w, moved_w), (b, moved_b))
    with D.chain("affine", of=D.diff(D.diff(moved, h), h)) as c:
        c.line(
            "zero",
            0,
            because="scores are affine in the parameters: convex in s is convex in (w, b)",
        )
