import itertools
import random
from statistics import fmean

import pytest

from terminal_gym.evaluation import mean_over_tasks, pass_at_k


@pytest.mark.parametrize("n", [1, 4, 7])
def test_pass_at_k_is_the_share_of_subsets_with_a_success(n):
    for c, k in itertools.product(range(n + 1), range(1, n + 1)):
        subsets = list(itertools.combinations([True] * c + [False] * (n - c), k))
        assert pass_at_k(n, c, k) == pytest.approx(fmean(any(one) for one in subsets))


@pytest.mark.parametrize(("n", "c", "k"), [(3, 1, 4), (3, 4, 1), (3, -1, 1), (3, 1, 0)])
def test_what_has_no_estimate_is_refused(n, c, k):
    with pytest.raises(ValueError, match="pass@"):
        pass_at_k(n, c, k)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng = random.Random(1)
    hits = 0
    for _ in range(60):
        found = mean_over_tasks([rng.random() for _ in range(40)])
        hits += found.low <= 0.5 <= found.high
    assert 51 <= hits <= 60


def test_an_interval_is_the_same_each_time_and_narrows_with_tasks():
    few, many = mean_over_tasks([0, 1] * 5), mean_over_tasks([0, 1] * 50)
    assert few == mean_over_tasks([0, 1] * 5)
    assert few.value == many.value == 0.5
    assert few.low < many.low < 0.5 < many.high < few.high
    assert 0.15 <= few.low <= 0.25  # 1.96 standard errors below: 0.19


def test_one_task_has_no_interval_and_none_no_value():
    assert mean_over_tasks([0.5]).low is None
    assert mean_over_tasks([]).value is None
