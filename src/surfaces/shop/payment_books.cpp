#include <array>
#include <string>
#include <utility>

#include "features/carts/cart.hpp"
#include "surfaces/common/actor.hpp"
#include "surfaces/shop/pagination.hpp"
#include "surfaces/shop/payments.hpp"
#include "surfaces/shop/query_reader.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

using payments::Payments, payments::SortBy;

constexpr std::array<std::pair<std::string_view, SortBy>, 21> sort_fields{
    {{"id", SortBy::made},
     {"order_id", SortBy::order},
     {"gateway", SortBy::gateway},
     {"attempt", SortBy::attempt},
     {"transaction_id", SortBy::transaction_id},
     {"gateway_reference", SortBy::reference},
     {"gateway_transaction_id", SortBy::gateway_transaction},
     {"payment_type", SortBy::type},
     {"amount", SortBy::amount},
     {"currency", SortBy::currency},
     {"captured", SortBy::captured},
     {"refunded", SortBy::refunded},
     {"refund_pending", SortBy::refund_pending},
     {"status", SortBy::status},
     {"needs_review", SortBy::needs_review},
     {"review_reason", SortBy::review_reason},
     {"failure_reason", SortBy::failure_reason},
     {"expires_at", SortBy::expires},
     {"completed_at", SortBy::completed},
     {"created_at", SortBy::made},
     {"updated_at", SortBy::updated}}};

constexpr http::TextRules reason_rules{.length_max = 500, .blank_allowed = true};
constexpr http::TextRules note_rules{.length_max = 500, .blank_allowed = true};

void write_fields(json::Writer& w, payments::Payment const& payment) {
    w.field("id", payment.id).field("order_id", payment.order);
    w.field("gateway", to_string(payment.gateway)).field("attempt", payment.attempt);
    w.field("transaction_id", payment.transaction_id);
    w.field("gateway_reference", payment.reference);
    w.field("gateway_transaction_id", payment.gateway_transaction);
    w.field("payment_type", payment.payment_type).field("amount", payment.amount);
    w.field("currency", payment.currency).field("captured", payment.captured);
    w.field("refunded", payment.refunded).field("refund_pending", payment.refund_pending);
    w.field("status", to_string(payment.status)).field("needs_review", payment.needs_review);
    w.field("review_reason", payment.review_reason);
    w.field("failure_reason", payment.failure_reason).field("expires_at", payment.expires_at);
    w.field("completed_at", payment.completed_at).field("created_at", payment.created_at);
    w.field("updated_at", payment.updated_at);
}

void write_transaction(json::Writer& w, payments::Transaction const& transaction) {
    w.begin_object().field("id", transaction.id).field("payment_id", transaction.payment);
    w.field("action", to_string(transaction.movement)).field("amount", transaction.amount);
    w.field("status", to_string(transaction.state));
    w.field("gateway_reference", transaction.gateway_ref).field("reason", transaction.reason);
    w.field("requested_by", transaction.requested_by);
    w.field("failure_reason", transaction.failure).field("created_at", transaction.created_at);
    w.field("updated_at", transaction.updated_at).end_object();
}

payments::Filter read_filter(QueryReader& reader) {
    using payments::Gateway, payments::Status;
    constexpr std::array<std::pair<std::string_view, Status>, 4> statuses{
        {{"PENDING", Status::pending},
         {"COMPLETED", Status::completed},
         {"FAILED", Status::failed},
         {"REFUNDED", Status::refunded}}};
    constexpr std::array<std::pair<std::string_view, Gateway>, 4> gateways{
        {{"stripe", Gateway::stripe},
         {"paytm", Gateway::paytm},
         {"phonepe", Gateway::phonepe},
         {"manual", Gateway::manual}}};
    payments::Filter filter;
    filter.needs_review = reader.flag("needs_review");
    filter.status = reader.choice("status", statuses);
    filter.gateway = reader.choice("gateway", gateways);
    if (auto const order = reader.integer("order_id")) filter.order = OrderId{*order};
    return filter;
}

http::Response list(Payments& payments, http::Call const& call) {
    QueryReader reader(call.query);
    auto const filter = read_filter(reader);
    payments::Ordering ordering;  // of several fields the first counts
    if (auto const sent = reader.ordering("Payments", sort_fields); !sent.empty())
        ordering = {.by = sent.front().first, .descending = sent.front().second};
    if (!reader.fine()) return reader.bad_request();
    return paged(call, payments.count(filter),
                 [&](json::Writer& w, std::int64_t first, std::int64_t size) {
                     for (auto const& payment : payments.page(filter, ordering, first, size)) {
                         w.begin_object();
                         write_fields(w, payment);
                         w.end_object();
                     }
                 });
}

http::Response whole(payments::PaymentWithTransactions const& shown) {
    http::Response response;
    json::Writer w(response.body);
    write_fields(w.begin_object(), shown.payment);
    w.key("transactions").begin_array();
    for (auto const& transaction : shown.transactions) write_transaction(w, transaction);
    w.end_array().end_object();
    return response;
}

http::Response show(Payments& payments, http::Call const& call) {
    auto const id = call.path_id("id");
    auto const found = id ? payments.show(payments::PaymentId{*id}) : std::nullopt;
    return found ? whole(*found) : not_found();
}

http::Response refused(payments::ReviewRefusal refusal) {
    switch (refusal) {
        case payments::ReviewRefusal::unknown_payment: return not_found();
        case payments::ReviewRefusal::not_under_review:
            return error(400, "This payment does not need a review");
    }
    std::unreachable();
}

http::Response review(Payments& payments, http::Call const& call) {
    auto const id = call.path_id("id");
    if (!id) return not_found();
    http::FieldReader in(call.body);
    auto const note = in.maybe_text("note", note_rules).value_or("");
    if (!in) return payments.show(payments::PaymentId{*id}) ? bad_request(in) : not_found();
    auto const reviewed = payments.reviewed(payments::PaymentId{*id}, note, common::actor_of(call));
    return reviewed ? whole(*reviewed) : refused(reviewed.error());
}

http::Response refused(payments::RefundRefusal refusal) {
    switch (refusal) {
        case payments::RefundRefusal::unknown_order: return not_found();
        case payments::RefundRefusal::not_paid:
            return error(400, "Only paid orders can be refunded");
        case payments::RefundRefusal::not_positive:
            return field_error("amount", "Ensure this value is greater than or equal to 0.01.");
        case payments::RefundRefusal::not_payable:
            return field_error("amount", "The order's currency has no such amount.");
        case payments::RefundRefusal::too_much:
            return field_error("amount", "This is more than is left to refund.");
    }
    std::unreachable();
}

http::Response refund(Payments& payments, orders::Orders& orders, http::Call const& call) {
    auto const id = call.path_id("id");
    if (!id) return not_found();
    http::FieldReader in(call.body);
    std::optional<Money> amount;  // null is as good as absent
    if (!in.is_null("amount"))
        if (auto const sent = in.maybe_hundredths("amount", 1, carts::amount_max.minor))
            amount = Money{*sent};
    auto const reason =
        in.is_null("reason") ? std::string() : in.maybe_text("reason", reason_rules).value_or("");
    if (!in) return orders.find(OrderId{*id}) ? bad_request(in) : not_found();
    auto const made = payments.refund(OrderId{*id}, amount, reason, common::actor_of(call));
    if (!made) return refused(made.error());
    http::Response response{.status = 201};
    json::Writer w(response.body);
    write_transaction(w, *made);
    return response;
}

}  // namespace

void mount_payment_books(http::Router& router, Payments& payments, orders::Orders& orders) {
    using http::Lane, http::Method;
    auto const add = [&](Method method, std::string_view path, Lane lane, http::Doc doc,
                         auto handler, std::string_view noun, bool idempotent = false) {
        doc.tag = "Payments";
        router.add({.method = method,
                    .path = path,
                    .access = http::Access::admin,
                    .lane = lane,
                    .doc = std::move(doc),
                    .handler = [&payments, handler](
                                   http::Call const& call) { return handler(payments, call); },
                    .admin_noun = noun,
                    .idempotent = idempotent});
    };
    add(Method::get, "/api/v1/payments/", Lane::scan,
        {.summary = "List payments, newest first",
         .tag = {},
         .response = "PaymentList",
         .errors = {{400, "FieldErrors"}, {404, "Detail"}},
         .query = {{"needs_review", "boolean", "Only those that somebody must look at."},
                   {"status", "string", "PENDING, COMPLETED, FAILED or REFUNDED."},
                   {"gateway", "string", "stripe, paytm, phonepe or manual."},
                   {"order_id", "integer", "Only those of that order."},
                   {"ordering", "string", "A field of the list, `-` for descending: `-amount`."},
                   {"page", "integer", "From 1; `last` is the last one."},
                   {"page_size", "integer", "Payments a page: 20, at most 100."}}},
        list, "payments");
    add(Method::get, "/api/v1/payments/<id>/", Lane::read,
        {.summary = "Get a payment and its movements",
         .tag = {},
         .response = "PaymentDetail",
         .errors = {{404, "Detail"}}},
        show, "payments");
    add(Method::post, "/api/v1/payments/<id>/review/", Lane::write,
        {.summary = "Say that somebody has looked at a payment that needed a review",
         .tag = {},
         .request = "PaymentReview",
         .response = "PaymentDetail",
         .errors = {{400, "Error"}, {404, "Detail"}}},
        review, "payments");
    add(
        Method::post, "/api/v1/orders/<id>/refund/", Lane::write,
        {.summary = "Give back what was paid for an order, or a part of it",
         .tag = {},
         .request = "RefundRequest",
         .success = 201,
         .response = "Transaction",
         .errors = {{400, "Error"}, {404, "Detail"}}},
        [&orders](Payments& of, http::Call const& call) { return refund(of, orders, call); },
        "refunds", true);
}

}  // namespace cartwright::shop
