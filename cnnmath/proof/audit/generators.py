"""A generator of random formulas for each rule of the prover."""

from collections.abc import Callable, Iterator
from random import Random

from cnnmath.proof.audit.bracket_formulas import (
    expand,
    idempotent,
    positive_factor,
    range_,
    tighten,
    unfold,
)
from cnnmath.proof.audit.floor_formulas import euclid, floor_
from cnnmath.proof.audit.function_formulas import (
    by_exp,
    differentiate,
    exponent,
    geometric,
    logarithm,
    product,
    raised,
)
from cnnmath.proof.audit.kink_formulas import absolute_value, almost_everywhere, step_rule
from cnnmath.proof.audit.letters import Maker
from cnnmath.proof.audit.quotient_formulas import common_denominator, nonzero
from cnnmath.proof.audit.root_formulas import all_powers, root_of_unity
from cnnmath.proof.audit.sum_formulas import (
    cases,
    count,
    factor,
    last_terms,
    rename,
    sift,
    sums_to_one,
    unit_length,
    write_out,
)
from cnnmath.proof.audit.window_formulas import maximum, one_per_window, routing
from cnnmath.proof.notation import Node

GENERATORS: dict[str, Callable[[Maker], Node]] = {
    "root of unity": root_of_unity,
    "all powers": all_powers,
    "cases": cases,
    "expand": expand,
    "unfold": unfold,
    "idempotent": idempotent,
    "by exp": by_exp,
    "step": step_rule,
    "almost everywhere": almost_everywhere,
    "absolute value": absolute_value,
    "tighten": tighten,
    "range": range_,
    "positive factor": positive_factor,
    "Euclid": euclid,
    "floor": floor_,
    "routing": routing,
    "one per window": one_per_window,
    "rename": rename,
    "factor": factor,
    "sift": sift,
    "count": count,
    "write out": write_out,
    "differentiate": differentiate,
    "exp": exponent,
    "power": raised,
    "geometric": geometric,
    "last terms": last_terms,
    "log": logarithm,
    "product": product,
    "sums to one": sums_to_one,
    "unit length": unit_length,
    "common denominator": common_denominator,
    "nonzero": nonzero,
    "maximum": maximum,
}


def formulas(
    rule: str, count: int, seed: int = 0, parts: bool = False
) -> Iterator[tuple[int, Node]]:
    """``count`` numbered formulas aimed at the rule, the same for the same seed.

    With ``parts`` some of their sums run over a part of a size, which may be 0.
    """
    for number in range(count):
        name = f"{seed}/{rule}/{number}"
        chance = Random(f"parts/{name}") if parts else None
        yield number, GENERATORS[rule](Maker(Random(name), chance))
