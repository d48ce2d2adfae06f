"""Wrong loops over windows: each mistake in an index is seen, and by the strand that ought to see it.

conv2d, the pools and flatten are written again as loops, in which one piece at a time is wrong: the
place that a window sees, the kernel entry, the output entry, the terms that are left out. The sizes
of the records must be such that none of these mistakes makes no difference.
"""

import dataclasses
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from breaking import BY_NAME, CONCLUSION, DIFF, VALUE, case_of, derive_each_op_once, rewritten

from cnnmath.ops import conv_blocked
from cnnmath.ops.window_letters import trace_sizes
from cnnmath.proof.tie import Broken, tie


@pytest.fixture(autouse=True)
def derive_once(monkeypatch):
    derive_each_op_once(monkeypatch)


# ----------------------------------------------------------------- where a window looks, in pieces


def sees(z, k, g):
    """The place in x of the output entry z = (n, o, i, j) and the kernel entry k = (o, c, p, q)."""
    (n, _, i, j), (_, c, p, q) = z, k
    return n, c, g.S1 * i + g.G1 * p - g.Z1, g.S2 * j + g.G2 * q - g.Z2


def seeing(**changed):
    """``sees`` with other numbers: seeing(S1=1) ignores the stride of the rows."""

    def wrong(z, k, g):
        numbers = {n: c(g) if callable(c) else c for n, c in changed.items()}
        return sees(z, k, SimpleNamespace(**{**vars(g), **numbers}))

    return wrong


def moved(n=0, c=0, u=0, v=0):
    """A neighbour of what is seen, around the edge."""

    def wrong(z, k, g):
        place = sees(z, k, g)
        if not all(0 <= a < size for a, size in zip(place, g.x, strict=True)):
            return place
        return tuple((a + by) % size for a, by, size in zip(place, (n, c, u, v), g.x, strict=True))

    return wrong


def repeated_edge(z, k, g):
    n, c, u, v = sees(z, k, g)
    return n, c, min(max(u, 0), g.x[2] - 1), min(max(v, 0), g.x[3] - 1)


def around(z, k, g):
    n, c, u, v = sees(z, k, g)
    return n, c, u % g.x[2], v % g.x[3]


def flipped(*axes):
    return lambda k, g: tuple(g.w[a] - 1 - each if a in axes else each for a, each in enumerate(k))


def transposed(k, g):
    return k[0], k[1], k[3] % g.w[2], k[2] % g.w[3]


def reversed_output(*axes):
    return lambda z, g: tuple(g.z[a] - 1 - each if a in axes else each for a, each in enumerate(z))


def as_it_is(place, g):
    return place


def all_terms(z, k, g):
    return True


@dataclass(frozen=True)
class Loop:
    """One of the sums over all (z, k): what it reads and writes for each."""

    sees: Callable[..., Any] = sees
    kernel: Callable[..., Any] = as_it_is
    output: Callable[..., Any] = as_it_is
    keep: Callable[..., bool] = all_terms
    accumulate: bool = True
    scale: Callable[..., Any] = lambda g: 1


def terms(loop, g):
    """z, k and the place in x of every term that has one."""
    for z in np.ndindex(*g.z):
        for k in np.ndindex(*g.w[1:]):
            k = (z[1] % g.w[0], *k)
            place = loop.sees(z, k, g)
            if loop.keep(z, k, g) and all(0 <= a < b for a, b in zip(place, g.x, strict=True)):
                yield loop.output(z, g), loop.kernel(k, g), place


def put(array, place, entry, loop):
    array[place] = array[place] + entry if loop.accumulate else entry


def output_size(u, p, s, z, g):
    return (u + 2 * z - g * (p - 1) - 1) // s + 1


def geometry(x, w, stride, padding, dilation, size=output_size):
    (S1, S2), (Z1, Z2), (G1, G2) = stride, padding, dilation
    I = size(x[2], w[2], S1, Z1, G1)  # noqa: E741
    J = size(x[3], w[3], S2, Z2, G2)
    z = (x[0], w[0], I, J)
    return SimpleNamespace(S1=S1, S2=S2, Z1=Z1, Z2=Z2, G1=G1, G2=G2, x=x, w=w, z=z)


# ------------------------------------------------------------------------------------- conv2d


def bias_gradient(dz):
    return dz.sum(axis=(0, 2, 3))


def convolution(
    value=Loop(),
    dx=Loop(),
    dw=Loop(),
    *,
    size=output_size,
    bias=lambda b: b,
    db=bias_gradient,
    cotangent=lambda dz: dz,
):
    """conv2d as loops; each piece may be a wrong one."""

    def forward(x, w, b=None, *, stride, padding, dilation, need_dx=True):
        g = geometry(x.shape, w.shape, stride, padding, dilation, size)
        result = np.zeros(g.z, x.dtype)
        if b is not None:
            result = result + bias(b)[None, :, None, None]
        for z, k, place in terms(value, g):
            put(result, z, w[k] * x[place] * value.scale(g), value)

        def backward(dz):
            dz = cotangent(dz)
            to_x, to_w = np.zeros(x.shape, x.dtype), np.zeros(w.shape, x.dtype)
            for z, k, place in terms(dx, g) if need_dx else ():
                put(to_x, place, w[k] * dz[z] * dx.scale(g), dx)
            for z, k, place in terms(dw, g):
                put(to_w, k, x[place] * dz[z] * dw.scale(g), dw)
            return to_x if need_dx else None, to_w, None if b is None else db(dz)

        return result, backward

    return forward


WRONG_LOOPS = {
    "stride of rows ignored": Loop(sees=seeing(S1=1)),
    "stride of columns ignored": Loop(sees=seeing(S2=1)),
    "strides of rows and columns swapped": Loop(sees=seeing(S1=lambda g: g.S2, S2=lambda g: g.S1)),
    "dilation of rows ignored": Loop(sees=seeing(G1=1)),
    "dilation of columns ignored": Loop(sees=seeing(G2=1)),
    "dilations of rows and columns swapped": Loop(
        sees=seeing(G1=lambda g: g.G2, G2=lambda g: g.G1)
    ),
    "stride and dilation swapped": Loop(
        sees=seeing(S1=lambda g: g.G1, S2=lambda g: g.G2, G1=lambda g: g.S1, G2=lambda g: g.S2)
    ),
    "border cut off at the wrong side": Loop(
        sees=seeing(Z1=lambda g: 2 * g.Z1, Z2=lambda g: 2 * g.Z2)
    ),
    "border of rows not cut off": Loop(sees=seeing(Z1=0)),
    "border of columns not cut off": Loop(sees=seeing(Z2=0)),
    "border repeats the edge": Loop(sees=repeated_edge),
    "border goes around": Loop(sees=around),
    "next row": Loop(sees=moved(u=1)),
    "next column": Loop(sees=moved(v=1)),
    "next sample": Loop(sees=moved(n=1)),
    "next channel": Loop(sees=moved(c=1)),
    "kernel flipped": Loop(kernel=flipped(2, 3)),
    "kernel flipped in rows": Loop(kernel=flipped(2)),
    "kernel flipped in columns": Loop(kernel=flipped(3)),
    "kernel transposed": Loop(kernel=transposed),
    "channels of the kernel swapped": Loop(kernel=flipped(1)),
    "maps of the kernel swapped": Loop(kernel=flipped(0)),
    "maps of the output swapped": Loop(output=reversed_output(1)),
    "rows of the output swapped": Loop(output=reversed_output(2)),
    "columns of the output swapped": Loop(output=reversed_output(3)),
    "first channel alone": Loop(keep=lambda z, k, g: k[1] == 0),
    "first map alone": Loop(keep=lambda z, k, g: z[1] == 0),
    "first sample alone": Loop(keep=lambda z, k, g: z[0] == 0),
    "first output row alone": Loop(keep=lambda z, k, g: z[2] == 0),
    "last output column left out": Loop(keep=lambda z, k, g: z[3] == 0 or z[3] < g.z[3] - 1),
    "first kernel row alone": Loop(keep=lambda z, k, g: k[2] == 0),
    "last kernel column left out": Loop(keep=lambda z, k, g: k[3] == 0 or k[3] < g.w[3] - 1),
    "last term instead of the sum": Loop(accumulate=False),
    "mean over samples": Loop(scale=lambda g: Fraction(1, g.x[0])),
    "mean over channels": Loop(scale=lambda g: Fraction(1, g.x[1])),
    "mean over the kernel": Loop(scale=lambda g: Fraction(1, g.w[2] * g.w[3])),
}

STRANDS = {
    "value": (VALUE, ""),
    "dx": (DIFF, r"\.dx"),
    "dw": (DIFF, r"\.dw"),
}
ADDRESSES = {"": "conv2d", "no bias": r"conv2d\[no bias\]", "no dx": r"conv2d\[no dx\]"}


def loops_of_conv2d(**pieces):
    return rewritten("conv2d", convolution(**pieces))


@pytest.mark.parametrize("key", ADDRESSES)
def test_the_loops_of_conv2d_without_a_mistake_pass(key):
    op = loops_of_conv2d()
    assert tie(op, case_of(op, key)).cells == len(op.sizes)


@pytest.mark.parametrize(
    ("loop", "key"),
    [("value", ""), ("dx", ""), ("dw", ""), ("dx", "no bias"), ("dw", "no dx")],
)
@pytest.mark.parametrize("mistake", WRONG_LOOPS)
def test_a_wrong_loop_of_conv2d_is_rejected(mistake, loop, key):
    op = loops_of_conv2d(**{loop: WRONG_LOOPS[mistake]})
    strand, quantity = STRANDS[loop]
    with pytest.raises(Broken, match=rf"{strand}: {ADDRESSES[key]}{quantity}\["):
        tie(op, case_of(op, key))


WRONG_SIZES = {
    "rounded up": lambda u, p, s, z, g: -(-(u + 2 * z - g * (p - 1) - 1) // s) + 1,
    "one window too few": lambda u, p, s, z, g: output_size(u, p, s, z, g) - 1,
    "one window too many": lambda u, p, s, z, g: output_size(u, p, s, z, g) + 1,
    "border counted once": lambda u, p, s, z, g: (u + z - g * (p - 1) - 1) // s + 1,
    "stride ignored": lambda u, p, s, z, g: output_size(u, p, 1, z, g),
    "kernel not subtracted": lambda u, p, s, z, g: (u + 2 * z - 1) // s + 1,
}


@pytest.mark.parametrize("key", ADDRESSES)
@pytest.mark.parametrize("mistake", WRONG_SIZES)
def test_a_wrong_output_size_of_conv2d_is_rejected(mistake, key):
    op = loops_of_conv2d(size=WRONG_SIZES[mistake])
    with pytest.raises(Broken, match=rf"{ADDRESSES[key]}: value has shape .*, wanted"):
        tie(op, case_of(op, key))


@pytest.mark.parametrize("key", ADDRESSES)
def test_an_output_size_without_the_dilation_is_rejected(key):
    op = loops_of_conv2d(size=lambda u, p, s, z, g: output_size(u, p, s, z, 1))
    with pytest.raises(Broken, match="value has shape"):
        tie(op, case_of(op, key))


WRONG_BIAS = {
    "left out": lambda b: b * 0,
    "twice": lambda b: 2 * b,
    "subtracted": lambda b: -b,
    "of another map": lambda b: b[::-1],
    "of the first map": lambda b: b[:1],
    "of all maps": lambda b: b * 0 + b.sum(),
}
WRONG_BIAS_GRADIENTS = {
    "one sample": lambda dz: dz[0].sum(axis=(1, 2)),
    "mean over samples": lambda dz: bias_gradient(dz) / len(dz),
    "first place": lambda dz: dz[:, :, 0, 0].sum(axis=0),
    "first row": lambda dz: dz[:, :, 0].sum(axis=(0, 2)),
    "mean over places": lambda dz: bias_gradient(dz) / (dz.shape[2] * dz.shape[3]),
    "all maps": lambda dz: bias_gradient(dz) * 0 + dz.sum(),
    "another map": lambda dz: bias_gradient(dz)[::-1],
}


@pytest.mark.parametrize("key", ["", "no dx"])
@pytest.mark.parametrize("mistake", WRONG_BIAS)
def test_a_wrong_bias_is_rejected(mistake, key):
    op = loops_of_conv2d(bias=WRONG_BIAS[mistake])
    with pytest.raises(Broken, match=rf"{VALUE}: {ADDRESSES[key]}\["):
        tie(op, case_of(op, key))


@pytest.mark.parametrize("key", ["", "no dx"])
@pytest.mark.parametrize("mistake", WRONG_BIAS_GRADIENTS)
def test_a_wrong_gradient_of_the_bias_is_rejected(mistake, key):
    op = loops_of_conv2d(db=WRONG_BIAS_GRADIENTS[mistake])
    with pytest.raises(Broken, match=rf"{DIFF}: {ADDRESSES[key]}\.db\["):
        tie(op, case_of(op, key))


@pytest.mark.parametrize(("key", "quantity"), [("", "dx"), ("no bias", "dx"), ("no dx", "dw")])
def test_a_forgotten_cotangent_is_seen(key, quantity):
    op = loops_of_conv2d(cotangent=lambda dz: dz * 0 + 1)
    with pytest.raises(Broken, match=rf"{DIFF}: {ADDRESSES[key]}\.{quantity}\["):
        tie(op, case_of(op, key))


# -------------------------------------------------------------------------------------- pools


def largest(entries, g):
    return max(entries)  # the first of equal ones


def route_to_the_first_largest(entries, g):
    return one_hot(entries, entries.index(max(entries)))


def one_hot(entries, *chosen):
    return [int(k in chosen) for k in range(len(entries))]


def mean(entries, g):
    return total(entries, g) / Fraction(g.w[2] * g.w[3])


def total(entries, g):
    return sum(entries[1:], entries[0])


def equal_shares(entries, g):
    return [Fraction(1, g.w[2] * g.w[3])] * len(entries)


def whole_shares(entries, g):
    return [1] * len(entries)


RIGHT = {
    "max_pool2d": {"reduce": largest, "route": route_to_the_first_largest},
    "mean_pool2d": {"reduce": mean, "route": equal_shares},
    "sum_pool2d": {"reduce": total, "route": whole_shares},
}


def pooling(*, reduce, route, value=Loop(), dx=Loop(), size=output_size):
    """A pool as loops; each piece may be a wrong one. ``route`` gives the share of each entry."""
    wrong_size = size

    def windows(loop, g):
        found = {z: [] for z in np.ndindex(*g.z)}
        for z in found:
            for p, q in np.ndindex(*g.w[2:]):
                k = (0, z[1], p, q)
                place = loop.sees(z, k, g)
                if loop.keep(z, k, g) and all(0 <= a < b for a, b in zip(place, g.x, strict=True)):
                    found[z].append(place)
        return [(loop.output(z, g), places) for z, places in found.items() if places]

    def forward(x, size, *, stride, padding):
        w_shape = (x.shape[1], x.shape[1], *size)
        g = geometry(x.shape, w_shape, stride, padding, (1, 1), wrong_size)
        y = np.zeros(g.z, x.dtype)
        for z, places in windows(value, g):
            y[z] = reduce([x[place] for place in places], g) * value.scale(g)

        def backward(dy):
            to_x = np.zeros(x.shape, x.dtype)
            for z, places in windows(dx, g):
                shares = route([x[place] for place in places], g)
                for place, share in zip(places, shares, strict=True):
                    put(to_x, place, share * dy[z] * dx.scale(g), dx)
            return (to_x,)

        return y, backward

    return forward


# two windows of rows, apart, each half on the border: no size of the record has several output rows
ROWS_APART = trace_sizes("C", dilated=False, I=2, P=2, S=(2, 1), Z=(1, 0))


def loops_of(name, **pieces):
    op = rewritten(name, pooling(**{**RIGHT[name], **pieces}))
    if any(sizes["I"] > 1 for sizes in op.sizes):
        return op
    return dataclasses.replace(op, sizes=(*op.sizes, ROWS_APART))


@pytest.mark.parametrize("name", RIGHT)
def test_the_loops_of_a_pool_without_a_mistake_pass(name):
    op = loops_of(name)
    original = dataclasses.replace(BY_NAME[name], sizes=op.sizes)
    assert tie(op, op.cases[0]).cells == tie(original, op.cases[0]).cells >= len(op.sizes)


KERNEL_ALONE = ("dilation", "kernel flipped", "kernel transposed", "of the kernel swapped")
POOL_LOOPS = {
    mistake: loop
    for mistake, loop in WRONG_LOOPS.items()
    if not any(words in mistake for words in KERNEL_ALONE)
}
NO_MISTAKE = {  # a maximum of entries repeated is the same, and a value has no shares that add up
    *((name, "value", "last term instead of the sum") for name in RIGHT),
    *(("max_pool2d", loop, "border repeats the edge") for loop in ("value", "dx")),
}
GRADIENT = f"({DIFF}|{CONCLUSION})"  # the first cells of a maximum are ties


def strand_of(name, quantity):
    strand = VALUE if quantity == "value" else GRADIENT if name == "max_pool2d" else DIFF
    return rf"{strand}: {name}" + (r"\[" if quantity == "value" else r"\.dx\[")


@pytest.mark.parametrize(
    ("name", "loop", "mistake"),
    [
        each
        for each in itertools.product(RIGHT, ("value", "dx"), POOL_LOOPS)
        if each not in NO_MISTAKE
    ],
)
def test_a_wrong_loop_of_a_pool_is_rejected(name, loop, mistake):
    op = loops_of(name, **{loop: POOL_LOOPS[mistake]})
    with pytest.raises(Broken, match=strand_of(name, loop)):
        tie(op, op.cases[0])


@pytest.mark.parametrize(("name", "loop", "mistake"), sorted(NO_MISTAKE))
def test_what_makes_no_difference_passes(name, loop, mistake):
    op = loops_of(name, **{loop: POOL_LOOPS[mistake]})
    assert tie(op, op.cases[0]).entries > 0


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("mistake", WRONG_SIZES)
def test_a_wrong_output_size_of_a_pool_is_rejected(mistake, name):
    op = loops_of(name, size=WRONG_SIZES[mistake])
    with pytest.raises(Broken, match=rf"{name}: value has shape .*, wanted"):
        tie(op, op.cases[0])


def with_zeros(reduce):
    """The border takes part as entries 0."""
    return lambda entries, g: reduce(entries + [0] * (g.w[2] * g.w[3] - len(entries)), g)


def ties(entries):
    return [k for k, entry in enumerate(entries) if entry == max(entries)]


def shared_by_ties(entries, g):
    return [Fraction(share, len(ties(entries))) for share in one_hot(entries, *ties(entries))]


def over(number):
    """The sum divided by a wrong number."""
    return lambda entries, g: total(entries, g) / Fraction(number(entries, g))


def shares_over(number):
    return lambda entries, g: [Fraction(1, number(entries, g))] * len(entries)


DIVISORS = {
    "entries inside": lambda entries, g: len(entries),  # the border does not count
    "kernel rows": lambda entries, g: g.w[2],
    "kernel columns": lambda entries, g: g.w[3],
    "kernel rows squared": lambda entries, g: g.w[2] ** 2,
    "kernel rows + columns": lambda entries, g: g.w[2] + g.w[3],
    "strides": lambda entries, g: g.S1 * g.S2,
    "outputs": lambda entries, g: g.z[2] * g.z[3],
    "inputs": lambda entries, g: g.x[2] * g.x[3],
    "samples and kernel": lambda entries, g: g.x[0] * g.w[2] * g.w[3],
}
WRONG_REDUCTIONS = [
    ("max_pool2d", "smallest", lambda entries, g: min(entries)),
    ("max_pool2d", "sum", total),
    ("max_pool2d", "mean", mean),
    ("max_pool2d", "first", lambda entries, g: entries[0]),
    ("max_pool2d", "last", lambda entries, g: entries[-1]),
    ("max_pool2d", "border of zeros", with_zeros(largest)),
    ("max_pool2d", "at least 0", lambda entries, g: max([*entries, 0])),
    ("max_pool2d", "largest magnitude", lambda entries, g: max(map(abs, entries))),
    ("max_pool2d", "sum of the largest", lambda entries, g: len(ties(entries)) * max(entries)),
    ("mean_pool2d", "sum", total),
    ("mean_pool2d", "first", lambda entries, g: entries[0] / Fraction(g.w[2] * g.w[3])),
    *(("mean_pool2d", f"over {name}", over(number)) for name, number in DIVISORS.items()),
    ("sum_pool2d", "mean", mean),
    ("sum_pool2d", "first", lambda entries, g: entries[0]),
    ("sum_pool2d", "without the last", lambda entries, g: total(entries[:-1] or entries, g)),
    ("sum_pool2d", "mean inside", over(DIVISORS["entries inside"])),
    ("sum_pool2d", "squares", lambda entries, g: total([e * e for e in entries], g)),
    ("sum_pool2d", "magnitudes", lambda entries, g: total([abs(e) for e in entries], g)),
]
WRONG_ROUTES = [
    ("max_pool2d", "last of the ties", CONCLUSION, lambda e, g: one_hot(e, ties(e)[-1])),
    ("max_pool2d", "all ties", CONCLUSION, lambda e, g: one_hot(e, *ties(e))),
    ("max_pool2d", "shared by ties", CONCLUSION, shared_by_ties),
    (
        "max_pool2d",
        "none of ties",
        CONCLUSION,
        lambda e, g: one_hot(e, *ties(e)[: len(ties(e)) == 1]),
    ),
    ("max_pool2d", "first", GRADIENT, lambda e, g: one_hot(e, 0)),
    ("max_pool2d", "last", GRADIENT, lambda e, g: one_hot(e, len(e) - 1)),
    ("max_pool2d", "smallest", GRADIENT, lambda e, g: one_hot(e, e.index(min(e)))),
    ("max_pool2d", "every entry", GRADIENT, whole_shares),
    ("max_pool2d", "mean", GRADIENT, equal_shares),
    ("max_pool2d", "one on", GRADIENT, lambda e, g: one_hot(e, (ties(e)[0] + 1) % len(e))),
    (
        "max_pool2d",
        "times the largest",
        GRADIENT,
        lambda e, g: [k * max(e) for k in one_hot(e, ties(e)[0])],
    ),
    ("mean_pool2d", "sum", DIFF, whole_shares),
    ("mean_pool2d", "first", DIFF, lambda e, g: one_hot(e, 0)),
    *(
        ("mean_pool2d", f"over {name}", DIFF, shares_over(number))
        for name, number in DIVISORS.items()
    ),
    ("sum_pool2d", "mean", DIFF, equal_shares),
    ("sum_pool2d", "first", DIFF, lambda e, g: one_hot(e, 0)),
    ("sum_pool2d", "last", DIFF, lambda e, g: one_hot(e, len(e) - 1)),
    ("sum_pool2d", "mean inside", DIFF, shares_over(DIVISORS["entries inside"])),
    ("sum_pool2d", "times the entry", DIFF, lambda e, g: e),
]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [pytest.param(name, wrong, id=f"{name}-{what}") for name, what, wrong in WRONG_REDUCTIONS],
)
def test_a_wrong_value_of_a_window_is_rejected(name, wrong):
    op = loops_of(name, reduce=wrong)
    with pytest.raises(Broken, match=strand_of(name, "value")):
        tie(op, op.cases[0])


@pytest.mark.parametrize(
    ("name", "strand", "wrong"),
    [
        pytest.param(name, strand, wrong, id=f"{name}-{what}")
        for name, what, strand, wrong in WRONG_ROUTES
    ],
)
def test_a_wrong_share_of_the_gradient_is_rejected(name, strand, wrong):
    op = loops_of(name, route=wrong)
    with pytest.raises(Broken, match=rf"{strand}: {name}\.dx\["):
        tie(op, op.cases[0])


# -------------------------------------------------------------------------------------- flatten


def row_major(x):
    return x.reshape(len(x), -1).copy()


ORDERS = {
    "columns first": lambda x: x.swapaxes(2, 3).reshape(len(x), -1),
    "channels last": lambda x: x.transpose(0, 2, 3, 1).reshape(len(x), -1),
    "rows before channels": lambda x: x.swapaxes(1, 2).reshape(len(x), -1),
    "column-major": lambda x: x.reshape(len(x), -1, order="F"),
    "backwards": lambda x: x.reshape(len(x), -1)[:, ::-1],
    "samples swapped": lambda x: x.reshape(len(x), -1)[::-1],
    "one on": lambda x: np.roll(x.reshape(len(x), -1), 1, axis=1),
    "samples mixed": lambda x: x.reshape(-1, len(x)).T,
    "channels swapped": lambda x: x[:, ::-1].reshape(len(x), -1),
}


def flattening(there, back):
    """The order of the entries in y, and the order in which backward thinks that they are."""

    def forward(x):
        numbers = np.arange(x.size).reshape(x.shape)

        def backward(dy):
            dx = np.empty(x.size, object)
            dx[back(numbers).ravel()] = dy.ravel()
            return (dx.reshape(x.shape),)

        return there(x), backward

    return rewritten("flatten", forward)


def test_flattening_in_the_right_order_passes():
    op = flattening(row_major, row_major)
    assert tie(op, op.cases[0]).entries == 4 * 12 + 2


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("back", [row_major, None], ids=["forward", "both ways"])
def test_another_order_of_the_value_is_rejected(order, back):
    op = flattening(ORDERS[order], back or ORDERS[order])
    with pytest.raises(Broken, match=rf"{VALUE}: flatten\["):
        tie(op, op.cases[0])


@pytest.mark.parametrize("order", ORDERS)
def test_another_order_of_the_gradient_is_rejected(order):
    op = flattening(row_major, ORDERS[order])
    with pytest.raises(Broken, match=rf"{DIFF}: flatten\.dx\["):
        tie(op, op.cases[0])


@pytest.mark.parametrize("shape", [(-1,), (1, -1), (-1, 1), (2, 2, -1)])
def test_another_shape_of_the_value_is_rejected(shape):
    op = rewritten("flatten", lambda x: (x.reshape(shape) if len(x) == 2 else row_major(x), None))
    with pytest.raises(Broken, match="flatten: value has shape"):
        tie(op, op.cases[0])


@pytest.mark.parametrize("block", [1, 2000])
@pytest.mark.parametrize("key", ["", "no bias", "no dx"])
def test_conv2d_in_blocks_of_one_image_and_more_holds_on_symbols(key, block, monkeypatch):
    monkeypatch.setattr(conv_blocked, "BLOCK_BYTES", block)
    op = BY_NAME["conv2d"]
    sizes = trace_sizes("C O", dilated=True, N=3, C=2, I=2, J=2, P=2, Q=2)
    op = dataclasses.replace(op, sizes=(*op.sizes, sizes))
    assert tie(op, case_of(op, key)).cells == len(op.sizes)
