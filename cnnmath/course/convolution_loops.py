"""The convolution layer by plain loops, as 002 section 6.2 counts them: seven, and four.

For reading and for comparison: the ops do not loop like this.
"""

import ast
import inspect
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from cnnmath.ops.arrays import check
from cnnmath.ops.windows import windows

AXES = {"x": "n c u v", "w": "o c p q", "b": "o"}


def seven_loops(x: Any, w: Any, b: Any) -> Any:
    """z[n,o,i,j] = b[o] + sum_{c,p,q} w[o,c,p,q] x[n,c,i+p,j+q], a loop for each of the seven letters.

    x (n, c, u, v), w (o, c, p, q), b (o,) -> z (n, o, i, j); stride 1, no padding.
    Raises ShapeError (ranks, channels, a kernel larger than the input), TypeError. Source: 002 eq. 6.12.
    """
    N, C, O, I, J, P, Q = _sizes("seven_loops", x, w, b)  # noqa: E741
    z = np.empty((N, O, I, J), x.dtype)
    for n in range(N):
        for o in range(O):
            for i in range(I):
                for j in range(J):
                    z[n, o, i, j] = b[o]
                    for c in range(C):
                        for p in range(P):
                            for q in range(Q):
                                z[n, o, i, j] += w[o, c, p, q] * x[n, c, i + p, j + q]
    return z


def four_loops(x: Any, w: Any, b: Any) -> Any:
    """The same with the three sums at once: window times kernel, a loop for each letter that is left.

    Arguments, result and errors as for ``seven_loops``. Source: 002 section 6.2.
    """
    N, _, O, I, J, P, Q = _sizes("four_loops", x, w, b)  # noqa: E741
    z = np.empty((N, O, I, J), x.dtype)
    for n in range(N):
        for o in range(O):
            for i in range(I):
                for j in range(J):
                    window = x[n, :, i : i + P, j : j + Q]
                    z[n, o, i, j] = b[o] + (w[o] * window).sum()
    return z


def _sizes(name: str, x: Any, w: Any, b: Any) -> tuple[int, ...]:
    """N, C, O, I, J, P, Q of a call that fits."""
    sizes = check(name, AXES, x=x, w=w, b=b)
    rows, columns = windows(name, x.shape[2:], w.shape[2:]).output
    return sizes["n"], sizes["c"], sizes["o"], rows, columns, sizes["p"], sizes["q"]


def loop_depth(function: Callable[..., Any]) -> int:
    """How many ``for`` stand inside each other in the source of the function.

    >>> loop_depth(seven_loops), loop_depth(four_loops)
    (7, 4)
    """

    def depth(node: ast.AST) -> int:
        inner = max(map(depth, ast.iter_child_nodes(node)), default=0)
        return inner + isinstance(node, ast.For)

    return depth(ast.parse(inspect.cleandoc("\n" + inspect.getsource(function))))


def products(convolution: Callable[..., Any], x: tuple[int, ...], w: tuple[int, ...]) -> int:
    """How many products the function makes on arrays of the shapes x and w, counted as it runs.

    >>> products(seven_loops, (1, 3, 5, 5), (2, 3, 3, 3))  # 1 * 2 * 3 * 3 outputs of 27 products
    486
    """
    made = 0

    class Counting(Fraction):
        def __add__(self, other: Any) -> Any:
            return Counting(super().__add__(other))

        def __mul__(self, other: Any) -> Any:
            nonlocal made
            made += 1
            return Counting(super().__mul__(other))

        def __sub__(self, other: Any) -> Any:
            return Counting(super().__sub__(other))

        def __rsub__(self, other: Any) -> Any:
            return Counting(super().__rsub__(other))

        __radd__, __rmul__ = __add__, __mul__

    def ones(*shape: int) -> Any:
        return np.full(shape, Counting(1), object)

    convolution(ones(*x), ones(*w), ones(w[0]))
    return made
