"""What a derivation accepts, what it refuses, and what it says when it does."""

import pytest

from cnnmath.proof import line as line_module
from cnnmath.proof.derivation import Derivation, derive
from cnnmath.proof.instances import smallest_counterexample
from cnnmath.proof.notation import (
    Definition,
    Diff,
    Fn,
    Index,
    Name,
    NotationError,
    Sum,
    Tensor,
    node,
)
from cnnmath.proof.verdict import MARKS, Level, NotProven, Refuted, Verdict


class Small:
    """A derivation with one of everything."""

    def __init__(self):
        D = self.D = Derivation("small")
        self.N, self.K = D.sizes("N K")
        self.n, self.k = D.indices(n=self.N, k=self.K)
        self.n1, self.k1 = self.n.prime, self.k.prime
        self.x, self.y, self.w = (
            D.tensor("x", self.N),
            D.tensor("y", self.N),
            D.tensor("w", self.N, self.K),
        )
        self.a = D.tensor("a", self.N, kind="positive")
        self.t = D.tensor("t", self.N, kind="labels", bound=self.K)
        self.c, self.g = D.scalar("c"), D.scalar("g", positive=True)

    def claim(self, left, right, **how):
        name = f"claim{len(self.D.lines)}"
        return self.D.claim(name, left, right, "a test", **how)


@pytest.fixture
def s():
    return Small()


# ------------------------------------------------------------------------------ proven and refuted


def test_proven_line_names_its_rules_and_instances(s):
    found = s.claim(Diff(Sum(s.n1, s.x[s.n1] ** 2), s.x[s.n]), 2 * s.x[s.n])
    assert found.verdict.level is Level.PROVED
    assert found.verdict.evidence.startswith("differentiate, sift; ")
    assert "instances exactly" in found.verdict.evidence
    assert {"differentiate", "sift"} <= set(found.rules)


def test_not_proven_shows_what_is_left(s):
    parity = Sum(s.n, s.D.delta(2 * s.n, 1) + s.D.delta(2 * s.n, 2 * s.k + 2) * 0)
    assert s.claim(parity, 0).verdict.level is Level.PROVED
    left, right = doubled(s)
    with pytest.raises(
        NotProven,
        match=r"is not proven: 2 max_n' x\[n'\]\n.*it agrees on .*\n.*left of the difference: .*max<",
    ):
        s.claim(left, right)


def test_refuted_names_sizes_index_entries_and_both_values(s):
    with pytest.raises(Refuted, match=r"is false: sum_k w\[n,k\] = w\[n,0\]") as caught:
        s.claim(Sum(s.k, s.w[s.n, s.k]), s.w[s.n, 0])
    assert "N=1, K=2, n=0; w=[[" in caught.value.counterexample
    assert " against " in caught.value.counterexample
    assert caught.value.counterexample in str(caught.value)


def test_line_true_only_at_size_one_is_refuted(s):
    with pytest.raises(Refuted, match="N=2, K=1"):
        s.claim(Sum(s.n, s.x[s.n]), s.x[0])
    with pytest.raises(Refuted, match="N=2, K=1"):
        s.claim(s.c / s.N, s.c)


def test_transposed_line_is_refuted(s):
    square = s.D.tensor("square", s.N, s.N)
    with pytest.raises(Refuted, match="N=2"):
        s.claim(Sum(s.n1, square[s.n, s.n1] * s.x[s.n1]), Sum(s.n1, square[s.n1, s.n] * s.x[s.n1]))


def test_rules_and_instances_that_contradict_stop_everything(s, monkeypatch):
    """A bug in the rules: everything is equal. The second check must notice."""
    from cnnmath.proof.polynomial import ZERO

    monkeypatch.setattr(line_module, "residual", lambda difference: ZERO)
    with pytest.raises(AssertionError, match="rules and instances contradict: N=1, K=1"):
        s.claim(s.x[s.n], s.x[s.n] + 1)


def test_too_big_a_step(s):
    p = s.D.exp(s.c) / Sum(s.n, s.D.exp(s.x[s.n]))
    start = s.D.log(p * Sum(s.n, s.D.exp(s.x[s.n] + s.c))) + Diff(Sum(s.n1, s.x[s.n1] * s.c), s.c)
    with pytest.raises(NotProven, match=r"too big a step, it needs .*; write a line between"):
        s.claim(
            start,
            2 * s.c + Sum(s.n, s.x[s.n]) + Sum(s.n1, 1) - s.N + Sum(s.n, s.D.delta(s.n, 0)) - 1,
        )


def test_line_after_a_wrong_line_is_compared_with_the_head(s):
    with s.D.chain("head", of=s.x[s.n] * 2) as chain:
        chain.line("right", s.x[s.n] + s.x[s.n], because="twice")
        with pytest.raises(Refuted, match=r"small.head#wrong is false"):
            chain.line("wrong", s.x[s.n], because="a slip")


# ------------------------------------------------------------------------------- refused as written


def test_identical_sides_are_refused(s):
    with pytest.raises(NotationError, match="both sides are the same text, that proves nothing"):
        s.claim(s.x[s.n], s.x[s.n])


def test_empty_chain_is_refused(s):
    with pytest.raises(NotationError, match=r"small.nothing: a chain without a checked line"):
        with s.D.chain("nothing", of=s.x[s.n]):
            pass


def test_error_inside_a_chain_is_not_hidden(s):
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        with s.D.chain("broken", of=s.x[s.n]):
            1 / 0  # noqa: B018


STRANGERS = {
    "tensor": lambda s: Tensor("z", (s.N,))[s.n],
    "tensor of a known name": lambda s: Tensor("x", (s.N,), kind="positive")[s.n],
    "scalar": lambda s: Name("z") * s.x[s.n],
    "size": lambda s: Name("M", integer=True, lower=node(1)) * s.x[s.n],
    "index": lambda s: Sum(Index("j", s.N), s.x[s.n]),
    "index of another size": lambda s: Sum(Index("k", s.N), s.x[s.n]),
    "definition": lambda s: Definition("z", (s.n,), s.x[s.n])[s.n],
    "definition put in place": lambda s: s.D.at(s.x[s.n], (s.x, Definition("z", (s.n,), s.y[s.n]))),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_undeclared_names_are_refused_on_both_sides(s, stranger):
    body = STRANGERS[stranger](s)
    with pytest.raises(NotationError, match="is not declared here"):
        s.claim(s.x[s.n], body)
    with pytest.raises(NotationError, match="is not declared here"):
        s.claim(body, s.x[s.n])
    with pytest.raises(NotationError, match="is not declared here"):
        s.D.not_negative("q", body**2, "a test")


def test_unknown_free_index_is_refused(s):
    with pytest.raises(NotationError, match=r"\['k'\] free on the right, not on the left"):
        s.claim(s.x[s.n], s.w[s.n, s.k])


@pytest.mark.parametrize("shift", [-1, 1])
def test_index_out_of_range(s, shift):
    with pytest.raises(
        NotProven, match=r"an entry may be outside its array: x\[.*\]: not shown that"
    ):
        s.claim(s.x[s.n] * 1, s.x[s.n + shift])
    with pytest.raises(NotProven, match="an entry may be outside"):
        s.claim(Sum(s.n, s.x[s.n]), Sum(s.n, s.x[s.n], 0, s.N))


def test_bracket_protects_what_it_cuts_off(s):
    shifted = s.D.delta(s.n, 0) * 0 + Sum(s.n1, s.D.delta(s.n1 + 1, s.n) * s.x[s.n1])
    from cnnmath.proof.notation import Bracket

    assert s.claim(shifted, Bracket(1, "<=", s.n) * s.x[s.n - 1]).verdict.level is Level.PROVED


def test_index_must_be_an_integer_expression(s):
    for index in (s.n / 2, s.c, s.x[s.n]):
        with pytest.raises((NotationError, NotProven), match=r"is not an integer expression"):
            s.claim(s.x[s.n], s.x[index])


def test_one_name_one_meaning(s):
    declare = (
        lambda: s.D.sizes("x"),
        lambda: s.D.indices(x=s.N),
        lambda: s.D.tensor("n", s.N),
        lambda: s.D.scalar("N"),
        lambda: s.D.define("c", (s.n,), s.x[s.n]),
    )
    for each in declare:
        with pytest.raises(NotationError, match="has a meaning already"):
            each()


@pytest.mark.parametrize("name", ["n'", "a.b", "x[n]", "#1", "$1.0", "", "1", "a b"])
def test_names_that_could_be_mistaken(s, name):
    with pytest.raises(NotationError, match="is no name"):
        s.D.scalar(name)
    with pytest.raises(NotationError, match="is no name"):
        s.D.indices(**{name: s.N})


def test_address_is_taken(s):
    s.D.claim("twice", s.x[s.n] * 2, s.x[s.n] + s.x[s.n], "a test")
    with pytest.raises(NotationError, match=r"the address small.twice#claim is taken"):
        s.D.claim("twice", s.x[s.n] * 2, s.x[s.n] + s.x[s.n], "a test")


def test_a_power_that_is_a_formula_wants_a_positive_base_and_a_whole_exponent(s):
    assert s.claim(s.g ** (s.n + 1), s.g * s.g**s.n).verdict.level is Level.PROVED
    with pytest.raises(
        NotProven, match=r"no normal form: the power .* of 1\*c, which is not manifestly positive"
    ):
        s.claim(s.c ** (s.n + 1), s.c * s.c**s.n)
    with pytest.raises(NotationError, match=r"g\^\(c \+ 1\): .* is not an integer expression"):
        s.claim(s.g ** (s.c + 1), s.g * s.g**s.c)


def test_a_counterexample_is_found_even_if_a_name_is_drawn_as_1_at_first(s):
    """The scalar beta is 1 in the first three draws, where both sides agree."""
    beta = s.D.scalar("beta", positive=True)
    assert smallest_counterexample((1 - beta) * s.x[s.n], (1 - beta) * s.x[0], [s.N]) is not None
    assert smallest_counterexample((1 - beta) * s.x[s.n], s.x[s.n] - beta * s.x[s.n], [s.N]) is None


def test_a_sum_that_stops_early_has_one_index(s):
    assert s.claim(s.D.Sum(s.n1, s.c, upto=s.n), (s.n + 1) * s.c).verdict.level is Level.PROVED
    with pytest.raises(NotationError, match="small: upto is for a single index, got 2"):
        s.D.Sum((s.n, s.k), s.w[s.n, s.k], upto=1)


def test_floats_and_booleans_are_refused(s):
    for value in (0.5, True, "x", None):
        with pytest.raises(NotationError, match="a formula holds exact numbers and nodes"):
            s.x[s.n] * value


def test_line_wants_a_reason(s):
    with pytest.raises(NotationError, match="say because of what"):
        s.D.claim("mute", s.x[s.n] * 2, s.x[s.n] + s.x[s.n], "")


def test_wrong_number_of_indices(s):
    with pytest.raises(NotationError, match="w has 2 axes, written with 1 indices"):
        s.w[s.n]


@pytest.mark.parametrize("kind", ["labels", "probabilities", "unit", "interval"])
def test_constrained_entries_do_not_vary_by_themselves(s, kind):
    entry = s.t[s.n] if kind == "labels" else s.D.tensor(kind, s.N, kind=kind)[s.n]
    with pytest.raises(NotationError, match="only free real entries may vary"):
        Diff(s.c * entry, entry)


def test_positive_entries_vary_by_themselves(s):
    """A small change of a positive number is positive."""
    entropy = Diff(Sum(s.n1, s.a[s.n1] * s.D.log(s.a[s.n1])), s.a[s.n])
    assert s.claim(entropy, s.D.log(s.a[s.n]) + 1).verdict.level is Level.PROVED
    with pytest.raises(Refuted, match="is false"):
        s.claim(entropy, s.D.log(s.a[s.n]))
    size = s.claim(Diff(s.D.abs(s.a[s.n]) * s.c, s.a[s.n]), 1 * s.c)
    assert size.verdict.tags == ()
    tagged = s.claim(Diff(s.D.abs(s.x[s.n]) * s.c, s.x[s.n]), s.c * s.D.sign(s.x[s.n]))
    assert [tag.split(":")[0] for tag in tagged.verdict.tags] == ["almost everywhere"]


def test_no_derivative_by_what_is_no_entry(s):
    f = s.D.define("f_of_x", (s.n,), s.x[s.n] ** 2)
    for wrt in (f[s.n], s.n, s.N, s.x[s.n] * 1):
        with pytest.raises(NotationError, match="no derivative with respect to"):
            Diff(s.c, wrt)


@pytest.mark.parametrize(("kind", "bound"), [("probability", None), ("labels", None), ("real", 3)])
def test_kinds_are_known_and_labels_have_a_bound(s, kind, bound):
    with pytest.raises(NotationError, match=r"no kind|labels have a bound"):
        s.D.tensor("z", s.N, kind=kind, bound=bound)


def test_unknown_function(s):
    with pytest.raises(NotationError, match="no function 'g'"):
        Fn("g", s.x[s.n])


# ------------------------------------------------------------------------- accepted without a proof


def doubled(s):
    """The largest of the doubled entries is twice the largest: true, beyond the rules."""
    return s.D.Max(s.n1, 2 * s.x[s.n1]), 2 * s.D.Max(s.n1, s.x[s.n1])


def test_exact_names_its_sizes(s):
    left, right = doubled(s)
    found = s.claim(left, right, accept="EXACT")
    assert found.verdict.level is Level.EXACT
    assert "instances exactly; sizes N K = 1x1 2x3" in found.verdict.evidence


def test_exact_with_exp_is_numeric(s):
    left, right = doubled(s)
    found = s.claim(s.D.exp(left), s.D.exp(right), accept="EXACT")
    assert found.verdict.level is Level.NUMERIC
    assert "to 40 of 50 digits" in found.verdict.evidence


def test_exact_of_something_proven_is_proved(s):
    assert s.claim(s.x[s.n] * 2, s.x[s.n] + s.x[s.n], accept="EXACT").verdict.level is Level.PROVED


def test_exact_of_something_false_is_refuted(s):
    with pytest.raises(Refuted, match="is false"):
        s.claim(Sum(s.n, s.x[s.n]), s.x[0], accept="EXACT")


def test_exact_needs_an_instance(s):
    """A free index without values at any covering size: nothing was checked, nothing is claimed."""
    D = Derivation("d")
    N, F = D.sizes("N F")
    (i,) = D.indices(i=N - F - 9)
    y = D.tensor("y", N)
    with pytest.raises(NotProven, match="no instance at the covering sizes has a value"):
        D.claim("empty", y[i], y[i] + 1, "a test", accept="EXACT")
    with pytest.raises(NotProven, match="no instance at the covering sizes has a value"):
        D.claim("empty", y[i] * 2, y[i] + y[i], "a test")


def test_exact_says_nothing_about_an_unspecified_function(s):
    """True of the cubic that stands for f on instances, not of every f."""
    with pytest.raises(NotProven, match="instances show nothing about an unspecified f"):
        s.claim(Fn("f''", s.c), 2 * s.c + 2, accept="EXACT")
    hidden = s.D.define("hidden", (), Fn("f''", s.c))
    with pytest.raises(NotProven, match="instances show nothing about an unspecified f"):
        s.claim(hidden[()], 2 * s.c + 2, accept="EXACT")


def test_assumed_wants_a_reason_and_no_counterexample(s):
    left, right = doubled(s)
    with pytest.raises(NotationError, match="ASSUMED wants a reason"):
        s.claim(left, right, accept="ASSUMED")
    found = s.claim(left, right, accept="ASSUMED", reason="doubled")
    assert found.verdict == Verdict(Level.ASSUMED, "doubled")
    with pytest.raises(Refuted, match="is false"):
        s.claim(s.x[s.n], s.x[s.n] + 1, accept="ASSUMED", reason="no reason")
    with pytest.raises(NotationError, match="bound twice"):
        s.claim(s.x[s.n], Sum(s.n1, Sum(s.n1, s.x[s.n1])), accept="ASSUMED", reason="shadow")


def test_unknown_accept(s):
    with pytest.raises(NotationError, match="accept is 'PROVED'; wanted EXACT or ASSUMED"):
        s.claim(s.x[s.n], s.x[s.n] + 1, accept="PROVED")


def test_what_follows_an_assumption_says_so(s):
    left, right = doubled(s)
    with s.D.chain("twice", of=left) as chain:
        chain.line("outside", right, because="doubled", accept="ASSUMED", reason="doubled")
        after = chain.line("halved", 2 * right / 2, because="arithmetic")
    assert after.verdict.level is Level.PROVED
    assert any("outside" in tag and "ASSUMED" in tag for tag in after.verdict.tags)


def test_tags_are_shown_at_the_line(s):
    divided = s.claim(s.c * s.x[s.n] / s.c, s.x[s.n])
    assert divided.verdict.tags == ("nonzero denominator",)
    harmless = s.claim(s.x[s.n] / s.N * s.g / s.g, s.x[s.n] / s.N)
    assert harmless.verdict.tags == ()
    tagged = s.claim(s.x[s.n] * 2, s.x[s.n] + s.x[s.n], assume="almost everywhere")
    assert tagged.verdict.tags == ("almost everywhere",)


def test_places_without_a_value_are_counted_not_compared(s):
    found = s.claim(Diff(s.x[s.n] * s.D.log(s.x[s.n]), s.x[s.n]), 1 + s.D.log(s.x[s.n]))
    assert found.verdict.level is Level.PROVED
    assert "without a value" in found.verdict.evidence


@pytest.mark.parametrize("level", Level)
def test_only_what_was_checked_has_a_tick(level):
    ticked = {Level.PROVED, Level.EXACT, Level.NUMERIC, Level.SIMULATED}
    assert (MARKS[level] == "✓") == (level in ticked)
    assert Verdict(level, "").mark == MARKS[level]


# ----------------------------------------------------------------------------------- definitions


def test_definition_is_defined(s):
    s.D.define("total", (s.k,), Sum(s.n, s.w[s.n, s.k]))
    found = s.D.lines["small.total#definition"]
    assert found.verdict == Verdict(Level.DEFINED, "every entry in range")
    assert found.verdict.mark == ":="
    assert found.plain == "total[k] := sum_n w[n,k]"


def test_definition_is_closed(s):
    with pytest.raises(
        NotationError, match=r"the indices \['k'\] are neither bound nor parameters"
    ):
        s.D.define("open", (s.n,), s.w[s.n, s.k])
    with pytest.raises(NotationError, match="a parameter is named twice"):
        s.D.define("twice", (s.n, s.n), s.x[s.n])


def test_definition_reads_inside_its_arrays(s):
    with pytest.raises(Exception, match="not shown that"):
        s.D.define("outside", (s.n,), s.x[s.n + 1])


def test_chains_head_is_checked_as_well(s):
    with pytest.raises(NotationError, match="bound by a sum and free"):
        s.D.chain("head", of=Sum(s.n, s.x[s.n]) * s.x[s.n])


def test_derive_runs_an_authors_function():
    def author(D, factor):
        (N,) = D.sizes("N")
        (n,) = D.indices(n=N)
        x = D.tensor("x", N)
        D.claim("c", factor * x[n], x[n] * factor, "commutes")

    assert list(derive("d", author, factor=2).lines) == ["d.c#claim"]


# --------------------------------------------------------------------------------- conclusions


def concluded(s):
    e = s.D.tensor("e", s.N)
    out = s.D.define("out", (s.n,), s.x[s.n] ** 2)
    s.D.returns(out, upstream=e)
    return e


def test_conclusion_is_proven_and_tagged(s):
    e = concluded(s)
    s.D.concludes(dx=(s.x[s.n], 2 * e[s.n] * s.x[s.n]))
    found = s.D.conclusions["dx"]
    assert (found.argument, found.line.verdict.level) == ("x", Level.PROVED)
    assert found.line.verdict.tags[0].startswith("upstream delta")


def test_wrong_conclusion_is_refuted(s):
    e = concluded(s)
    with pytest.raises(Refuted, match=r"small.dx#conclusion is false"):
        s.D.concludes(dx=(s.x[s.n], e[s.n] * s.x[s.n]))


def test_conclusion_wants_returns_first(s):
    with pytest.raises(NotationError, match=r"say D.returns"):
        s.D.concludes(dx=(s.x[s.n], s.x[s.n]))


def test_conclusion_covers_the_whole_argument():
    """A gradient of the diagonal, or of one row, is not the gradient."""
    for place in (lambda k, j: (k, k), lambda k, j: (k, node(0))):
        D = Derivation("d")
        (K,) = D.sizes("K")
        (k,) = D.indices(k=K)
        w, e = D.tensor("w", K, K), D.tensor("e", K)
        out = D.define("out", (k,), Sum(k.prime, w[k, k.prime]))
        D.returns(out, upstream=e)
        with pytest.raises(NotationError, match="a conclusion is about every entry, not only"):
            D.concludes(dw=(w[place(k, k.prime)], e[k]))


def test_upstream_is_no_input(s):
    out = s.D.define("out", (s.n,), s.x[s.n] ** 2)
    with pytest.raises(NotationError, match="the upstream x must be free of the output"):
        s.D.returns(out, upstream=s.x)
    with pytest.raises(NotationError, match="has not the shape of"):
        s.D.returns(out, upstream=s.w)
    with pytest.raises(NotationError, match="the upstream a must be free of the output"):
        s.D.returns(out, upstream=s.a)


# ------------------------------------------------------------------------------------------ optimum


class Best(Small):
    """arg max over x of a positive objective."""

    def __init__(self):
        super().__init__()
        self.objective = Sum(self.n, self.D.exp(-(self.x[self.n] ** 2)))

    def optimum(self, of=None, goal="max"):
        return self.D.optimum("best", goal, [self.x], self.objective if of is None else of)


@pytest.fixture
def best():
    return Best()


def test_optimum_keeps_its_place(best):
    with best.optimum() as chain:
        log = chain.line("log", best.D.log(best.objective), because="log is increasing", by="log")
        scaled = chain.line(
            "scaled",
            best.g * best.D.log(best.objective),
            because="g > 0",
            by="factor",
            operand=best.g,
        )
        turned = chain.line(
            "turned", -best.g * best.D.log(best.objective), because="minus", by="negation"
        )
    assert [each.rules[-1] for each in (log, scaled, turned)] == [
        "increasing",
        "increasing",
        "decreasing",
    ]
    assert r"\arg\max" in scaled.tex
    assert r"\arg\min" in turned.tex
    assert turned.plain.startswith("x* = arg min_{x} ")


@pytest.mark.parametrize("factor", ["c", "-g", "0", "c**2"])
def test_factor_must_be_positive(best, factor):
    operand = {"c": best.c, "-g": -best.g, "0": node(0), "c**2": best.c**2}[factor]
    with pytest.raises(NotProven, match="is not manifestly positive"):
        best.optimum().line("f", operand * best.objective, because="", by="factor", operand=operand)


def test_factor_and_constant_must_not_move(best):
    moving = best.D.exp(best.x[0])
    for by, body in (("factor", moving * best.objective), ("constant", best.objective + moving)):
        with pytest.raises(NotProven, match=r"exp\(x\[0\]\) depends on \['x'\]"):
            best.optimum().line(by, body, because="a test", by=by, operand=moving)


def test_definition_of_the_variables_moves_as_well(best):
    hidden = best.D.define("hidden", (), best.D.exp(best.x[0]))
    with pytest.raises(NotProven, match="depends on"):
        best.optimum().line(
            "h", hidden[()] * best.objective, because="a test", by="factor", operand=hidden[()]
        )


def test_log_of_something_not_positive(best):
    with pytest.raises(NotProven, match="log of an objective that is not manifestly positive"):
        best.optimum(Sum(best.n, best.x[best.n])).line(
            "l", best.D.log(Sum(best.n, best.x[best.n])), because="", by="log"
        )


def test_negation_without_turning_the_goal(best):
    with pytest.raises(Refuted, match="is false"):
        best.optimum().line("minus", -best.objective, because="a slip")
    with pytest.raises(Refuted, match="is false"):
        best.optimum().line("same", best.objective * 1, because="a slip", by="negation")


def test_optimum_wants_a_goal_a_reason_and_a_line(best):
    with pytest.raises(NotationError, match="max or min, got 'maximum'"):
        best.optimum(goal="maximum")
    with pytest.raises(NotationError, match="by is 'square'"):
        best.optimum().line("s", best.objective**2, because="", by="square")
    with pytest.raises(NotationError, match="a chain without a checked line"):
        with best.optimum():
            pass
    with pytest.raises(NotationError, match="is not a tensor declared here"):
        best.D.optimum("other", "max", [best.g], best.objective)


def test_not_negative(s):
    found = s.D.not_negative("squares", Sum(s.n, s.x[s.n] ** 2 * s.a[s.n]), "a sum of squares")
    assert found.verdict.level is Level.PROVED
    assert found.plain == "sum_n x[n]^2 a[n] >= 0"
    for body in (s.x[s.n], Sum(s.n, s.x[s.n] ** 3), s.c**2 - s.g, -(s.c**2)):
        with pytest.raises(NotProven, match="not a sum of products of squares"):
            s.D.not_negative("other", body, "a slip")
    with pytest.raises(Exception, match="not shown that"):
        s.D.not_negative("outside", s.x[s.n + 5] ** 2, "a slip")
    s.D.not_negative("inverse", s.x[s.n] ** -2, "no value at 0, no crash")


def test_exact_is_refused_where_only_one_side_has_a_value():
    D = Derivation("domain")
    (N,) = D.sizes("N")
    (n,) = D.indices(n=N)
    z = D.tensor("z", N)
    with pytest.raises(NotProven, match="only one side has a value"):
        D.claim("log", D.log(z[n] ** 2), 2 * D.log(z[n]), because="only for z > 0", accept="EXACT")
