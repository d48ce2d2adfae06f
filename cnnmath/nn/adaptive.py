"""Optimisers with a rate for each parameter: they divide by the root of the squared gradients so far.

The small eps keeps a parameter whose gradient has always been 0 from 0/0. Everywhere it is added
outside the root, as in 002 eq. 6.23 and in torch.optim; in Adam after the bias correction.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from cnnmath.nn.objective import require_finite
from cnnmath.nn.optimisers import below_one, positive
from cnnmath.nn.parameters import Params, map_arrays, named_arrays

Moments: TypeAlias = tuple[Params, Params, int]


@dataclass(frozen=True)
class Adagrad:
    """v <- v + g^2 from v = 0, then p <- p - rate g / (sqrt(v) + eps), entry by entry.

    As torch.optim.Adagrad, without its lr_decay. The state is (v,).
    Raises ValueError: rate <= 0, eps <= 0; TypeError; FloatingPointError where g^2 overflows.
    Source: 002 section 6.3 names it; J. Duchi, E. Hazan, Y. Singer, Adaptive subgradient methods for
    online learning and stochastic optimization, JMLR 12, 2011.

    >>> params, grads = ({"b": np.array([2.0])},), ({"b": np.array([3.0])},)
    >>> Adagrad(0.5, eps=0.75).update(grads, Adagrad(0.5).init(params), params)
    (({'b': array([1.6])},), (({'b': array([9.])},),))
    """

    rate: float = 0.01
    eps: float = 1e-10

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", positive("Adagrad", "rate", self.rate))
        object.__setattr__(self, "eps", positive("Adagrad", "eps", self.eps))

    def init(self, params: Params) -> tuple[Params]:
        return (map_arrays(np.zeros_like, params),)

    def update(
        self, grads: Params, state: tuple[Params], params: Params
    ) -> tuple[Params, tuple[Params]]:
        v = map_arrays(lambda v, g: v + g * g, state[0], grads)
        _check_squares("Adagrad", v)
        return _moved(params, self.rate, grads, v, self.eps), (v,)


@dataclass(frozen=True)
class RMSprop:
    """v <- beta v + (1 - beta) g^2 from v = 0, then p <- p - rate g / (sqrt(v) + eps), entry by entry.

    As torch.optim.RMSprop, where beta is called alpha, without its momentum and centering. The state
    is (v,); while v is new the steps are large, the first is 1/sqrt(1 - beta) times the rate.
    Raises ValueError: rate <= 0, beta outside [0, 1), eps <= 0; TypeError; FloatingPointError where
    g^2 overflows. Source: 002 eq. 6.22, 6.23, which do not say what v starts from.

    >>> params, grads = ({"b": np.array([2.0])},), ({"b": np.array([4.0])},)
    >>> RMSprop(0.5, beta=0.75, eps=0.5).update(grads, RMSprop().init(params), params)
    (({'b': array([1.2])},), (({'b': array([4.])},),))
    """

    rate: float = 0.01
    beta: float = 0.99
    eps: float = 1e-8

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", positive("RMSprop", "rate", self.rate))
        object.__setattr__(self, "beta", below_one("RMSprop", "beta", self.beta))
        object.__setattr__(self, "eps", positive("RMSprop", "eps", self.eps))

    def init(self, params: Params) -> tuple[Params]:
        return (map_arrays(np.zeros_like, params),)

    def update(
        self, grads: Params, state: tuple[Params], params: Params
    ) -> tuple[Params, tuple[Params]]:
        v = _average(self.beta, state[0], _squares(grads))
        _check_squares("RMSprop", v)
        return _moved(params, self.rate, grads, v, self.eps), (v,)


@dataclass(frozen=True)
class Adam:
    """Averages of g and of g^2 that are corrected for their start at 0, entry by entry. In step t = 1, 2, ..

    m <- beta1 m + (1 - beta1) g,  v <- beta2 v + (1 - beta2) g^2, from m = v = 0;
    p <- p - rate m_hat / (sqrt(v_hat) + eps) with m_hat = m / (1 - beta1^t), v_hat = v / (1 - beta2^t).
    As torch.optim.Adam. The state is (m, v, t); the first step has the length rate, up to eps.
    Raises ValueError: rate <= 0, a beta outside [0, 1), eps <= 0; TypeError; FloatingPointError where
    g^2 overflows. Source: 002 section 6.3 names it; D. Kingma and J. Ba, Adam: a method for stochastic
    optimization, ICLR 2015, algorithm 1.

    >>> params, grads = ({"b": np.array([2.0])},), ({"b": np.array([3.0])},)
    >>> Adam(0.5, eps=1.0).update(grads, Adam().init(params), params)[0]
    ({'b': array([1.625])},)
    """

    rate: float = 0.001
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def __post_init__(self) -> None:
        if not isinstance(self.betas, tuple) or len(self.betas) != 2:
            raise TypeError(f"Adam: betas must be (beta1, beta2), got {self.betas!r}")
        names = ("beta1", "beta2")
        betas = (below_one("Adam", n, b) for n, b in zip(names, self.betas, strict=True))
        object.__setattr__(self, "betas", tuple(betas))
        object.__setattr__(self, "rate", positive("Adam", "rate", self.rate))
        object.__setattr__(self, "eps", positive("Adam", "eps", self.eps))

    def init(self, params: Params) -> Moments:
        return map_arrays(np.zeros_like, params), map_arrays(np.zeros_like, params), 0

    def update(self, grads: Params, state: Moments, params: Params) -> tuple[Params, Moments]:
        (m, v, t), (beta1, beta2) = state, self.betas
        m, v, t = _average(beta1, m, grads), _average(beta2, v, _squares(grads)), t + 1
        _check_squares("Adam", v)
        m_hat = map_arrays(lambda m: m / (1 - beta1**t), m)
        v_hat = map_arrays(lambda v: v / (1 - beta2**t), v)
        return _moved(params, self.rate, m_hat, v_hat, self.eps), (m, v, t)


def _squares(grads: Params) -> Params:
    return map_arrays(lambda g: g * g, grads)


def _average(beta: float, old: Params, new: Params) -> Params:
    return map_arrays(lambda a, b: beta * a + (1 - beta) * b, old, new)


def _moved(params: Params, rate: float, direction: Params, v: Params, eps: float) -> Params:
    """p - rate d / (sqrt(v) + eps)."""
    return map_arrays(lambda p, d, v: p - rate * d / (np.sqrt(v) + eps), params, direction, v)


def _check_squares(optimiser: str, v: Params) -> None:
    """An infinite v would stop its parameter for good, without a word."""
    for name, array in named_arrays(v):
        require_finite(f"{optimiser}: the squared gradient of {name}", array)
