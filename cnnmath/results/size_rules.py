"""Output sizes: the floor rule, 'valid' and 'same', and how far the last window reaches."""

from typing import Any


def size_rule(D: Any) -> None:
    """U + 2 Z = (I - 1) S + G (P - 1) + 1 + R with 0 <= R < S is the same as the floor rule."""
    I, P, S, G = D.sizes("I P S G")  # noqa: E741
    (Z,) = D.sizes("Z", least=0)
    (R,) = D.sizes("R", least=0, below=S)
    U = D.size("U", (I - 1) * S + G * (P - 1) + 1 + R - 2 * Z)
    D.claim(
        "floor",
        D.floor(U + 2 * Z - G * (P - 1) - 1, S) + 1,
        I,
        "U + 2 Z - G (P - 1) - 1 = (I - 1) S + R, and R < S is rounded away",
    )
    i = D.indices(i=I)[0]
    D.claim(
        "inside",
        D.inside(S * i + G * (P - 1), U + 2 * Z),
        1,
        "the last entry of every window lies in the padded input",
    )
    D.claim(
        "no-more",
        D.inside(S * I + G * (P - 1), U + 2 * Z),
        0,
        "one window more would leave the padded input, since R < S",
    )


def unit_stride_size(D: Any) -> None:
    """Stride 1: I = U - P + 1; with 2 Z = P - 1, for odd P, the size is kept."""
    (U,) = D.sizes("U")
    (H,) = D.sizes("H", least=0)
    P = D.size("P", 2 * H + 1)
    D.claim(
        "valid",
        D.floor(U + P - 1 - P, 1) + 1,
        U,
        "an input of U + P - 1 rows gives U: each kernel takes P - 1 rows away",
    )
    D.claim("same", D.floor(U + 2 * H - P, 1) + 1, U, "P = 2 H + 1 is odd, padding H = (P - 1)/2")


def tensorflow_sizes(D: Any) -> None:
    """'valid' says ceil((U - P + 1)/S), which is the floor rule; 'same' gives ceil(U/S) windows.

    ceil(a/S) is written floor((a + S - 1)/S).
    """
    M, P, S = D.sizes("M P S")
    U = D.size("U", M + P - 1)
    D.claim(
        "valid",
        D.floor(U - P + 1 + S - 1, S),
        D.floor(U - P, S) + 1,
        "rounding (U - P + 1)/S up is rounding (U - P)/S down and adding 1",
    )


def tensorflow_same(D: Any) -> None:
    """An input of (K - 1) S + 1 + R rows, 0 <= R < S, has K = ceil(U/S) windows under 'same'."""
    K, S = D.sizes("K S")
    (R,) = D.sizes("R", least=0, below=S)
    (T,) = D.sizes("T", least=0)
    U = D.size("U", (K - 1) * S + 1 + R)
    P = D.size("P", 1 + R + T)
    D.claim("rounded-up", D.floor(U + S - 1, S), K, "K is U/S rounded up")
    D.claim(
        "same",
        D.floor(U + T - P, S) + 1,
        K,
        "padding T = (K - 1) S + P - U in all lets the floor rule give K, if the kernel needs any",
    )
