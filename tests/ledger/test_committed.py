"""What the benchmarks committed is found by name; another name is refused."""

import pytest

from cnnmath.ledger.committed import committed


def test_a_result_is_found():
    assert committed("convolution_ways")["dtype"] == "float32"


def test_another_name_is_refused():
    with pytest.raises(FileNotFoundError, match=r"no result 'ways'; there are .*conv2d, "):
        committed("ways")
