"""Places numbered by mixed radix: which place a number means, and which number a place has.

Source: 002 eq. 6.18, 6.19 and the text between; there columns are counted first (column-major).
"""

from typing import Any


def row_major_places(D: Any) -> None:
    """r = J i + j and s = (c P + p) Q + q, as NumPy numbers: bijections, with their inverses."""
    I, J, C, P, Q = D.sizes("I J C P Q")  # noqa: E741
    i, j, r = D.indices(i=I, j=J, r=I * J)
    c, p, q, s = D.indices(c=C, p=P, q=Q, s=C * P * Q)
    D.claim(
        "once",
        D.Sum((i, j), D.delta(r, J * i + j)),
        1,
        "each r = 0 .. I J - 1 is the number of exactly one place i, j",
    )
    place = J * i + j
    D.claim("i", D.floor(place, J), i, "0 <= j < J is rounded away")
    D.claim("j", place - J * D.floor(place, J), j, "the remainder")
    entry = (c * P + p) * Q + q
    D.claim("c", D.floor(entry, P * Q), c, "0 <= p Q + q < P Q is rounded away")
    D.claim("p", D.floor(entry, Q) - P * D.floor(D.floor(entry, Q), P), p, "rest of the division")
    D.claim("q", entry - Q * D.floor(entry, Q), q, "the last remainder")
    _every_number_is_taken(D, s, (C, P, Q))


def column_major_places(D: Any) -> None:
    """r = i + I j and s = p + P q + P Q c, eq. 6.18 and 6.19: bijections, with their inverses."""
    I, J, C, P, Q = D.sizes("I J C P Q")  # noqa: E741
    i, j, r = D.indices(i=I, j=J, r=I * J)
    c, p, q, s = D.indices(c=C, p=P, q=Q, s=C * P * Q)
    D.claim(
        "once",
        D.Sum((i, j), D.delta(r, i + I * j)),
        1,
        "each r = 0 .. I J - 1 is the number of exactly one place i, j",
    )
    place = i + I * j
    D.claim("i", place - I * D.floor(place, I), i, "i = r mod I, the remainder")
    D.claim("j", D.floor(place, I), j, "0 <= i < I is rounded away")
    entry = p + P * q + P * Q * c
    D.claim("p", entry - P * D.floor(entry, P), p, "p = s mod P")
    D.claim(
        "q",
        D.floor(entry, P) - Q * D.floor(D.floor(entry, P), Q),
        q,
        "q = floor(s/P) mod Q: what is left is q + Q c",
    )
    D.claim("c", D.floor(entry, P * Q), c, "0 <= p + P q < P Q is rounded away")
    _every_number_is_taken(D, s, (C, Q, P))


def _every_number_is_taken(D: Any, s: Any, radices: tuple[Any, Any, Any]) -> None:
    """The digits of s, the last one counted fastest, are in their ranges and make s again."""
    outer, middle, inner = radices
    rest = D.floor(s, inner)
    digits = D.floor(rest, middle), rest - middle * D.floor(rest, middle), s - inner * rest
    D.claim(
        "digits",
        D.inside(digits[0], outer) * D.inside(digits[1], middle) * D.inside(digits[2], inner),
        1,
        "each s has its three digits in their ranges",
    )
    D.claim(
        "number",
        (digits[0] * middle + digits[1]) * inner + digits[2],
        s,
        "and they are the digits of s: with the lines above, numbers and entries correspond",
    )
