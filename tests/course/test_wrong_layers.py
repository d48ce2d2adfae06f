"""The wrong ways back of chapter 06: right values and own gradients, a wrong dx, as the checker says."""

import numpy as np
import pytest

from cnnmath import check_gradient
from cnnmath.course.wrong_layers import WAYS_BACK, small_net

WRONG = [name for name in WAYS_BACK if name != "right"]
RNG = np.random.default_rng(0)
X, DZ = RNG.standard_normal((2, 2, 4, 4)), RNG.standard_normal((2, 3, 4, 4))
PARAMS = WAYS_BACK["right"](2, 3, 3, padding=1).init(RNG)


def there_and_back(name):
    z, backward = WAYS_BACK[name](2, 3, 3, padding=1).apply(PARAMS, X)
    return (z, *backward(DZ))


@pytest.mark.parametrize("name", WRONG)
def test_only_what_is_passed_down_is_wrong(name):
    z, dx, own = there_and_back("right")
    other_z, other_dx, other_own = there_and_back(name)
    assert np.array_equal(z, other_z)
    assert all(np.array_equal(own[each], other_own[each]) for each in ("w", "b"))
    assert dx.shape == other_dx.shape and not np.allclose(dx, other_dx)


def test_what_is_passed_down_is_what_its_name_says():
    first = DZ * (np.arange(3) == 0)[:, None, None]
    _, backward = WAYS_BACK["right"](2, 3, 3, padding=1).apply(PARAMS, X)
    assert np.allclose(there_and_back("one map above")[1], backward(first)[0])
    assert not there_and_back("no way back")[1].any()
    turned = PARAMS | {"w": PARAMS["w"][..., ::-1, ::-1]}
    _, backward = WAYS_BACK["right"](2, 3, 3, padding=1).apply(turned, X)
    assert np.allclose(there_and_back("not turned")[1], backward(DZ)[0])


@pytest.mark.parametrize("name", WAYS_BACK)
def test_the_checker_tells_them_apart(name):
    layer = WAYS_BACK[name](1, 2, 2)
    params = layer.init(np.random.default_rng(0))

    def passed_down(x):
        z, backward = layer.apply(params, x)
        return z, lambda dz: backward(dz)[0]

    assert check_gradient(passed_down, np.ones((1, 1, 2, 2))).ok == (name == "right")


def test_the_nets_differ_in_one_layer():
    nets = [small_net(name) for name in WAYS_BACK]
    differ = [
        k
        for k, layers in enumerate(zip(*(n.layers for n in nets), strict=True))
        if len({type(e) for e in layers}) > 1
    ]
    assert differ == [3]
    with pytest.raises(
        ValueError, match="small_net: way_back is 'left'; wanted one of right, one map"
    ):
        small_net("left")
