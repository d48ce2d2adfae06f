"""The net of document 004, two inputs, two hidden units, two outputs, term by term; and its error split.

Layers are counted as there: x is layer 1, the weights w and biases b lead to layer 2, v and c to layer 3.
Source: 004, forward pass, propagation of the error, chain rule.
"""

from typing import Any


def chain_rule_net(D: Any) -> None:
    """All partial derivatives for the first unit of each layer, factor by factor."""
    d, h, k = D.indices(d=2, h=2, k=2)
    x, t = D.tensor("x", 2), D.tensor("t", 2)
    w, b, v, c = D.tensor("w", 2, 2), D.tensor("b", 2), D.tensor("v", 2, 2), D.tensor("c", 2)
    z2 = D.define(
        "z2",
        (h,),
        x[0] * w[h, 0] + x[1] * w[h, 1] + b[h],
        tex="z^2",
        because="input of hidden unit h",
    )
    a2 = D.define("a2", (h,), D.sigmoid(z2[h]), tex="a^2", because="its output")
    z3 = D.define(
        "z3", (k,), v[k, 0] * a2[0] + v[k, 1] * a2[1] + c[k], tex="z^3", because="input of output k"
    )
    a3 = D.define("a3", (k,), D.sigmoid(z3[k]), tex="a^3", because="output k")
    e = D.define("e", (k,), (a3[k] - t[k]) ** 2 / 2, because="error of output k")
    top = D.define(
        "top",
        (k,),
        (a3[k] - t[k]) * (D.sigmoid(z3[k]) * (1 - D.sigmoid(z3[k]))),
        tex=r"\delta^3",
        because="the factor that all derivatives of e[k] share",
    )
    up = D.sigmoid(z3[0]) * (1 - D.sigmoid(z3[0]))
    mid = D.sigmoid(z2[0]) * (1 - D.sigmoid(z2[0]))
    for name, of, body, because in (
        ("first", z2[0], x[0] * w[0, 0] + x[1] * w[0, 1] + b[0], "row 0 of w"),
        ("second", z2[1], x[0] * w[1, 0] + x[1] * w[1, 1] + b[1], "row 1 of w, the same inputs"),
        ("out_first", a2[0], D.sigmoid(z2[0]), "sigmoid of its own input"),
        ("out_second", a2[1], D.sigmoid(z2[1]), "sigmoid of its own input"),
        ("output", a3[k], D.sigmoid(v[k, 0] * a2[0] + v[k, 1] * a2[1] + c[k]), "then the sigmoid"),
    ):
        with D.chain(name, of=of) as line:
            line.line("written", body, because=because)
    with D.chain("matrix", of=z2[h]) as line:
        line.line("product", D.Sum(d, w[h, d] * x[d]) + b[h], because="row times column, plus b")
    with D.chain("error", of=e[0]) as line:
        inner = v[0, 0] * D.sigmoid(x[0] * w[0, 0] + x[1] * w[0, 1] + b[0]) + v[0, 1] * a2[1] + c[0]
        line.line("nested", (D.sigmoid(inner) - t[0]) ** 2 / 2, because="from e down to the input")
    for name, wrt, value, because in (
        ("dv_first", v[0, 0], a2[0], "v[0,0] stands beside a2[0]"),
        ("dv_second", v[0, 1], a2[1], "v[0,1] stands beside a2[1]"),
        ("dc", c[0], None, "the bias stands alone"),
    ):
        factors = (a3[0] - t[0]) * up
        with D.chain(name, of=e[0], wrt=wrt) as line:
            line.line(
                "chain",
                factors * D.diff(z3[0], wrt),
                because="three factors: error by output, output by input, input by parameter",
            )
            line.line("value", factors * value if value else factors, because=because)
    for name, wrt, value, because in (
        ("dw", w[0, 0], x[0], "w[0,0] stands beside x[0]"),
        ("db", b[0], None, "the bias stands alone"),
    ):
        factors = v[0, 0] * mid * value if value else v[0, 0] * mid
        with D.chain(name, of=e[0], wrt=wrt) as line:
            line.line(
                "chain",
                (a3[0] - t[0]) * up * v[0, 0] * D.diff(a2[0], wrt),
                because="through z3 to a2[0], and on",
            )
            line.line("value", (a3[0] - t[0]) * up * factors, because=because)
            line.line("shared", top[0] * factors, because="the factor already known")
    both = top[0] * v[0, 0] + top[1] * v[1, 0]
    with D.chain("total", of=e[0] + e[1], wrt=w[0, 0]) as line:
        line.line("paths", both * mid * x[0], because="a2[0] reaches both outputs: two paths")


def error_split(D: Any) -> None:
    """Output errors shared out in proportion to the weights that ARRIVE at each output."""
    K, H = D.sizes("K H")
    k, h = D.indices(k=K, h=H)
    v, e = D.tensor("v", K, H, kind="positive"), D.tensor("e", K)
    h1 = h.prime
    arriving = D.define("r", (k,), D.Sum(h1, v[k, h1]), because="weights that arrive at output k")
    share = D.define(
        "p", (k, h), v[k, h] / arriving[k], because="share of hidden unit h in error k"
    )
    split = D.define(
        "split", (h,), D.Sum(k, share[k, h] * e[k]), tex="e^h", because="what unit h gets"
    )
    with D.chain("columns", of=D.Sum(h, share[k, h])) as c:
        c.line("one", 1, because="nothing of error k is lost, nothing is added")
    with D.chain("total", of=D.Sum(h, split[h])) as c:
        c.line("kept", D.Sum(k, e[k]), because="error_split.columns#one, for every output")
    with D.chain("column", of=share[k, h] / share[k, h1]) as c:
        c.line("ratio", v[k, h] / v[k, h1], because="the sum of the arriving weights cancels")
