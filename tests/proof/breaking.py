"""What the tests of the tie share: the names of its strands, and ways to break an op."""

import dataclasses
import functools
from fractions import Fraction

from cnnmath.ops import OPS
from cnnmath.proof import tie as tie_module
from cnnmath.proof.ulp import derived

BY_NAME = {op.name: op for op in OPS}
VALUE = "value against the formula"
DIFF = r"backward against sympy.diff of the traced value"
CONCLUSION = "backward against the conclusion"
ANY = "(value|backward) against"  # which one depends on the cell that comes first
OFF = Fraction(10001, 10000)  # a constant that is wrong in the fourth digit


def derive_each_op_once(monkeypatch):
    """The derivations are not what is broken here: each is proven once."""

    def known(name, derivation):
        for op in OPS:
            for case in op.cases:
                if (op.address(case), case.derivation) == (name, derivation):
                    return derived(op, case)
        raise KeyError(name)

    monkeypatch.setattr(tie_module, "derive", known)


def case_of(op, key):
    return next(case for case in op.cases if case.key == key)


def broken(name, *, value=None, gradients=None):
    """The op with its value, or the tuple of its gradients, changed on the way out."""
    op = BY_NAME[name]

    @functools.wraps(op.forward)
    def forward(*arguments, **options):
        result, backward = op.forward(*arguments, **options)
        changed = result if value is None else value(result)
        return changed, lambda dy: backward(dy) if gradients is None else gradients(*backward(dy))

    return dataclasses.replace(op, forward=forward)


def rewritten(name, forward):
    """The op with another forward function under the same name."""
    forward.__name__ = name
    return dataclasses.replace(BY_NAME[name], forward=forward)
