"""With CNNMATH_NO_SKIP=1 (as in CI) a skipped test is a failure: a check not made is not a pass."""

import os

import pytest

skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        skipped.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("CNNMATH_NO_SKIP") and skipped:
        print(f"\nCNNMATH_NO_SKIP: {len(skipped)} skipped: {', '.join(skipped[:5])}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
