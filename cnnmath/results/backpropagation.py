"""Backpropagation, one layer at a time.  Source: 002 section 4.4, 000 section 2.2, 001, 004.

A network of L layers is L uses of one step: from delta of layer l+1 to delta of layer l. The step is
proven here for layers of any widths and any differentiable activation f; with the output layer as
base this is the induction that makes the *algorithm* right, not one instance of it.
"""

from typing import Any

INDUCTION = "induction: the delta of the layer above is the derivative of the loss by its z"


def affine_collapse(D: Any) -> None:
    """Two affine layers without activation are one affine layer."""
    K, H, Dd = D.sizes("K H D")
    k, h, d = D.indices(k=K, h=H, d=Dd)
    x = D.tensor("x", Dd)
    w, b = D.tensor("w", H, Dd), D.tensor("b", H)
    v, c = D.tensor("v", K, H), D.tensor("c", K)
    a = D.define("a", (h,), b[h] + D.Sum(d, w[h, d] * x[d]), because="first layer")
    s = D.define("s", (k,), c[k] + D.Sum(h, v[k, h] * a[h]), because="second layer, no activation")
    with D.chain("scores", of=s[k]) as chain:
        chain.line(
            "affine",
            c[k] + D.Sum(h, v[k, h] * b[h]) + D.Sum(d, D.Sum(h, v[k, h] * w[h, d]) * x[d]),
            because="one layer with the weights v w and the bias v b + c",
        )


def backprop_step(D: Any) -> None:
    """From layer l+1 to layer l: the recursion of the deltas, for any f and any widths.

    Letters: layer l has K units with inputs z, outputs a = f(z), weights w (K, D) on the D outputs of
    the layer below, which are x; layer l+1 has H units with weights v (H, K) and delta as upstream.
    """
    H, K, Dd = D.sizes("H K D")
    h, k, d = D.indices(h=H, k=K, d=Dd)
    x, w, b = D.tensor("x", Dd), D.tensor("w", K, Dd), D.tensor("b", K)
    v, c, above = D.tensor("v", H, K), D.tensor("c", H), D.tensor("above", H, tex=r"\delta^{+}")
    h1, k1, d1 = h.prime, k.prime, d.prime
    z = D.define("z", (k,), b[k] + D.Sum(d1, w[k, d1] * x[d1]), because="weighted input of layer l")
    a = D.define("a", (k,), D.f(z[k]), because="output of layer l")
    zz = D.define(
        "zz", (h,), c[h] + D.Sum(k, v[h, k] * a[k]), tex="z^{+}", because="input of layer l+1"
    )
    E = D.define(
        "E",
        (),
        D.Sum(h1, above[h1] * zz[h1]),
        because="the loss as far as layer l sees it",
        assume=INDUCTION,
    )[()]
    delta = D.define(
        "delta",
        (k,),
        D.slope(z[k]) * D.Sum(h1, v[h1, k] * above[h1]),
        tex=r"\delta",
        because="delta of layer l: the weights transposed, times the slope",
    )
    with D.chain("db", of=E, wrt=b[k]) as chain:
        chain.line(
            "chain",
            D.Sum(h1, above[h1] * D.Sum(k1, v[h1, k1] * D.diff(a[k1], b[k]))),
            because="chain rule: b[k] acts through the outputs of layer l only",
            assume=INDUCTION,
        )
        chain.line(
            "slope",
            D.Sum(h1, above[h1] * D.Sum(k1, v[h1, k1] * (D.slope(z[k1]) * D.delta(k1, k)))),
            because="derivative of f, times dz[k']/db[k]",
        )
        chain.line(
            "delta", delta[k], because="the bracket leaves k' = k; f'(z[k]) comes out of the sum"
        )
    with D.chain("dw", of=E, wrt=w[k, d]) as chain:
        chain.line(
            "chain",
            D.Sum(k1, delta[k1] * D.diff(z[k1], w[k, d])),
            because="through z: its derivative is delta",
            assume=INDUCTION,
        )
        chain.line("sift", delta[k] * x[d], because="z[k] contains w[k,d] with the factor x[d]")
    with D.chain("dx", of=E, wrt=x[d]) as chain:
        chain.line(
            "chain",
            D.Sum(k1, delta[k1] * D.diff(z[k1], x[d])),
            because="every unit of layer l sees x[d]",
            assume=INDUCTION,
        )
        chain.line("transpose", D.Sum(k1, w[k1, d] * delta[k1]), because="w transposed times delta")


def output_layer(D: Any) -> None:
    """The base of the induction: delta of the last layer for squared error through f."""
    K, Dd = D.sizes("K D")
    k, d = D.indices(k=K, d=Dd)
    x, w, b, t = D.tensor("x", Dd), D.tensor("w", K, Dd), D.tensor("b", K), D.tensor("t", K)
    k1, d1 = k.prime, d.prime
    z = D.define("z", (k,), b[k] + D.Sum(d1, w[k, d1] * x[d1]), because="weighted input")
    y = D.define("y", (k,), D.f(z[k]), because="output")
    E = D.define(
        "E", (), D.Sum(k1, (y[k1] - t[k1]) ** 2) / 2, because="squared error of one sample"
    )[()]
    delta = D.define(
        "delta", (k,), D.slope(z[k]) * (y[k] - t[k]), tex=r"\delta", because="delta of the output"
    )
    with D.chain("db", of=E, wrt=b[k]) as chain:
        chain.line(
            "chain",
            D.Sum(k1, (y[k1] - t[k1]) * D.diff(y[k1], b[k])),
            because="derivative of a square; 2 and 1/2 cancel",
        )
        chain.line("delta", delta[k], because="derivative of f; b[k] acts on output k only")
    with D.chain("dw", of=E, wrt=w[k, d]) as chain:
        chain.line("chain", D.Sum(k1, delta[k1] * D.diff(z[k1], w[k, d])), because="through z")
        chain.line("sift", delta[k] * x[d], because="z[k] contains w[k,d] with the factor x[d]")
    with D.chain("dx", of=E, wrt=x[d]) as chain:
        chain.line(
            "transpose",
            D.Sum(k1, w[k1, d] * delta[k1]),
            because="w transposed times delta, not times the bare error y - t",
        )


def two_layer_net(D: Any) -> None:
    """A sigmoid net with one hidden layer, squared error: all gradients at once (004's 2-2-2 net)."""
    K, H, Dd = D.sizes("K H D")
    k, h, d = D.indices(k=K, h=H, d=Dd)
    x, t = D.tensor("x", Dd), D.tensor("t", K)
    w, b, v, c = D.tensor("w", H, Dd), D.tensor("b", H), D.tensor("v", K, H), D.tensor("c", K)
    k1, h1, d1 = k.prime, h.prime, d.prime
    a = D.define("a", (h,), D.sigmoid(b[h] + D.Sum(d1, w[h, d1] * x[d1])), because="hidden outputs")
    y = D.define("y", (k,), D.sigmoid(c[k] + D.Sum(h1, v[k, h1] * a[h1])), because="outputs")
    E = D.define("E", (), D.Sum(k1, (y[k1] - t[k1]) ** 2) / 2, because="error over ALL outputs")[()]
    top = D.define(
        "top", (k,), (y[k] - t[k]) * y[k] * (1 - y[k]), tex=r"\delta^{3}", because="output delta"
    )
    low = D.define(
        "low",
        (h,),
        a[h] * (1 - a[h]) * D.Sum(k1, v[k1, h] * top[k1]),
        tex=r"\delta^{2}",
        because="hidden delta: every output sends its share back",
    )
    for name, wrt, body, because in (
        ("dv", v[k, h], top[k] * a[h], "output delta times hidden output"),
        ("dc", c[k], top[k], "the bias has the input 1"),
        ("dw", w[h, d], low[h] * x[d], "hidden delta times input"),
        ("db", b[h], low[h], "the bias has the input 1"),
    ):
        with D.chain(name, of=E, wrt=wrt) as chain:
            chain.line("delta", body, because=because)


def relu_layer(D: Any) -> None:
    """A relu layer in vector form: the Jacobian of the relu is a mask."""
    K, Dd = D.sizes("K D")
    k, d = D.indices(k=K, d=Dd)
    x, w, b, g = D.tensor("x", Dd), D.tensor("w", K, Dd), D.tensor("b", K), D.tensor("g", K)
    k1, d1 = k.prime, d.prime
    z = D.define("z", (k,), b[k] + D.Sum(d1, w[k, d1] * x[d1]), because="affine step")
    a = D.define("a", (k,), D.step(z[k]) * z[k], because="relu step: max(0, z) = 1{z > 0} z")
    pre = b[k] + D.Sum(d1, w[k, d1] * x[d1])
    with D.chain("output", of=a[k]) as chain:
        chain.line("written", D.step(pre) * pre, because="the bias goes in before the max is taken")
    E = D.define("E", (), D.Sum(k1, g[k1] * a[k1]), because="pseudo-loss: g is the gradient by a")[
        ()
    ]
    masked = D.define(
        "masked", (k,), D.step(z[k]) * g[k], tex=r"\delta", because="the mask, elementwise"
    )
    with D.chain("db", of=E, wrt=b[k]) as chain:
        chain.line("mask", masked[k], because="the Jacobian of the relu is diagonal, with 0 and 1")
    with D.chain("dw", of=E, wrt=w[k, d]) as chain:
        chain.line("outer", masked[k] * x[d], because="outer product with the input of the layer")
    with D.chain("dx", of=E, wrt=x[d]) as chain:
        chain.line(
            "transpose",
            D.Sum(k1, w[k1, d] * masked[k1]),
            because="the weights of THIS layer, transposed",
        )
