"""How tools/run_tests.py counts what a stage says."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools"))
import run_tests  # noqa: E402


def counted(output: str, code: int) -> tuple[int, int]:
    found = run_tests.count(output, code)
    return found.passed, found.failed


class Counting(unittest.TestCase):
    def test_runners(self) -> None:
        self.assertEqual(counted("[  PASSED  ] 7 tests.\n", 0), (7, 0))
        self.assertEqual(counted("[  PASSED  ] 1 test.\n", 0), (1, 0))
        self.assertEqual(counted("[  PASSED  ] 5 tests.\n[  FAILED  ] 2 tests\n\n 2 FAILED TESTS\n", 1), (5, 2))
        self.assertEqual(counted("12 passed, 3 failed\n", 1), (12, 3))
        self.assertEqual(counted("Ran 4 tests in 0.1s\n\nOK\n", 0), (4, 0))

    def test_a_stage_that_says_nothing_is_one_check(self) -> None:
        self.assertEqual(counted("", 0), (1, 0))
        self.assertEqual(counted("a.cpp:1: too long\n", 1), (0, 1))

    def test_a_bad_exit_is_a_failure_whatever_was_counted(self) -> None:
        self.assertEqual(counted("[  PASSED  ] 7 tests.\n", 134), (7, 1))
        self.assertEqual(counted("12 passed, 0 failed\n", 1), (12, 1))


if __name__ == "__main__":
    unittest.main()
