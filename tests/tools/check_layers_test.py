"""What tools/check_layers.py must see, and what it must let pass."""
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import check_layers  # noqa: E402


class CheckLayers(unittest.TestCase):
    def setUp(self) -> None:
        self.layers = check_layers.Layers((ROOT / "src" / "LAYERS").read_text())

    def refuses(self, path: str, included: str) -> None:
        self.assertIsNotNone(self.layers.breach(path, included), f"{path} includes {included}")

    def allows(self, path: str, included: str) -> None:
        self.assertIsNone(self.layers.breach(path, included), f"{path} includes {included}")

    def test_only_downwards(self) -> None:
        self.allows("features/orders/place_order.cpp", '"features/catalog/catalog.hpp"')
        self.refuses("features/catalog/catalog.cpp", '"features/orders/orders.hpp"')
        self.refuses("base/money.cpp", '"platform/db/database.hpp"')
        self.refuses("features/orders/orders.cpp", '"surfaces/shop/words.hpp"')
        self.allows("app/main.cpp", '"surfaces/shop/routes.hpp"')

    def test_surfaces_do_not_know_each_other(self) -> None:
        self.refuses("surfaces/shop/orders.cpp", '"surfaces/customer/words.hpp"')
        self.allows("surfaces/shop/orders.cpp", '"surfaces/shop/words.hpp"')

    def test_platform_folders_may_use_each_other(self) -> None:
        self.allows("platform/jobs/outbox.cpp", '"platform/db/database.hpp"')
        self.refuses("platform/db/database.hpp", '"platform/http/router.hpp"')

    def test_impl_is_private(self) -> None:
        self.allows("features/orders/place_order.cpp", '"features/orders/impl/order_store.hpp"')
        self.refuses("surfaces/shop/orders.cpp", '"features/orders/impl/order_store.hpp"')
        self.refuses("platform/db/migrator.cpp", '"platform/db/sqlite/impl/statement.hpp"')

    def test_features_know_no_http(self) -> None:
        self.refuses("features/orders/orders.hpp", '"platform/http/router.hpp"')
        self.refuses("features/orders/orders.hpp", '"platform/json/writer.hpp"')

    def test_libraries_have_one_place(self) -> None:
        self.allows("platform/http/impl/connection.cpp", "<boost/asio/ip/tcp.hpp>")
        self.refuses("surfaces/shop/orders.cpp", "<boost/beast/http.hpp>")
        self.refuses("features/catalog/catalog.cpp", "<sqlite3.h>")
        self.allows("platform/db/sqlite/sqlite_database.cpp", "<sqlite3.h>")
        self.allows("features/catalog/catalog.cpp", "<vector>")

    def test_unknown_places_are_named(self) -> None:
        self.refuses("extra/thing.cpp", '"base/money.hpp"')
        self.refuses("base/text.cpp", '"text.hpp"')


if __name__ == "__main__":
    unittest.main()
