#include "platform/http/impl/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <optional>

#include "platform/http/impl/ascii.hpp"

namespace cartwright::http {
namespace {

namespace beast = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr std::size_t kept_capacity_max = 64 * 1024;
constexpr std::string_view end_of_head = "\r\n\r\n";

std::string_view view(string_view text) {
    return {text.data(), text.size()};
}

std::optional<Method> method_of(beast::verb verb) {
    if (verb == beast::verb::get) return Method::get;
    if (verb == beast::verb::head) return Method::head;
    if (verb == beast::verb::post) return Method::post;
    if (verb == beast::verb::put) return Method::put;
    if (verb == beast::verb::patch) return Method::patch;
    if (verb == beast::verb::delete_) return Method::del;
    if (verb == beast::verb::options) return Method::options;
    return std::nullopt;
}

}  // namespace

/// Beast's parser of one head, putting what it finds where `RequestParser` keeps it. Bodies are
/// read by ourselves: Beast 1.81 fails an assertion when the end of a chunked body arrives in small
/// pieces.
class RequestParser::Reader {
public:
    explicit Reader(RequestParser& owner) : owner_(owner) {}

    void restart() { parser_.emplace(owner_); }
    std::size_t put(std::string_view bytes, error_code& error) {
        return parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    }
    bool done() const { return parser_->is_done(); }
    bool keep_alive() const { return parser_->keep_alive(); }
    bool chunked() const { return parser_->chunked(); }
    std::uint64_t content_length() const { return parser_->content_length().value_or(0); }

private:
    class Parser final : public beast::basic_parser<true> {
    public:
        explicit Parser(RequestParser& owner) : owner_(owner) {
            // The owner has its own limits, which depend on the route.
            header_limit(std::numeric_limits<std::uint32_t>::max());
            body_limit(boost::none);
        }

    private:
        void on_request_impl(beast::verb verb, string_view name, string_view target, int version,
                             error_code&) override {
            owner_.head_.method = method_of(verb);
            owner_.head_.method_name = view(name);
            owner_.head_.target = view(target);
            owner_.head_.http_1_0 = version == 10;
        }
        void on_field_impl(beast::field field, string_view name, string_view value,
                           error_code& error) override {
            note(field, view(value));
            auto const& bytes = owner_.head_bytes_;
            std::less_equal<char const*> const at_most;
            // A folded line is put together elsewhere. RFC 9112 §5.2 lets a server refuse it.
            bool const in_place =
                value.empty() || (at_most(bytes.data(), value.data()) &&
                                  at_most(value.data(), bytes.data() + bytes.size()));
            if (!in_place) error = beast::error::bad_obs_fold;
            owner_.head_.headers.push_back({view(name), view(value)});
        }
        void on_header_impl(error_code&) override {}
        void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
        std::size_t on_body_impl(string_view, error_code&) override { return 0; }
        void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
        std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override {
            return 0;
        }
        void on_finish_impl(error_code&) override {}
        void on_response_impl(int, string_view, int, error_code&) override {}

        /// What decides how to go on, of the fields as Beast knows them by their names.
        void note(beast::field field, std::string_view value) {
            if (field == beast::field::host) ++owner_.hosts_;
            if (field == beast::field::expect)
                owner_.head_.expects_continue = same_word(value, "100-continue");
            if (field == beast::field::transfer_encoding && !same_word(value, "chunked"))
                owner_.unknown_coding_ = true;
        }

        RequestParser& owner_;
    };

    RequestParser& owner_;
    std::optional<Parser> parser_;
};

RequestParser::RequestParser(std::size_t header_bytes_max, std::size_t target_bytes_max)
    : header_bytes_max_(header_bytes_max),
      target_bytes_max_(target_bytes_max),
      reader_(std::make_unique<Reader>(*this)) {}

RequestParser::~RequestParser() = default;

void RequestParser::reset() {
    state_ = State::head;
    head_bytes_.clear();
    if (body_.capacity() > kept_capacity_max) body_ = {};
    body_.clear();
    head_.headers.clear();
    head_.target = {};
    head_.expects_continue = false;
    head_.keep_alive = false;
    hosts_ = 0;
    unknown_coding_ = false;
}

void RequestParser::refuse(Refusal refusal) {
    state_ = State::refused;
    refusal_ = refusal;
    if (!head_.target.empty()) return;
    // Who is to word the refusal depends on the path, however broken the rest is.
    std::string_view line = head_bytes_;
    line = line.substr(0, line.find('\r'));
    auto const space = line.find(' ');
    if (space == std::string_view::npos) return;
    line.remove_prefix(space + 1);
    head_.target = line.substr(0, line.find(' '));
}

void RequestParser::set_body_max(std::size_t bytes) {
    if (state_ != State::body) return;
    // Chunks of a few dozen bytes are odd, but lawful: their heads may take an eighth of what the
    // body may.
    chunks_.restart(bytes, header_bytes_max_ + bytes / 8);
    if (head_.content_length > bytes) refuse(Refusal::body_too_large);
}

std::size_t RequestParser::feed(std::string_view bytes) {
    switch (state_) {
        case State::head: return feed_head(bytes);
        case State::body: return feed_body(bytes);
        case State::complete:
        case State::refused: return 0;
    }
    return 0;
}

std::size_t RequestParser::feed_head(std::string_view bytes) {
    std::size_t skipped = 0;
    if (head_bytes_.empty()) {
        // Empty lines before a request are passed over (RFC 9112 §2.2).
        while (skipped < bytes.size() && (bytes[skipped] == '\r' || bytes[skipped] == '\n'))
            ++skipped;
        bytes.remove_prefix(skipped);
        if (bytes.empty()) return skipped;
        // Not the start of any method: TLS, say. There is no end to wait for.
        if (!is_alnum(bytes.front())) {
            refuse(Refusal::malformed_request);
            return skipped;
        }
    }
    auto const known = head_bytes_.size();
    auto const taken = std::min(bytes.size(), header_bytes_max_ + 1 - known);
    head_bytes_.append(bytes.substr(0, taken));
    auto const end = head_bytes_.find(end_of_head, known < 3 ? 0 : known - 3);
    if (end == std::string::npos) {
        if (head_bytes_.size() > header_bytes_max_) {
            bool const in_first_line = head_bytes_.find('\n') == std::string::npos;
            refuse(in_first_line ? Refusal::uri_too_long : Refusal::headers_too_large);
        }
        return skipped + taken;
    }
    head_bytes_.resize(end + end_of_head.size());
    read_head();
    return skipped + head_bytes_.size() - known;
}

void RequestParser::read_head() {
    if (head_bytes_.find('\r') > target_bytes_max_ + 32) return refuse(Refusal::uri_too_long);
    reader_->restart();
    error_code error;
    reader_->put(head_bytes_, error);
    if (error) return refuse(Refusal::malformed_request);
    if (head_.target.size() > target_bytes_max_) return refuse(Refusal::uri_too_long);
    head_.keep_alive = reader_->keep_alive();
    head_.chunked = reader_->chunked();
    head_.content_length = reader_->content_length();
    if (unknown_coding_) return refuse(Refusal::not_implemented);
    if (hosts_ > 1 || (hosts_ == 0 && !head_.http_1_0) || (head_.http_1_0 && head_.chunked))
        return refuse(Refusal::malformed_request);
    state_ = reader_->done() ? State::complete : State::body;
}

std::size_t RequestParser::feed_body(std::string_view bytes) {
    if (!head_.chunked) {
        auto const wanted = head_.content_length - body_.size();
        auto const part = bytes.substr(0, std::min<std::uint64_t>(wanted, bytes.size()));
        body_.append(part);
        if (part.size() == wanted) state_ = State::complete;
        return part.size();
    }
    auto rest = bytes;
    switch (chunks_.read(rest, body_)) {
        case ChunkReader::Result::more: break;
        case ChunkReader::Result::done: state_ = State::complete; break;
        case ChunkReader::Result::malformed: refuse(Refusal::malformed_request); break;
        case ChunkReader::Result::overhead_too_large: refuse(Refusal::headers_too_large); break;
        case ChunkReader::Result::body_too_large: refuse(Refusal::body_too_large); break;
    }
    return bytes.size() - rest.size();
}

}  // namespace cartwright::http
