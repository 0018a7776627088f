/// The least that adding to a cart and checking out can cost on SQLite, for comparison: the
/// statements of features/carts and features/orders in a bare loop through the C API. WAL, full
/// durability, a savepoint a request, one commit for 64 requests, as the server does it; no HTTP,
/// no JSON, no threads, no checks beyond the statements' own.
///
///   sqlite_floor DATABASE SECONDS LINES     the database has customers with carts, and products
///
/// An order is LINES requests that add a random product and one that checks out. Prints JSON.
#include <fmt/core.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace cartwright::bench {
namespace {

constexpr int batch = 64;
constexpr std::int64_t now = 1'800'000'000;

using Connection = std::unique_ptr<sqlite3, decltype([](sqlite3* c) { sqlite3_close_v2(c); })>;

class Statement {
public:
    Statement(sqlite3* connection, std::string const& text) : connection_(connection) {
        if (sqlite3_prepare_v3(connection, text.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement_,
                               nullptr) != SQLITE_OK) {
            fail();
        }
    }
    ~Statement() { sqlite3_finalize(statement_); }
    Statement(Statement const&) = delete;
    Statement& operator=(Statement const&) = delete;

    template <class... Values>
    Statement& bind(Values const&... values) {
        int index = 0;
        (bind_one(++index, values), ...);
        return *this;
    }
    void bind_one(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }
    void bind_one(int index, std::string_view value) {
        sqlite3_bind_text64(statement_, index, value.data(), value.size(), SQLITE_STATIC,
                            SQLITE_UTF8);
    }
    /// Calls `on_row` for each row, then makes the statement ready for the next run.
    template <class OnRow>
    void each(OnRow on_row) {
        int code = sqlite3_step(statement_);
        for (; code == SQLITE_ROW; code = sqlite3_step(statement_)) on_row(statement_);
        if (code != SQLITE_DONE) fail();
        sqlite3_reset(statement_);
    }
    void run() {
        each([](sqlite3_stmt*) {});
    }

private:
    [[noreturn]] void fail() {
        fmt::print(stderr, "sqlite_floor: {}\n", sqlite3_errmsg(connection_));
        std::exit(1);
    }

    sqlite3* connection_;
    sqlite3_stmt* statement_ = nullptr;
};

std::string text_of(sqlite3_stmt* row, int column) {
    auto const* const text = reinterpret_cast<char const*>(sqlite3_column_text(row, column));
    return text != nullptr ? text : "";
}

std::string list(int count, std::string_view each) {
    std::string all;
    for (int i = 0; i < count; ++i) all += (i == 0 ? "" : ", ") + std::string(each);
    return all;
}

constexpr std::string_view product_columns =
    "SELECT id, store_id, category_id, public_id, name, slug, description, price_minor, stock, "
    "image, is_active, deleted_at, created_at, updated_at FROM products WHERE id IN ({}) "
    "ORDER BY id";

struct Product {
    std::int64_t id = 0;
    std::string name;
    std::int64_t price = 0;
};

struct Line {
    std::int64_t product = 0;
    std::int64_t quantity = 0;
};

struct Customer {
    std::int64_t user = 0;
    std::int64_t store = 0;
};

/// The statements, prepared once.
class Shop {
public:
    Shop(sqlite3* connection, int lines) : lines_max_(lines), c_(connection) {}

    void begin() { begin_.run(); }
    void commit() { commit_.run(); }
    void add(Customer const& customer, std::int64_t product);
    void check_out(Customer const& customer);

private:
    std::vector<Product> products(Statement& find, std::vector<Line> const& lines);
    void take_stock(std::vector<Line> const& lines, std::int64_t order, std::int64_t user);
    void insert_items(std::vector<Line> const& lines, std::vector<Product> const& products,
                      std::int64_t order);

    int lines_max_;
    sqlite3* c_;
    Statement begin_{c_, "BEGIN IMMEDIATE"}, commit_{c_, "COMMIT"}, savepoint_{c_, "SAVEPOINT r"},
        release_{c_, "RELEASE r"};
    Statement find_one_{c_, fmt::format(product_columns, "?")};
    Statement find_all_{c_, fmt::format(product_columns, list(lines_max_, "?"))};
    Statement touch_{c_,
                     "UPDATE carts SET version = version + 1, updated_at = ? WHERE user_id = ? AND "
                     "store_id = ? RETURNING id"};
    Statement lock_{c_,
                    "UPDATE carts SET version = version + 1, updated_at = ? WHERE user_id = ? AND "
                    "store_id = ? RETURNING id, created_at, coupon_code"};
    Statement put_{c_,
                   "INSERT INTO cart_items (cart_id, product_id, variant, quantity, added_at) "
                   "VALUES (?, ?, ?, ?, ?) ON CONFLICT (cart_id, product_id, variant) DO UPDATE "
                   "SET quantity = cart_items.quantity + excluded.quantity "
                   "RETURNING id, quantity, added_at"};
    Statement count_{c_, "SELECT count(*) FROM cart_items WHERE cart_id = ?"};
    Statement cart_{c_,
                    "SELECT i.id, i.product_id, i.variant, i.quantity, i.added_at FROM carts c "
                    "JOIN cart_items i ON i.cart_id = c.id WHERE c.user_id = ? AND "
                    "c.store_id = ? ORDER BY i.id"};
    Statement order_{
        c_,
        "INSERT INTO orders (user_id, customer_email, store_id, currency, surface, payment_state, "
        "fulfilment_state, subtotal_minor, tax_minor, shipping_minor, discount_minor, "
        "total_minor, coupon_code, shipping_address, billing_address, created_at, updated_at, "
        "coupon_id, estimated_delivery_at) "
        "VALUES (?, ?, ?, 'GBP', 'shop', 'unpaid', 'placed', ?, 0, 0, 0, ?, NULL, ?, ?, ?, ?, "
        "NULL, NULL)"};
    Statement take_{c_,
                    "UPDATE products SET stock = stock - ?, updated_at = ? WHERE id = ? AND "
                    "stock >= ? RETURNING id, stock, store_id"};
    Statement note_{
        c_,
        "INSERT INTO stock_ledger (product_id, delta, reason, order_id, user_id, created_at) "
        "VALUES (?, ?, 'sale', ?, ?, ?)"};
    Statement item_{
        c_,
        "INSERT INTO order_items (order_id, line, product_id, variant, name, unit_price_minor, "
        "quantity) VALUES (?, ?, ?, ?, ?, ?, ?)"};
    Statement later_{
        c_,
        "INSERT INTO outbox (topic, subject_id, payload, due_at, created_at, updated_at) "
        "VALUES ('mail.order_placed', ?, '', ?, ?, ?)"};
    Statement empty_{c_, "DELETE FROM cart_items WHERE cart_id = ?"};
};

std::vector<Product> Shop::products(Statement& find, std::vector<Line> const& lines) {
    std::vector<Product> found;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        find.bind_one(static_cast<int>(i) + 1, lines[i].product);
    }
    // What is not bound again would be of the order before: the last line fills the rest.
    for (int i = static_cast<int>(lines.size()); &find != &find_one_ && i < lines_max_; ++i) {
        find.bind_one(i + 1, lines.back().product);
    }
    find.each([&](sqlite3_stmt* row) {
        for (int const column : {3, 5, 6}) text_of(row, column);
        found.push_back(
            {sqlite3_column_int64(row, 0), text_of(row, 4), sqlite3_column_int64(row, 7)});
    });
    return found;
}

void Shop::add(Customer const& customer, std::int64_t product) {
    savepoint_.run();
    std::int64_t cart = 0;
    touch_.bind(now, customer.user, customer.store).each([&](sqlite3_stmt* row) {
        cart = sqlite3_column_int64(row, 0);
    });
    products(find_one_, {{product, 1}});
    put_.bind(cart, product, std::string_view(""), std::int64_t{1}, now).run();
    count_.bind(cart).run();
    release_.run();
}

void Shop::take_stock(std::vector<Line> const& lines, std::int64_t order, std::int64_t user) {
    for (auto const& line : lines) {
        take_.bind(line.quantity, now, line.product, line.quantity).run();
        note_.bind(line.product, -line.quantity, order, user, now).run();
    }
}

void Shop::insert_items(std::vector<Line> const& lines, std::vector<Product> const& products,
                        std::int64_t order) {
    std::int64_t number = 0;
    for (auto const& line : lines) {
        for (auto const& product : products) {
            if (product.id != line.product) continue;
            item_
                .bind(order, number++, line.product, std::string_view(""),
                      std::string_view(product.name), product.price, line.quantity)
                .run();
        }
    }
}

void Shop::check_out(Customer const& customer) {
    savepoint_.run();
    std::int64_t cart = 0, order = 0, total = 0;
    lock_.bind(now, customer.user, customer.store).each([&](sqlite3_stmt* row) {
        cart = sqlite3_column_int64(row, 0);
    });
    std::vector<Line> lines;
    cart_.bind(customer.user, customer.store).each([&](sqlite3_stmt* row) {
        lines.push_back({sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 3)});
    });
    auto const found = products(lines.size() == 1 ? find_one_ : find_all_, lines);
    for (auto const& line : lines) {
        for (auto const& product : found) {
            if (product.id == line.product) total += product.price * line.quantity;
        }
    }
    std::string_view const address = "1 Bench Street";
    order_
        .bind(customer.user, std::string_view("buyer@bench.example"), customer.store, total, total,
              address, address, now, now)
        .run();
    order = sqlite3_last_insert_rowid(c_);
    insert_items(lines, found, order);
    take_stock(lines, order, customer.user);
    later_.bind(order, now, now, now).run();
    empty_.bind(cart).run();
    release_.run();
}

std::vector<Customer> customers(sqlite3* connection) {
    std::vector<Customer> all;
    Statement(connection, "SELECT user_id, store_id FROM carts ORDER BY id LIMIT 64")
        .each([&](sqlite3_stmt* row) {
            all.push_back({sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1)});
        });
    Statement(connection, "DELETE FROM cart_items").run();
    return all;
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    auto const seconds = [](timeval const& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

int run(char const* path, double seconds, int lines) {
    sqlite3* opened = nullptr;
    int const code =
        sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    Connection const connection(opened);
    if (code != SQLITE_OK) return 1;
    for (auto const* const pragma :
         {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON",
          "PRAGMA cache_size = -16384", "PRAGMA wal_autocheckpoint = 4000"}) {
        sqlite3_exec(opened, pragma, nullptr, nullptr, nullptr);
    }
    auto const buyers = customers(opened);
    std::int64_t first = 0, last = 0, orders = 0;
    Statement(opened, "SELECT min(id), max(id) FROM products").each([&](sqlite3_stmt* row) {
        first = sqlite3_column_int64(row, 0);
        last = sqlite3_column_int64(row, 1);
    });
    Shop shop(opened, lines);
    std::mt19937_64 random(20261121);
    std::uniform_int_distribution pick(first, last);
    using Clock = std::chrono::steady_clock;
    auto const began = Clock::now();
    auto const cpu = cpu_seconds();
    auto const elapsed = [&] {
        return std::chrono::duration<double>(Clock::now() - began).count();
    };
    int in_batch = 0;
    auto const request = [&](auto&& work) {
        if (in_batch == 0) shop.begin();
        work();
        if (++in_batch == batch) shop.commit();
        in_batch %= batch;
    };
    // Sixty-four customers in step: all add, all add again, all check out.
    while (elapsed() < seconds) {
        for (int line = 0; line < lines; ++line) {
            for (auto const& buyer : buyers) request([&] { shop.add(buyer, pick(random)); });
        }
        for (auto const& buyer : buyers) request([&] { shop.check_out(buyer); });
        orders += static_cast<std::int64_t>(buyers.size());
    }
    if (in_batch != 0) shop.commit();
    fmt::print(R"({{"orders":{},"seconds":{:.3f},"cpu_seconds":{:.3f}}})"
               "\n",
               orders, elapsed(), cpu_seconds() - cpu);
    return orders > 0 ? 0 : 1;
}

}  // namespace
}  // namespace cartwright::bench

int main(int argc, char** argv) {
    int lines = 1;
    double seconds = 1;
    if (argc == 4) {
        std::string_view const time = argv[2], count = argv[3];
        std::from_chars(time.data(), time.data() + time.size(), seconds);
        std::from_chars(count.data(), count.data() + count.size(), lines);
        return cartwright::bench::run(argv[1], seconds, lines);
    }
    fmt::print(stderr, "usage: sqlite_floor DATABASE SECONDS LINES\n");
    return 2;
}
