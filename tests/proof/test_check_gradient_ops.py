"""No false alarm: every code path of every op passes, at random sizes and numbers, in both dtypes."""

import functools

import numpy as np
import pytest

from cnnmath import check_gradient
from cnnmath.ops import OPS
from cnnmath.proof.ulp import accepted_sizes, derived, draw
from cnnmath.proof.verdict import Level

DRAWS = 10
PATHS = [pytest.param(op, case, id=op.address(case)) for op in OPS for case in op.cases]

each_path = pytest.mark.parametrize(("op", "case"), PATHS)


def call_of(op, case, sizes, dtype, rng):
    """Arguments by name, options, and the names of the arguments that have a gradient."""
    D = derived(op, case)
    arguments = dict(draw(op, D, sizes, dtype, rng).arguments)
    if "rng" in arguments:  # draw hands out a scripted one, for its own mask
        arguments["rng"] = np.random.default_rng(int(rng.integers(1000)))
    options = {n: o for n, o in case.settings(sizes).items() if n not in op.axes}
    wrt = tuple(
        name
        for name in op.axes
        if f"d{name}" in D.conclusions
        and name not in case.options
        and case.options.get(f"need_d{name}", True)
    )
    return list(arguments.values()), options, wrt


@each_path
def test_it_passes_in_floats(op, case):
    rng = np.random.default_rng([1, *op.address(case).encode()])
    sizes = accepted_sizes(op, case)
    for count in range(DRAWS):
        dtype = (np.float64, np.float32)[count % 2]
        drawn = sizes[int(rng.integers(len(sizes)))]
        arguments, options, wrt = call_of(op, case, drawn, dtype, rng)
        report = check_gradient(
            op.forward, *arguments, wrt=wrt, exact=False, directions=4, seed=count, **options
        )
        assert report.ok, (drawn, str(report))


@each_path
def test_it_passes_on_symbols_or_in_sixty_digits(op, case):
    rng = np.random.default_rng([2, *op.address(case).encode()])
    arguments, options, wrt = call_of(op, case, accepted_sizes(op, case)[0], np.float64, rng)
    report = check_gradient(op.forward, *arguments, wrt=wrt, directions=2, **options)
    assert report.ok, str(report)
    traceable = op.name != "dropout" and case.options.get("method") not in ("fft",)
    assert (report.verdict.level is Level.EXACT) is traceable, str(report)


@each_path
def test_a_millionth_in_one_entry_is_seen(op, case):
    """The tests above can fail: the last entry of each gradient in turn is off by a millionth."""
    rng = np.random.default_rng([3, *op.address(case).encode()])
    sizes = max(accepted_sizes(op, case), key=lambda each: sum(each.values()))
    arguments, options, wrt = call_of(op, case, sizes, np.float64, rng)
    for name in wrt:
        position = list(op.axes).index(name)

        @functools.wraps(op.forward)
        def wrong(*args, position=position, **options):
            y, backward = op.forward(*args, **options)

            def off(dy):
                gradients = [None if g is None else g.copy() for g in backward(dy)]
                gradients[position].flat[-1] += 1e-6 * np.ravel(dy)[0]
                return tuple(gradients)

            return y, off

        report = check_gradient(wrong, *arguments, wrt=wrt, exact=False, directions=2, **options)
        assert report.verdict.level is Level.REFUTED, (name, str(report))
        assert report.counterexample.argument == name
        assert report.counterexample.entry == tuple(n - 1 for n in np.shape(arguments[position]))
