#include "platform/http/shared_body.hpp"

#include <utility>

#include "platform/http/impl/accept.hpp"

namespace cartwright::http {

SharedBody::SharedBody(std::string plain) : plain_(std::move(plain)), tag_(entity_tag(plain_)) {}

std::string const& SharedBody::gzipped() const {
    std::call_once(once_, [this] { gzipped_ = gzip(plain_); });
    return gzipped_;
}

}  // namespace cartwright::http
