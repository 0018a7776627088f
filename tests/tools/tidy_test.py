"""What tools/tidy.py must see, and what it must let pass."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools"))
import tidy  # noqa: E402

PATH = "src/features/orders/orders.cpp"


def cpp(*lines: str, path: str = PATH) -> list[str]:
    """What is said of a file of these lines, but for its namespace."""
    return [why for _, why in tidy.cpp_breaches(path, ["namespace cartwright::orders {", *lines, ""])]


class Tidy(unittest.TestCase):
    def test_banned_calls_name_their_replacement(self) -> None:
        self.assertIn("text::to_int", cpp("auto n = std::stoi(s);")[0])
        self.assertIn("Clock", cpp("auto t = std::chrono::system_clock::now();")[0])
        self.assertEqual(cpp("auto n = text::to_int(s);", 'log("std::stoi(");', "// std::stoi( is slow"), [])

    def test_a_place_may_be_exempt(self) -> None:
        self.assertEqual(cpp("std::this_thread::sleep_for(1ms);", path="src/x_test.cpp"), [])
        self.assertEqual(len(cpp("std::this_thread::sleep_for(1ms);")), 1)

    def test_long_functions(self) -> None:
        body = ["    work();"] * 69
        self.assertEqual(len(cpp("void f(int a,", "       int b) {", *body, "}")), 1)
        self.assertEqual(cpp("void f() {", *body[:68], "}"), [])
        self.assertEqual(len(cpp("struct S {", "    void f() {", *body, "    }", "};")), 1)
        self.assertEqual(cpp("namespace a {", *body, *body, "}"), [])

    def test_headers(self) -> None:
        lines = ["#include <vector>", "namespace cartwright::orders {"]
        said = [why for _, why in tidy.cpp_breaches("src/features/orders/orders.hpp", lines)]
        self.assertEqual(said, ["a header begins with #pragma once"])

    def test_namespaces(self) -> None:
        said = tidy.cpp_breaches(PATH, ["namespace cartwright::carts {"])
        self.assertEqual(said, [(1, "opens no 'namespace cartwright::orders'")])
        self.assertEqual(tidy.cpp_breaches("src/platform/db/sqlite/x.cpp", ["namespace cartwright::db::sqlite {"]), [])

    def test_texts(self) -> None:
        def said(text: str, path: str = PATH) -> list[str]:
            return [why for _, why in tidy.text_breaches(path, text)]

        note = "TO" + "DO"
        self.assertEqual(len(said(f"// {note}: later\n")), 1)
        self.assertEqual(said(f"// {note} #12: later\n"), [])
        self.assertEqual(len(said("x" * 101 + "\n")), 1)
        self.assertEqual(said("é" * 100 + "\n"), [])
        self.assertEqual(len(said("x\n" * 401)), 1)
        self.assertEqual(len(said("x \n")), 1)
        self.assertEqual(len(said("x")), 1)

    def test_commented_out_code(self) -> None:
        self.assertEqual(len(cpp("    // place(order);")), 1)
        self.assertEqual(cpp("/// place(order);", "// As `place` (see there)."), [])

    def test_dead_files(self) -> None:
        texts = {"src/base/a.hpp": "", "src/base/b.hpp": "", "src/base/a.cpp": '#include "base/a.hpp"'}
        self.assertEqual([path for path, _ in tidy.dead_files(texts)], ["src/base/b.hpp"])

    def test_dead_settings(self) -> None:
        table = {"src/platform/config/table.cpp": 'Setting{"import_max", &S::import_max,\n    Setting{\n"listen", x'}
        said = tidy.dead_settings(table | {"src/app/a.cpp": "open(settings.listen);", "src/app/a_test.cpp": "s.import_max"})
        self.assertEqual([why for _, why in said], ["dead setting: nothing asks for import_max"])


if __name__ == "__main__":
    unittest.main()
