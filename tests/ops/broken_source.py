"""One function of a module with a piece of its source replaced: a mistake that the tests must notice."""

import inspect
import textwrap


def replace_source(monkeypatch, module, name, old, new):
    source = textwrap.dedent(inspect.getsource(getattr(module, name)))
    assert source.count(old) == 1, f"{name} has changed; adapt the mistake {old!r} -> {new!r}"
    found = {}
    exec(source.replace(old, new), vars(module), found)
    monkeypatch.setattr(module, name, found[name])
