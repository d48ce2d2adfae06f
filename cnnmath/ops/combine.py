"""Learned combinations of maps: each output map mixes the input maps with weights that sum to 1.

y[n,o,u,v] = sum_c alpha[o,c] x[n,c,u,v], alpha[o,c] = softmax over c of logits[o,c].
Source: 000 section 3.3 (bouvrie-3.3-a, bouvrie-3.3-c).  Chapter 04.
"""

from typing import Any

from cnnmath.ops.arrays import check, cotangent
from cnnmath.ops.record import Case, Op
from cnnmath.ops.softmax import check_logits, softmax

AXES = {"x": "n c u v", "logits": "o c"}


def mix_maps(x: Any, logits: Any) -> Any:
    """Mixtures of input maps, and their backward function.

    y[n,o,u,v] = sum_c alpha[o,c] x[n,c,u,v], alpha[o,c] = e^logits[o,c] / sum_c' e^logits[o,c'];
    x (n, c, u, v), logits (o, c) -> y (n, o, u, v). ``backward(dy)`` returns ``(dx, dlogits)``:
    dx[n,c] = sum_o alpha[o,c] dy[n,o]; dlogits[o,c] = alpha[o,c] (g[o,c] - sum_c' alpha[o,c'] g[o,c']) with
    g[o,c] = sum_{n,u,v} dy[n,o,u,v] x[n,c,u,v]. Logits are finite; -inf leaves a map out.
    Raises ValueError (NaN, +inf, a row with no map), ShapeError (ranks, maps), TypeError (dtypes).
    Source: 000 section 3.3 (formulas reconstructed).
    """
    check("mix_maps", AXES, x=x, logits=logits)
    check_logits("mix_maps", logits, "logits")  # which names this op, not the softmax
    N, C = x.shape[:2]
    alpha, softmax_backward = softmax(logits)
    maps = x.reshape(N, C, -1)
    y = (alpha @ maps).reshape(N, len(logits), *x.shape[2:])

    def backward(dy: Any) -> tuple[Any, Any]:
        dy = cotangent("mix_maps.backward", "dy", dy, y.shape, x.dtype)
        flat = dy.reshape(N, len(logits), -1)
        dx = (alpha.T @ flat).reshape(x.shape)
        (dlogits,) = softmax_backward((flat @ maps.transpose(0, 2, 1)).sum(axis=0))
        return dx, dlogits

    return y, backward


def mix_maps_derivation(D: Any) -> None:
    """Gradients of the mixture: of the maps, and of the logits through the softmax."""
    N, C, O, U, V = D.sizes("N C O U V")  # noqa: E741
    n, c, o, u, v = D.indices(n=N, c=C, o=O, u=U, v=V)
    n1, c1, o1, u1, v1 = (index.prime for index in (n, c, o, u, v))
    c2 = c1.prime
    x, logits = D.tensor("x", N, C, U, V), D.tensor("logits", O, C, tex=r"\ell")
    dy = D.tensor("dy", N, O, U, V, tex=r"\mathrm{dy}")
    total = D.Sum(c2, D.exp(logits[o, c2]))
    alpha = D.define("alpha", (o, c), D.exp(logits[o, c]) / total, tex=r"\alpha")
    y = D.define("y", (n, o, u, v), D.Sum(c, alpha[o, c] * x[n, c, u, v]))
    body = D.Sum((n1, o1, u1, v1), dy[n1, o1, u1, v1] * y[n1, o1, u1, v1])
    E = D.define("E", (), body, because="pseudo-loss")[()]
    g = D.define(
        "g",
        (o, c),
        D.Sum((n1, u1, v1), dy[n1, o, u1, v1] * x[n1, c, u1, v1]),
        because="dE/dalpha: how well map c fits what o wants",
    )
    with D.chain("dx", of=E, wrt=x[n, c, u, v]) as chain:
        dx = D.Sum(o1, alpha[o1, c] * dy[n, o1, u, v])
        chain.line("sift", dx, because="map c is in every mixture, with weight alpha[o',c]")
    with D.chain("jacobian", of=alpha[o, c1], wrt=logits[o, c]) as chain:
        jacobian = alpha[o, c1] * (D.delta(c1, c) - alpha[o, c])
        chain.line("softmax", jacobian, because="quotient rule, as in chapter 1")
    with D.chain("independent", of=alpha[o1, c1], wrt=logits[o, c]) as chain:
        chain.line(
            "rows",
            D.delta(o1, o) * jacobian,
            because="a row has its own logits: those of map o move no other mixture",
        )
    dlogits = alpha[o, c] * (g[o, c] - D.Sum(c1, alpha[o, c1] * g[o, c1]))
    with D.chain("dlogits", of=E, wrt=logits[o, c]) as chain:
        slope = D.diff(alpha[o, c1], logits[o, c])
        chain.line(
            "chain-rule", D.Sum(c1, g[o, c1] * slope), because="dE/dalpha, then dalpha/dlogits"
        )
        chain.line(
            "jacobian",
            D.Sum(c1, g[o, c1] * alpha[o, c1] * (D.delta(c1, c) - alpha[o, c])),
            because="mix_maps.jacobian#softmax",
        )
        chain.line("sift", dlogits, because="the bracket leaves c' = c; alpha[o,c] comes out")
    D.returns(y, upstream=dy)
    D.concludes(dx=(x[n, c, u, v], dx), dlogits=(logits[o, c], dlogits))


MIX_MAPS = Op(
    mix_maps,
    AXES,
    cases=(Case(mix_maps_derivation),),
    sizes=(
        {"N": 1, "C": 1, "O": 1, "U": 1, "V": 1},
        {"N": 2, "C": 2, "O": 2, "U": 1, "V": 1},
        {"N": 1, "C": 2, "O": 1, "U": 1, "V": 2},
    ),
    kinks=None,
    source="bouvrie-3.3-a",
)
