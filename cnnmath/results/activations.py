"""Facts about the activation functions.  Source: 000 section 2.1, 002 eq. 4.8, 003 section 1.11."""

from typing import Any


def activation_facts(D: Any) -> None:
    """Symmetry of the sigmoid, its relation to tanh, and how small its slope is."""
    z = D.scalar("z")
    half, quarter = D.fraction(1, 2), D.fraction(1, 4)
    y = D.define("y", (), D.sigmoid(z), because="output of a sigmoid unit")[()]
    with D.chain("symmetry", of=D.sigmoid(z) + D.sigmoid(-z)) as c:
        c.line("one", 1, because="so for inputs symmetric about 0 the mean output is 1/2, not 0")
    with D.chain("odd", of=D.tanh(-z)) as c:
        c.line("minus", -D.tanh(z), because="tanh is odd: centred inputs give centred outputs")
    with D.chain("relation", of=D.tanh(z)) as c:
        c.line("sigmoid", 2 * D.sigmoid(2 * z) - 1, because="a sigmoid, stretched and moved")
    with D.chain("bound", of=quarter - y * (1 - y)) as c:
        c.line("square", (y - half) ** 2, because="the slope y (1 - y) is 1/4 minus a square")
    D.not_negative(
        "slope", (y - half) ** 2, because="so the slope of the sigmoid is never above 1/4"
    )
    with D.chain("softplus", of=D.log(1 + D.exp(z)) - D.log(1 + D.exp(-z))) as c:
        c.line("linear", z, because="softplus(z) - softplus(-z) = z, as for the relu")


def relu_kink(D: Any) -> None:
    """relu(z) - relu(-z) = z and relu(z) relu(-z) = 0 need the sign of z; the slope does not."""
    z = D.scalar("z")
    y = D.define("y", (), D.step(z) * z, because="relu: 1{z > 0} z")[()]
    with D.chain("slope", of=y, wrt=z) as c:
        c.line("step", D.step(z), because="slope 1 above 0, slope 0 below; at 0 by convention 0")
    with D.chain("masked", of=D.step(z) * y) as c:
        c.line("same", y, because="masking twice is masking once")


def elu_slope(D: Any) -> None:
    """The ELU, which the word "elu" names, is e^z - 1 below 0: its slope is not 0 there."""
    z = D.scalar("z")
    y = D.define(
        "y", (), D.step(z) * z + (1 - D.step(z)) * (D.exp(z) - 1), because="exponential linear unit"
    )[()]
    with D.chain("slope", of=y, wrt=z) as c:
        c.line(
            "exp",
            D.step(z) + (1 - D.step(z)) * D.exp(z),
            because="slope 1 above 0, slope e^z below",
        )
