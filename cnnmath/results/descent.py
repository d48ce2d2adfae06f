"""Why minus the gradient: the direction of steepest descent.  Source: 002 eq. 3.27-3.36."""

from typing import Any

TAYLOR = "first order in the step length: J(theta + eta v) is J + eta v . grad J up to O(eta^2)"


def steepest_descent(D: Any) -> None:
    """Among unit vectors v, v . grad J is smallest at v = -grad J / |grad J|, for grad J != 0."""
    (Dd,) = D.sizes("D")
    (d,) = D.indices(d=Dd)
    v, u = D.tensor("v", Dd, kind="unit"), D.tensor("u", Dd, kind="unit")
    theta = D.tensor("theta", Dd, tex=r"\theta")
    J = D.scalar("J")
    r = D.scalar("r", positive=True, tex=r"\|\nabla J\|")
    eta = D.scalar("eta", positive=True, tex=r"\eta")
    length = D.scalar("a", positive=True)
    rate = D.scalar("rate", positive=True, tex=r"\alpha")
    g = D.define(
        "g", (d,), r * u[d], tex=r"\nabla J", because="length times direction: grad J != 0"
    )
    cosine = D.define("cosine", (), D.Sum(d, v[d] * u[d]), tex=r"\cos\langle v,\nabla J\rangle")
    with D.chain("angle", of=D.Sum(d, length * v[d] * g[d])) as c:
        c.line(
            "product",
            length * r * cosine[()],
            because="a vector of length a in the direction v: lengths times cosine",
        )
    with D.chain("unit", of=D.Sum(d, v[d] * g[d])) as c:
        c.line("product", r * cosine[()], because="the direction has length 1")
    linear = J + eta * D.Sum(d, v[d] * g[d])
    with D.optimum("direction", "min", over=(v,), of=linear) as c:
        c.start("the direction in which the linear model falls fastest")
        c.line(
            "angle",
            J + eta * r * cosine[()],
            because="steepest_descent.unit#product",
            assume=TAYLOR,
        )
        c.line(
            "constant",
            eta * r * cosine[()],
            because="J does not depend on v",
            by="constant",
            operand=-J,
        )
        c.line(
            "cosine",
            cosine[()],
            because="eta |grad J| is a positive constant",
            by="factor",
            operand=1 / (eta * r),
        )
    with D.chain("gap", of=1 + cosine[()]) as c:
        c.line(
            "square",
            D.Sum(d, (v[d] + u[d]) ** 2) / 2,
            because="square of a sum; both vectors have length 1",
        )
    D.not_negative(
        "bound",
        D.Sum(d, (v[d] + u[d]) ** 2) / 2,
        because="so cos >= -1, with equality only at v = -u",
    )
    opposite = D.define(
        "opposite", (d,), -g[d] / r, tex="v^\\star", because="minus the gradient's direction"
    )
    with D.chain("best", of=D.Sum(d, opposite[d] * g[d])) as c:
        c.line(
            "value", -r, because="the smallest value is reached at minus the normalised gradient"
        )
    with D.chain("length", of=D.Sum(d, opposite[d] ** 2)) as c:
        c.line("one", 1, because="it is a unit vector")
    step = D.define(
        "step", (d,), theta[d] - eta * g[d] / r, tex=r"\theta^+", because="step of length eta"
    )
    with D.chain("update", of=theta[d] - rate * r * (g[d] / r)) as c:
        c.line(
            "gradient",
            theta[d] - rate * g[d],
            because="with eta = alpha |grad J| the length cancels: gradient descent",
        )
    with D.chain("steplength", of=D.Sum(d, (step[d] - theta[d]) ** 2)) as c:
        c.line("eta", eta**2, because="the normalised step has length eta")
