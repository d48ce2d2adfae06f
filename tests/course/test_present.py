import pytest

from cnnmath.course.present import expect, is_build, measured


def test_expect_prints_the_wanted_error(capsys):
    def fail():
        raise ValueError("affine: x has 3 features, wanted 4")

    assert expect(ValueError, fail) is None
    assert capsys.readouterr().out == "ValueError: affine: x has 3 features, wanted 4\n"


def test_expect_names_the_type_that_came(capsys):
    expect(LookupError, lambda: [][0])
    assert capsys.readouterr().out == "IndexError: list index out of range\n"


def test_expect_refuses_silence():
    with pytest.raises(AssertionError, match=r"^expected ValueError, but the call raised nothing$"):
        expect(ValueError, lambda: 0)


def test_expect_refuses_another_error():
    wanted = r"^expected ValueError, but the call raised TypeError: no$"
    with pytest.raises(AssertionError, match=wanted) as caught:
        expect(ValueError, lambda: (_ for _ in ()).throw(TypeError("no")))
    assert isinstance(caught.value.__cause__, TypeError)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((0.9527, 0.93, 0.97), "[measured 0.953] (band 0.93 .. 0.97)"),
        ((0.9527, 0.93, 0.97, 2), "[measured 0.95] (band 0.93 .. 0.97)"),
        ((0.93, 0.93, 0.93), "[measured 0.93] (band 0.93 .. 0.93)"),
        ((3, 0, 5), "[measured 3] (band 0 .. 5)"),
        ((2.5e-7, 0, 1e-6), "[measured 2.5e-07] (band 0 .. 1e-06)"),
        ((1, 0, 1.0000001), "[measured 1] (band 0 .. 1.0000001)"),
        ((0.96996, 0.9, 0.96998), "[measured 0.96996] (band 0.9 .. 0.96998)"),
    ],
)
def test_measured_prints_value_and_band(arguments, line, capsys):
    assert measured(*arguments) is None
    assert capsys.readouterr().out == line + "\n"


def test_measured_prints_its_label(capsys):
    measured(1, 0, 2, label="loss")
    assert capsys.readouterr().out == "loss: [measured 1] (band 0 .. 2)\n"


@pytest.mark.parametrize("value", [0.92, 0.98, float("nan"), float("inf")])
def test_measured_refuses_a_value_outside_its_band(value, capsys):
    wanted = rf"^accuracy: {value} is outside its band 0\.93 \.\. 0\.97$"
    with pytest.raises(AssertionError, match=wanted):
        measured(value, 0.93, 0.97, label="accuracy")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("band", [(1, 0), (0, float("inf")), (float("nan"), 1)])
def test_measured_refuses_a_band_that_is_none(band):
    with pytest.raises(ValueError, match=r"^measured: a band needs two finite numbers"):
        measured(0.5, *band)


@pytest.mark.parametrize(("value", "answer"), [("1", True), ("0", False), (None, False)])
def test_is_build_follows_the_environment(value, answer, monkeypatch):
    monkeypatch.delenv("CNNMATH_BUILD", raising=False)
    if value is not None:
        monkeypatch.setenv("CNNMATH_BUILD", value)
    assert is_build() is answer
