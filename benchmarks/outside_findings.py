"""What public tools say at kinks and ties, of a gradient that is all zero, and of sums, beside the truth.

    python benchmarks/outside_findings.py [--save]

Wants torch and jax; SymPy is at hand. Every answer is computed when the command runs, none is typed. Prints a
table; --save writes results/outside_findings.json, which chapter 06 shows. The exit status is 0 if a
gradient of zero is accepted nowhere by our own checker.
"""

import argparse
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from side_by_side import set_threads, write

SIZES = (10, 1_000, 100_000)
KINK = "each value from 0 to 1 is a subgradient; the two-sided slope is 1/2"
SIDES = "the slopes on the two sides are 0 and 1; the two-sided slope is 1/2"
ABS = "each value from -1 to 1 is a subgradient; the two-sided slope is 0"
TIE = "every way to share 1 is a subgradient"
NEVER = "the gradient is cos x, and not 0"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--save", action="store_true")
    chosen = parser.parse_args(arguments)
    set_threads(1)
    found = findings()
    for each in found:
        print(
            "{tool} {version}: {about}\n    {input}: {says}\n    {judged}: {truth}".format(**each)
        )
    if chosen.save:
        write("outside_findings.json", {"what": (__doc__ or "").splitlines()[0], "findings": found})
    ours = [each for each in found if each["tool"] == "cnnmath" and each["about"] == ZERO]
    return 0 if all(each["says"] == REJECTED for each in ours) else 1


def findings() -> list[dict[str, str]]:
    """All of them, each with tool, version, about, input, says, truth and judged."""
    from cnnmath.course.sympy_slips import sympy_slips

    found = [
        record(tool, *each) for tool, parts in PARTS.items() for part in parts for each in part()
    ]
    return found + [each._asdict() for each in sympy_slips()]


Said = tuple[str, str, object, str, str]  # about, input, says, truth, judged


def record(
    tool: str, about: str, given: str, says: object, truth: str, judged: str
) -> dict[str, str]:
    return {
        "tool": tool,
        "version": "here" if tool == "cnnmath" else version(tool.lower()),
        "about": about,
        "input": given,
        "says": str(says),
        "truth": truth,
        "judged": judged,
    }


# --------------------------------------------------------------------------------- kinks and ties


ZERO = "a backward that is all zero"
ACCEPTED, REJECTED = "accepted", "rejected"
CONVENTION, WRONG, RIGHT = "a convention", "wrong", "right"
TIED = [1.0, 1.0, 1.0, 1.0]
Gradient = Callable[[Callable[[Any], Any], list[float]], Any]


def at_kinks(
    gradient: Gradient, functions: dict[str, Any], about: str, at: list[float], truth: str
) -> list[Said]:
    """The derivative that a tool gives for each function, at those places."""
    where = ", ".join(f"{place:g}" for place in at)
    found = []
    for name, function in functions.items():
        slopes = gradient(function, at)
        says = ", ".join(f"{slope:g}" for slope in slopes)
        found.append((about, f"{name} at x = ({where})", says, truth, CONVENTION))
    return found


RELU, MODULUS, LARGEST = (
    "slope of max(0, x) at 0",
    "slope of |x| at 0",
    "the largest of four equal numbers",
)
ENDS = "slope of x cut to 0 .. 1, at both ends"


def torch_kinks() -> list[Said]:
    import torch

    def gradient(function: Callable[[Any], Any], at: list[float]) -> Any:
        x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
        function(x).sum().backward()
        return x.grad.tolist()

    pool = torch.nn.functional.max_pool1d
    ramps = {
        "torch.relu(x)": torch.relu,
        "torch.maximum(x, zero)": lambda x: torch.maximum(x, torch.zeros_like(x)),
        "x.clamp(min=0)": lambda x: x.clamp(min=0),
    }
    largest = {
        "x.max()": lambda x: x.max(),
        "x.max(dim=0)": lambda x: x.max(dim=0).values,
        "max_pool1d(x, 4)": lambda x: pool(x[None, None], 4),
    }
    ends = {"x.clamp(0, 1)": lambda x: x.clamp(0, 1), "hardtanh(x, 0, 1)": hard(torch)}
    return [
        *at_kinks(gradient, ramps, RELU, [0.0], KINK),
        *at_kinks(gradient, {"x.abs()": torch.abs}, MODULUS, [0.0], ABS),
        *at_kinks(gradient, ends, ENDS, [0.0, 1.0], SIDES),
        *at_kinks(gradient, largest, LARGEST, TIED, TIE),
    ]


def hard(torch: Any) -> Callable[[Any], Any]:
    return lambda x: torch.nn.functional.hardtanh(x, 0.0, 1.0)


def jax_kinks() -> list[Said]:
    import jax
    import jax.numpy as jnp

    def gradient(function: Callable[[Any], Any], at: list[float]) -> Any:
        return jax.grad(lambda x: function(x).sum())(jnp.array(at)).tolist()

    def pooled(x: Any) -> Any:
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (4,), (4,), "VALID")

    ramps = {"jax.nn.relu(x)": jax.nn.relu, "jnp.maximum(x, 0)": lambda x: jnp.maximum(x, 0)}
    ends = {"jnp.clip(x, 0, 1)": lambda x: jnp.clip(x, 0, 1)}
    largest = {"x.max()": jnp.max, "reduce_window(x, max)": pooled}
    return [
        *at_kinks(gradient, ramps, RELU, [0.0], KINK),
        *at_kinks(gradient, {"jnp.abs(x)": jnp.abs}, MODULUS, [0.0], ABS),
        *at_kinks(gradient, ends, ENDS, [0.0, 1.0], SIDES),
        *at_kinks(gradient, largest, LARGEST, TIED, TIE),
    ]


def sympy_kinks() -> list[Said]:
    import sympy

    x = sympy.Symbol("x", real=True)
    ramp, modulus = sympy.Max(0, x), sympy.Abs(x)
    return [
        (RELU, "Max(0, x).diff(x) at x = (0)", ramp.diff(x).subs(x, 0), KINK, CONVENTION),
        (MODULUS, "Abs(x).diff(x) at x = (0)", modulus.diff(x).subs(x, 0), ABS, CONVENTION),
    ]


def our_kinks() -> list[Said]:
    import numpy as np

    from cnnmath import max_pool2d, relu

    def gradient(function: Callable[[Any], Any], at: list[float]) -> Any:
        y, backward = function(np.array(at))
        return backward(np.ones_like(y))[0].ravel().tolist()

    def pooled(x: Any) -> Any:
        return max_pool2d(x[None, None, None], (1, 4))

    return [
        *at_kinks(gradient, {"relu(x)": relu}, RELU, [0.0], KINK),
        *at_kinks(gradient, {"max_pool2d(x, (1, 4))": pooled}, LARGEST, TIED, TIE),
    ]


# ------------------------------------------------------------- a gradient of zero, and its checkers


def said(accepted: bool) -> tuple[str, str]:
    return (ACCEPTED, WRONG) if accepted else (REJECTED, RIGHT)


def drawn(size: int) -> Any:
    import numpy as np

    return np.random.default_rng(0).normal(size=size)


def torch_zero(true: bool = False) -> list[Said]:
    """gradcheck of a sine with a backward of zeros; ``true``: with the cosine, which it must accept."""
    import torch

    class Zero(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, x: Any) -> Any:
            context.save_for_backward(x)
            return x.sin()

        @staticmethod
        def backward(context: Any, dy: Any) -> Any:
            return true * context.saved_tensors[0].cos() * dy

    found = []
    for size in SIZES:
        x = torch.from_numpy(drawn(size)).requires_grad_()
        fine = torch.autograd.gradcheck(Zero.apply, (x,), fast_mode=True, raise_exception=False)
        given = f"gradcheck(sin with that, fast_mode=True), {size:,} float64 entries"
        says, judged = said(fine)
        found.append((ZERO, given, says, NEVER, judged))
    return found


def jax_zero(true: bool = False) -> list[Said]:
    """check_grads of the same, in both modes."""
    import jax
    import jax.numpy as jnp
    from jax.test_util import check_grads

    @jax.custom_jvp
    def sine(x: Any) -> Any:
        return jnp.sin(x)

    @sine.defjvp
    def no_slope(primals: Any, tangents: Any) -> Any:
        return sine(*primals), true * jnp.cos(primals[0]) * tangents[0]

    found = []
    for mode, dtype in (("fwd", "float32"), ("fwd", "float64"), ("rev", "float64")):
        for size in SIZES:
            with jax.enable_x64(dtype == "float64"):
                x = jnp.asarray(drawn(size).astype(dtype))
                fine = passes(check_grads, sine, x, mode)
            given = (
                f"check_grads(sin with that, order=1, modes=({mode!r},)), {size:,} {dtype} entries"
            )
            says, judged = said(fine)
            found.append((ZERO, given, says, NEVER, judged))
    return found


def passes(check_grads: Callable[..., None], function: Any, x: Any, mode: str) -> bool:
    try:
        check_grads(function, (x,), order=1, modes=(mode,))
    except AssertionError:
        return False
    return True


def our_zero(true: bool = False) -> list[Said]:
    """check_gradient of the same."""
    import numpy as np

    from cnnmath import check_gradient

    def sine(x: Any) -> Any:
        return np.sin(x), lambda dy: true * np.cos(x) * dy

    found = []
    for size in SIZES:
        says, judged = said(check_gradient(sine, drawn(size)).ok)
        found.append(
            (ZERO, f"check_gradient(sin with that), {size:,} float64 entries", says, NEVER, judged)
        )
    return found


PARTS: dict[str, tuple[Callable[[], list[Said]], ...]] = {
    "torch": (torch_kinks, torch_zero),
    "jax": (jax_kinks, jax_zero),
    "SymPy": (sympy_kinks,),
    "cnnmath": (our_kinks, our_zero),
}

if __name__ == "__main__":
    sys.exit(main())
