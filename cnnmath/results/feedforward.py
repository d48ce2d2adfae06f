"""Forward pass: a neuron, a layer as a stack of them, layers nested.  Source: 002 sections 4.1-4.2, 004."""

from typing import Any


def same_midpoint(D: Any) -> None:
    """Affine scores of x and y add up to those of u and x + y - u: two pairs of points with one
    midpoint. So no affine score is positive on one pair and negative on the other (XOR)."""
    (Dd,) = D.sizes("D")
    (d,) = D.indices(d=Dd)
    x, y, u, w = D.tensor("x", Dd), D.tensor("y", Dd), D.tensor("u", Dd), D.tensor("w", Dd)
    b = D.scalar("b")
    s = D.define("s", (), b + D.Sum(d, w[d] * x[d]), because="score of x")[()]
    other = D.define("other", (d,), y[d], tex="y", because="the second point")
    third = D.define("third", (d,), u[d], tex="u", because="the third point")
    fourth = D.define(
        "fourth",
        (d,),
        x[d] + y[d] - u[d],
        tex="v",
        because="(x + y)/2 is the middle of u and v too",
    )
    with D.chain("scores", of=s + D.at(s, (x, other))) as c:
        c.line(
            "pairs",
            D.at(s, (x, third)) + D.at(s, (x, fourth)),
            because="b twice, and w times the same sum of points, on either side",
        )


def neuron(D: Any) -> None:
    """How much an input matters to one neuron: slope of f times its weight."""
    (Dd,) = D.sizes("D")
    (d,) = D.indices(d=Dd)
    x, w, b = D.tensor("x", Dd), D.tensor("w", Dd), D.scalar("b")
    i = D.tensor("i", kind="labels", bound=Dd)[()]
    d1 = d.prime
    z = D.define("z", (), b + D.Sum(d1, w[d1] * x[d1]), because="weighted input")
    a = D.define("a", (), D.f(z[()]), because="output")[()]
    with D.chain("output", of=a) as c:
        c.line("written", D.f(D.Sum(d1, w[d1] * x[d1]) + b), because="the bias is added once")
    with D.chain("influence", of=a, wrt=x[d]) as c:
        c.line("weight", D.slope(z[()]) * w[d], because="chain rule: only the size of w[d] matters")
    cut = D.define(
        "cut", (d,), w[d] * (1 - D.delta(d, i)), tex="w'", because="the weight of input i is 0"
    )
    with D.chain("without", of=D.diff(D.at(a, (w, cut)), x[i])) as c:
        c.line("zero", 0, because="x[i] is multiplied by 0 before anything else happens")


def relu_stack(D: Any) -> None:
    """K relu neurons on the same input, stacked, are one layer in matrix form."""
    K, Dd = D.sizes("K D")
    k, d = D.indices(k=K, d=Dd)
    x, w, b = D.tensor("x", Dd), D.tensor("w", K, Dd), D.tensor("b", K)
    k1 = k.prime

    def rows(body: Any) -> Any:
        return D.Sum(k1, D.delta(k1, k) * body)

    def relu(body: Any) -> Any:
        return D.step(body) * body

    z = D.define("z", (k,), D.Sum(d, w[k, d] * x[d]) + b[k], because="weighted input of neuron k")
    a = D.define("a", (k,), relu(z[k]), because="max(0, z) = 1{z > 0} z")
    stack = D.define("W", (k, d), rows(w[k1, d]), because="the weights of all neurons, row by row")
    bias = D.define("B", (k,), rows(b[k1]), tex="b", because="their biases, stacked")
    with D.chain("layer", of=a[k]) as c:
        c.line("stack", rows(relu(z[k1])), because="one entry per neuron")
        c.line("rows", rows(relu(D.Sum(d, w[k1, d] * x[d]) + b[k1])), because="the weighted inputs")
        c.line(
            "matrix",
            relu(D.Sum(d, stack[k, d] * x[d]) + bias[k]),
            because="the max is taken entry by entry, so it may be taken of the whole vector",
        )


def deep_net(D: Any) -> None:
    """Three layers with any activation, then a linear classifier: maps inside maps."""
    K, M, H, G, Dd = D.sizes("K M H G D")
    k, m, h, g, d = D.indices(k=K, m=M, h=H, g=G, d=Dd)
    x = D.tensor("x", Dd)
    w1, b1 = D.tensor("w1", G, Dd, tex="w^{(1)}"), D.tensor("b1", G, tex="b^{(1)}")
    w2, b2 = D.tensor("w2", H, G, tex="w^{(2)}"), D.tensor("b2", H, tex="b^{(2)}")
    w3, b3 = D.tensor("w3", M, H, tex="w^{(3)}"), D.tensor("b3", M, tex="b^{(3)}")
    w, b = D.tensor("w", K, M), D.tensor("b", K)

    def first(i: Any) -> Any:
        return D.f(b1[i] + D.Sum(d, w1[i, d] * x[d]))

    def second(i: Any) -> Any:
        return D.f(b2[i] + D.Sum(g, w2[i, g] * first(g)))

    phi1 = D.define("phi1", (g,), first(g), tex=r"\phi^{(1)}", because="first layer")
    phi2 = D.define(
        "phi2",
        (h,),
        D.f(b2[h] + D.Sum(g, w2[h, g] * phi1[g])),
        tex=r"\phi^{(2)}",
        because="second layer, on the first",
    )
    phi = D.define(
        "phi",
        (m,),
        D.f(b3[m] + D.Sum(h, w3[m, h] * phi2[h])),
        tex=r"\phi",
        because="third layer: the learnt representation",
    )
    s = D.define(
        "s", (k,), b[k] + D.Sum(m, w[k, m] * phi[m]), because="linear classifier on phi(x)"
    )
    with D.chain("nested", of=phi[m]) as c:
        c.line(
            "maps", D.f(b3[m] + D.Sum(h, w3[m, h] * second(h))), because="each map inside the next"
        )
    with D.chain("linear", of=D.diff(s[k], w[k, m])) as c:
        c.line("feature", phi[m], because="linear in w: the slope is the feature, whatever phi is")


def gaussian_kernel(D: Any) -> None:
    """k(x, y) = exp(-gamma |x - y|^2): symmetric, and 1 for equal points."""
    (Dd,) = D.sizes("D")
    (d,) = D.indices(d=Dd)
    x, y = D.tensor("x", Dd), D.tensor("y", Dd)
    gamma = D.scalar("gamma", positive=True, tex=r"\gamma")
    kernel = D.define(
        "k", (), D.exp(-gamma * D.Sum(d, (x[d] - y[d]) ** 2)), because="falls with the distance"
    )[()]
    one = D.define("one", (d,), y[d], tex="y", because="the points change places:")
    two = D.define("two", (d,), x[d], tex="x", because="x for y, y for x")
    with D.chain("symmetry", of=D.at(kernel, (x, one), (y, two))) as c:
        c.line("same", kernel, because="the distance is that from y to x")
    with D.chain("equal", of=D.at(kernel, (y, two))) as c:
        c.line("one", 1, because="distance 0")
