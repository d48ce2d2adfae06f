"""benchmarks/convolution_ways.py and convolution_prices.py: layers, agreement, regret, the printed lines."""

import numpy as np
import pytest

TIMES = {"auto": 12.0, "blocked": 15.0, "im2col": 10.0, "fft": 40.0, "seven loops": 2.0}
BOTH = {"auto": 18.0, "blocked": 20.0, "im2col": 30.0}


@pytest.fixture
def ways(benchmark):
    return benchmark("convolution_ways")


@pytest.fixture
def prices(benchmark):
    return benchmark("convolution_prices")


def test_padding_keeps_the_size(ways):
    for layer in ways.LAYERS:
        assert layer.windows.output == (-(-layer.size // layer.stride),) * 2


def test_products_are_those_of_the_definition(ways):
    layer = ways.Layer("other", 2, 3, 5, 3, 6)
    assert layer.products == 2 * 5 * 3 * 9 * 36


def test_each_way_that_applies_takes_part(ways):
    layer = ways.Layer("other", 1, 1, 1, 3, 6)
    assert ways.applicable(layer, ways.drawn(layer)) == ["blocked", "im2col", "fft", "winograd"]
    strided = layer._replace(stride=2)
    assert ways.applicable(strided, ways.drawn(strided)) == ["blocked", "im2col"]


@pytest.mark.parametrize("k", range(3), ids=["z", "dx", "dw"])
def test_another_result_is_refused(ways, k):
    layer = ways.Layer("other", 1, 2, 3, 3, 6)
    arrays = ways.drawn(layer)
    run = ways.both_passes("blocked", layer, *arrays)
    good = {"blocked": run, "im2col": ways.both_passes("im2col", layer, *arrays)}
    ways.check_agreement(layer, good)

    def wrong():
        results = run()
        results[k] = 1.001 * results[k]
        return results

    with pytest.raises(RuntimeError, match=f"{('z', 'dx', 'dw')[k]} by wrong is off by 0.001"):
        ways.check_agreement(layer, good | {"wrong": wrong})


def test_loops_are_timed_where_they_end(ways):
    layer = ways.Layer("other", 2, 1, 1, 3, 4)
    x, w, _ = ways.drawn(layer)
    found = ways.loops(layer, x, w)
    assert list(found) == ["seven loops", "four loops"]
    assert min(found.values()) > 0
    assert ways.loops(layer._replace(stride=2), x, w) == {}
    assert ways.loops(layer._replace(size=2000), x, w) == {}


def test_regret_is_over_the_best_way_of_the_library(ways):
    assert ways.regret(TIMES, "auto") == pytest.approx(0.2)  # of 10, not of the loops' 2
    assert ways.regret(TIMES, "blocked") == pytest.approx(0.5)
    assert ways.regret({"auto": 9.0, "blocked": 10.0}, "auto") == pytest.approx(-0.1)


def test_regrets_and_their_lines(ways):
    quick = {"auto": 1.0, "blocked": 1.0}
    found = ways.regrets(
        [
            {"forward_us": TIMES, "both_us": BOTH},
            {"forward_us": quick, "both_us": quick},
            {"forward_us": quick, "both_us": quick},
        ]
    )
    assert found["forward, auto"] == {"median": 0.0, "mean": 0.067, "largest": 0.2}
    assert found["forward, blocked"] == {"median": 0.0, "mean": 0.167, "largest": 0.5}
    assert found["both, auto"] == {"median": 0.0, "mean": -0.033, "largest": 0.0}
    assert ways.summary(found).splitlines() == [
        "regret                median    mean  largest",
        "forward, auto           0.0%    6.7%    20.0%",
        "forward, blocked        0.0%   16.7%    50.0%",
        "both, auto              0.0%   -3.3%     0.0%",
        "both, blocked           0.0%    0.0%     0.0%",
    ]


def test_a_layer_is_measured(ways, monkeypatch):
    monkeypatch.setattr(ways, "SHORTEST", 1e-6)
    row = ways.measured(ways.Layer("size", 1, 2, 3, 3, 6), rounds=3)
    names = ["blocked", "im2col", "fft", "winograd"]
    assert list(row["forward_us"]) == ["auto", *names, "seven loops", "four loops"]
    assert list(row["both_us"]) == ["auto", *names]
    assert list(row["peak_mib"]) == names
    first, second = ways.line(row).splitlines()
    assert first.startswith("size      1x2->3, 3x3 on 6x6 ")
    assert second.strip().startswith("both: auto ")


def test_random_layers_are_of_bounded_work_and_not_those_of_the_benchmark(ways, prices):
    layers = list(prices.random_layers(100))
    assert len(layers) == 100
    assert {1, 2} == {layer.stride for layer in layers}
    assert all(1e5 < layer.products < 5e8 for layer in layers)
    assert not {layer[1:] for layer in layers} & {layer[1:] for layer in ways.LAYERS}


def test_every_part_of_every_way_has_a_time(ways, prices):
    layer = ways.Layer("random", 1, 2, 3, 3, 6)
    found = list(prices.timed_parts(layer))
    names = ["blocked", "im2col", "fft", "winograd"]
    expected = {(way, part) for way in names for part in ("value", "dx", "dw")}
    assert {(way, part) for way, part, _, _ in found} == expected | {("scattered", "dx")}
    assert all(seconds > 0 and min(work) >= 0 < max(work) for _, _, work, seconds in found)


def test_the_fit_finds_the_prices_behind_the_times(prices, monkeypatch, capsys):
    """Times that follow prices exactly give these prices back."""
    pytest.importorskip("scipy")
    from cnnmath.ops.conv_cost import Work

    true = Work(0.02, 0.5, 0.8, 1.4, 3.0, 1500.0, 0.25)
    rng = np.random.default_rng(0)

    def parts(_):
        work = Work(*rng.integers(1, 10**6, len(true)))
        yield "blocked", "value", work, float(np.dot(work, true)) * 1e-9

    monkeypatch.setattr(prices, "timed_parts", parts)
    prices.print_fit(40)
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"PRICES = {true}"
    assert second == "blocked value      predicted / measured: 1.00 1.00 1.00"
