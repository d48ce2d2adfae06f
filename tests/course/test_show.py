"""What a notebook shows is the checked line: formula, reason, verdict, assumptions."""

import re

import pytest

from cnnmath.course.show import show
from cnnmath.proof.derivation import Derivation
from cnnmath.results.lookup import derivation, derivation_names


def test_plain_text_and_latex_say_the_same_line():
    shown = show("softmax_error.ds#softmax", tag="3.47")
    assert repr(shown).splitlines() == [
        "d err / d s[k] = p[k] - [k = t]   (3.47)",
        "    because probabilities minus the one-hot label",
        f"    ✓ {shown.line.verdict}",
    ]
    tex = shown._repr_latex_()
    assert r"\frac{\partial \mathrm{err}}{\partial s_{k}} = p_{k} - [k = t]" in tex
    assert r"\tag{3.47}" in tex and "✓ PROVED" in tex


def test_assumptions_are_shown():
    shown = show("maximum_likelihood.L#definition")
    assert "assumed: the samples are independent" in repr(shown)
    assert "assumed: the samples are independent" in shown._repr_latex_()
    assert "✓" not in repr(shown)


def test_a_line_just_proven_can_be_shown():
    D = Derivation("own")
    (N,) = D.sizes("N")
    (n,) = D.indices(n=N)
    x = D.tensor("x", N)
    line = D.claim("twice", x[n] + x[n], 2 * x[n], because="two of them")
    assert repr(show(line)).startswith("x[n] + x[n] = 2 x[n]\n")


@pytest.mark.parametrize("name", derivation_names())
def test_every_line_has_balanced_latex(name):
    for address in derivation(name).lines:
        tex = show(address)._repr_latex_()
        assert tex.count("{") - tex.count(r"\{") == tex.count("}") - tex.count(r"\}"), address
        assert tex.count(r"\left") == tex.count(r"\right"), address


def test_an_unknown_address_lists_close_ones():
    with pytest.raises(KeyError, match=r"no line 'affine\.dw#sieve'; close: affine\.dw#sift"):
        show("affine.dw#sieve")
    with pytest.raises(KeyError, match=r"no derivation 'afine'; close: affine"):
        show("afine.dw#sift")


TYPESET = set(  # commands that MathJax knows; one that it does not know is printed in red
    r"begin end displaystyle small color text frac partial mathrm left right sum prod log arg max min"
    r" star alpha lambda eta theta delta Omega nabla cos langle rangle bar le ge tag cdot tfrac sqrt"
    r" sigma tanh Bigl Bigr big Big bigl bigr ell gamma phi varphi mu kappa lfloor rfloor"
    r" circlearrowleft overline beta mathbf lvert rvert tilde operatorname mathcal omega hat"
    r" mathbb varepsilon".split()
)


@pytest.mark.parametrize("name", derivation_names())
def test_every_command_is_one_that_mathjax_knows(name):
    for address in derivation(name).lines:
        used = set(re.findall(r"\\([A-Za-z]+)", show(address)._repr_latex_()))
        assert used <= TYPESET, f"{address}: {sorted(used - TYPESET)}"


TEXT = re.compile(r"\\text\{([^{}]*)\}")
SPECIAL = re.compile(r"[_#$%&~\\]")  # characters that TeX does not print as they are


@pytest.mark.parametrize("name", derivation_names())
def test_small_print_has_no_special_characters(name):
    for address in derivation(name).lines:
        texts = TEXT.findall(show(address)._repr_latex_())
        assert texts, address
        assert [text for text in texts if SPECIAL.search(text)] == [], address


def test_special_characters_stand_outside_of_the_text():
    small = show("softmax.ds#jacobian")._repr_latex_()
    assert r"\text{softmax.jacobian}\#\text{product}" in small
    assert SPECIAL.search(r"softmax.jacobian#product")
